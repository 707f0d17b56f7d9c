import { byCodePoint } from '../code-points.ts'

/** The channel that stands for all those not kept apart. */
export const OTHER_CHANNEL = '(other)'

/** The other columns of a table of channels; no channel's column may have such a name. */
const FIXED_COLUMNS = [
  'days_before_conversion',
  'conversion_type',
  'run_id',
  'session_time',
  'session_date',
  'credited_from',
  'credited_to',
  'time',
]

/** @returns whether a row with this channel is not a touch: NULL, empty or only white space. */
export function isBlank(channel: string | null): channel is null {
  return channel === null || /^\s*$/.test(channel)
}

/**
 * @param touches by channel, none of them blank.
 * @param maxChannels the number of channels kept apart.
 * @returns the most touched channels (ties by code point), ordered by code point, and `(other)` last if there are more;
 *   then a channel with that very name is one of the others. O(channels log channels).
 */
export function chooseVocabulary(touches: ReadonlyMap<string, number>, maxChannels: number): string[] {
  if (touches.size <= maxChannels) return [...touches.keys()].sort(byCodePoint)
  const kept = [...touches]
    .filter(([channel]) => channel !== OTHER_CHANNEL)
    .sort(
      ([left, leftTouches], [right, rightTouches]) => rightTouches - leftTouches || byCodePoint(left, right),
    )
    .slice(0, maxChannels)
    .map(([channel]) => channel)
  return [...kept.sort(byCodePoint), OTHER_CHANNEL]
}

/** @returns the position of `(other)` in the ordered vocabulary; undefined if every channel is kept apart. */
export function otherPositionOf(channels: readonly string[], maxChannels: number): number | undefined {
  return channels.length > maxChannels ? channels.length - 1 : undefined
}

/**
 * @param channels the ordered vocabulary.
 * @returns a column name for each: lower case `[a-z0-9_]`, distinct by `_2`, `_3`, never one of the table's own.
 */
export function channelColumnNames(channels: readonly string[]): string[] {
  const taken = new Set(FIXED_COLUMNS)
  return channels.map((channel) => {
    const base = safeColumnName(channel)
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`
    taken.add(name)
    return name
  })
}

/** Identifiers that begin with a digit, or are empty, are not valid names in Hive. */
function safeColumnName(channel: string): string {
  const plain = channel
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
  const safe = plain
    .replace(/[^a-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 100)
  if (safe === '') return 'channel'
  return /^\d/.test(safe) ? `channel_${safe}` : safe
}
