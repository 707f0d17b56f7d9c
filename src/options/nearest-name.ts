/** @returns the known name that was probably meant; undefined where none is near. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const rated = known.map((name) => ({ name, edits: countEdits(written, name) }))
  const nearest = rated.reduce((best, each) => (each.edits < best.edits ? each : best))
  const isNear = nearest.edits < written.length && nearest.edits <= Math.max(2, written.length / 3)
  return isNear ? nearest.name : undefined
}

/** @returns how many letters have to be inserted, removed or changed. O(length of a x length of b). */
function countEdits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [diagonal = 0, above = 0] = row.slice(j, j + 2)
      next.push(Math.min(diagonal + (letter === other ? 0 : 1), above + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
