import { plainChannelName } from '../examples/channel-names.ts'
import { nearestName } from '../options/nearest-name.ts'

/** Names that stand on one side only. */
export interface UnmatchedNames {
  readonly count: number
  readonly example: string
  /** The first few, quoted, each with the known one that was probably meant. */
  readonly list: string
}

const SHOWN = 5

/** @returns the names that are not among the known ones; undefined if all are. */
export function findUnmatched(names: Iterable<string>, known: readonly string[]): UnmatchedNames | undefined {
  const unmatched = [...names].filter((name) => !known.includes(name)).sort()
  const [example] = unmatched
  if (example === undefined) return undefined
  const shown = unmatched.slice(0, SHOWN).map((name) => {
    const nearest = maybeMeant(name, known)
    return `${JSON.stringify(name)}${nearest === undefined ? '' : ` (nearest: ${JSON.stringify(nearest)})`}`
  })
  const list = `${shown.join(', ')}${unmatched.length > SHOWN ? ' and others' : ''}`
  return { count: unmatched.length, example, list }
}

/** The same but for case and blanks, else but for signs, else with few other letters. */
function maybeMeant(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const plain = plainChannelName(name)
  return (
    known.find((one) => plainChannelName(one) === plain) ??
    known.find((one) => withoutSigns(one) === withoutSigns(name)) ??
    nearestName(name, known)
  )
}

function withoutSigns(name: string): string {
  const plain = plainChannelName(name)
  return plain.replace(/[^\p{Letter}\p{Number}]/gu, '') || plain
}
