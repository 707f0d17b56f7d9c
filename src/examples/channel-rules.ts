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
  const ruleOf = ruleFinder(rules)
  return (name) => {
    const found = ruleOf(name)
    return found === undefined ? name : found.channel
  }
}

/** @returns the first rule that matches a name. */
function ruleFinder(rules: readonly ChannelRule[]): (name: string) => Matcher | undefined {
  const matchers: readonly Matcher[] = rules.map(({ pattern, channel }) => ({
    channel,
    matches: patternMatcher(pattern),
  }))
  return (name) => {
    const folded = foldCase(name)
    return matchers.find(({ matches }) => matches(folded))
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
  /** Names of the touchpoints that a rule matches; null: their touches are left out. */
  readonly names: readonly { readonly name: string; readonly channel: string | null }[]
  /** Channels that several names of the touchpoints became, in order. */
  readonly merged: readonly string[]
}

/** @param names channels as the touchpoints have them. @returns undefined where there are no rules. */
export function runRulesOf(rules: readonly ChannelRule[], names: Iterable<string>): RunRules | undefined {
  if (rules.length === 0) return undefined
  const ruleOf = ruleFinder(rules)
  const ruled: RunRules['names'][number][] = []
  const counts = new Map<string, number>()
  for (const name of names) {
    const rule = ruleOf(name)
    const channel = rule === undefined ? name : rule.channel
    if (rule !== undefined) ruled.push({ name, channel })
    if (channel !== null) counts.set(channel, (counts.get(channel) ?? 0) + 1)
  }
  const merged = [...counts].filter(([, count]) => count > 1).map(([channel]) => channel)
  return { rules, names: ruled, merged: merged.sort() }
}

/**
 * In tables other than that of touchpoints, a channel has the name that the rules give, or one that the touchpoints have,
 * whatever its case. A name that they don't have may be a wrong one, which no rule makes one of their channels; a rule may
 * leave it out.
 * @returns the channel of such a name; null where its touches are left out.
 */
export function meaningBy(runRules: RunRules | undefined): RenameChannel {
  if (runRules === undefined) return (name) => name
  const given = new Set(runRules.rules.map(({ channel }) => channel))
  const ruled = new Map(runRules.names.map(({ name, channel }) => [foldCase(name), channel]))
  const rename = renamerOf(runRules.rules)
  return (name) => {
    const channel = given.has(name) ? name : ruled.get(foldCase(name))
    if (channel !== undefined) return channel
    return rename(name) === null ? null : name
  }
}

/**
 * The same where something is said of a channel as a whole.
 * @returns the name itself where it is left out, or became one channel with others, of which nothing is said.
 */
export function wholeMeaningBy(runRules: RunRules | undefined): (name: string) => string {
  const meaning = meaningBy(runRules)
  return (name) => {
    const channel = meaning(name)
    return channel === null || (channel !== name && runRules?.merged.includes(channel)) ? name : channel
  }
}
