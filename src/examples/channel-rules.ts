/** A rule that renames channels, or leaves their touches out. */
export interface ChannelRule {
  /** Compared with whole names, whatever their case; `*` stands for any characters, or none. */
  readonly pattern: string
  /** What channels that match are called; null: their touches are left out. */
  readonly channel: string | null
}

/** In the column of channels: touches that match are left out. */
export const IGNORED = 'ignore'

/** A rule with its pattern taken apart once. */
interface Matcher {
  readonly channel: string | null
  readonly matches: (folded: string) => boolean
}

/** Renames channels by rules, the first of which that matches counts. */
export type RenameChannel = (name: string) => string | null

/** @returns the channel of a name; the name itself where no rule matches; null where its touches are left out. */
export function renamerOf(rules: readonly ChannelRule[]): RenameChannel {
  const matchers: readonly Matcher[] = rules.map(({ pattern, channel }) => ({
    channel,
    matches: patternMatcher(pattern),
  }))
  return (name) => {
    const folded = foldCase(name)
    const found = matchers.find(({ matches }) => matches(folded))
    return found === undefined ? name : found.channel
  }
}

/** @returns whether a name with {@link foldCase} matches. O(parts of the pattern x length of the name). */
export function patternMatcher(pattern: string): (folded: string) => boolean {
  const parts = foldCase(pattern).split('*')
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return (folded) => folded === first
  return (folded) => {
    if (folded.length < first.length + last.length) return false
    if (!folded.startsWith(first) || !folded.endsWith(last)) return false
    let at = first.length
    for (const part of others) {
      const found = folded.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= folded.length - last.length
  }
}

/** @returns the text with each character in lower case by itself, as `lower` of all warehouses has it. */
export function foldCase(text: string): string {
  // In a word JavaScript has two lower cases of Σ, and of İ two characters.
  return Array.from(text, (character) => Array.from(character.toLowerCase())[0]).join('')
}

/** The rules of a run, as later steps need them. */
export interface RunRules {
  readonly rules: readonly ChannelRule[]
  /** Channels that several names of the touchpoints became. */
  readonly merged: readonly string[]
}

/**
 * In tables other than that of touchpoints, a channel has the name that the rules give, or one that the touchpoints have.
 * @returns the channel of such a name; null where its touches are left out.
 */
export function meaningBy(rules: readonly ChannelRule[] = []): RenameChannel {
  const given = new Set(rules.map(({ channel }) => channel))
  const rename = renamerOf(rules)
  return (name) => (given.has(name) ? name : rename(name))
}

/**
 * The same where something is said of a channel as a whole.
 * @returns the name itself where it is left out, or became one channel with others, of which nothing is said.
 */
export function wholeMeaningBy(runRules: RunRules | undefined): (name: string) => string {
  const meaning = meaningBy(runRules?.rules)
  return (name) => {
    const channel = meaning(name)
    return channel === null || (channel !== name && runRules?.merged.includes(channel)) ? name : channel
  }
}

/** @param names channels as the touchpoints have them. @returns the channels that several of them became, in order. */
export function mergedChannels(rules: readonly ChannelRule[], names: Iterable<string>): readonly string[] {
  const rename = renamerOf(rules)
  const counts = new Map<string, number>()
  for (const name of names) {
    const channel = rename(name)
    if (channel !== null) counts.set(channel, (counts.get(channel) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([channel]) => channel)
    .sort()
}
