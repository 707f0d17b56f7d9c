/** Where a channel has no credit in some of the runs. */
export interface RunAbsence {
  readonly kind: 'appears' | 'vanishes' | 'gaps'
  /** The first run with credit where it appears, the first one without where it vanishes; -1 for gaps. */
  readonly run: number
  /** Runs without credit, of those in which any channel has one. */
  readonly missing: number
}

/**
 * @param series a channel's shares in the order of the runs; null where a run has none for it.
 * @returns for each channel whether it comes, goes, or is away now and then; undefined where all runs have it, but for runs
 *   in which no channel has credit.
 */
export function findAbsences(
  series: readonly (readonly (number | null)[])[],
): readonly (RunAbsence | undefined)[] {
  const runs = (series[0] ?? [])
    .map((_, run) => run)
    .filter((run) => series.some((shares) => shares[run] !== null))
  return series.map((shares) => absenceOf(shares, runs))
}

function absenceOf(shares: readonly (number | null)[], runs: readonly number[]): RunAbsence | undefined {
  const present = runs.map((run) => shares[run] !== null)
  const missing = present.filter((one) => !one).length
  if (missing === 0 || missing === runs.length) return undefined
  const [first, after] = [present.indexOf(true), present.lastIndexOf(true) + 1]
  if (first === missing) return { kind: 'appears', run: runs[first] ?? -1, missing }
  if (runs.length - after === missing) return { kind: 'vanishes', run: runs[after] ?? -1, missing }
  return { kind: 'gaps', run: -1, missing }
}
