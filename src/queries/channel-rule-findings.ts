import { type ChannelRule, foldCase, patternMatcher, renamerOf } from '../examples/channel-rules.ts'
import { type Finding, finding } from '../findings/finding.ts'

const SHOWN = 6

/** A rule with the names of the touchpoints that it matches, and those that it is the first to match. */
interface TriedRule extends ChannelRule {
  readonly matched: ReadonlySet<string>
  readonly taken: readonly string[]
}

/**
 * @param touches of each channel as the touchpoints have it, none of them blank.
 * @returns what is to be said of rules and channels together. O(rules x (names + rules)).
 */
export function channelRuleFindings(
  rules: readonly ChannelRule[],
  touches: ReadonlyMap<string, number>,
): readonly Finding[] {
  if (rules.length === 0) return []
  const names = [...touches].sort(([, left], [, right]) => right - left).map(([name]) => name)
  const tried = tryRules(rules, names)
  return [
    ...unusedRules(tried),
    ...overlappingRules(tried),
    ...chainedRules(rules, names),
    ...channelsWithoutRule(tried, names, touches),
  ]
}

function tryRules(rules: readonly ChannelRule[], names: readonly string[]): readonly TriedRule[] {
  const folded = names.map((name) => [name, foldCase(name)] as const)
  const seen = new Set<string>()
  return rules.map((rule) => {
    const matches = patternMatcher(rule.pattern)
    const matched = folded.filter(([, plain]) => matches(plain)).map(([name]) => name)
    const taken = matched.filter((name) => !seen.has(name))
    for (const name of taken) seen.add(name)
    return { ...rule, matched: new Set(matched), taken }
  })
}

function unusedRules(tried: readonly TriedRule[]): readonly Finding[] {
  const unused = tried.filter(({ taken }) => taken.length === 0)
  const list = unused.map(({ pattern, matched }) =>
    matched.size === 0
      ? JSON.stringify(pattern)
      : `${JSON.stringify(pattern)} (former rules take all that it matches)`,
  )
  return named('unused-channel-rules', list, 'that no touch is renamed by', unused[0]?.pattern)
}

/**
 * A special rule before a general one is what the order is for. Where two rules share some names only, either order
 * would have been possible.
 */
function overlappingRules(tried: readonly TriedRule[]): readonly Finding[] {
  const list = tried.flatMap((later, at) => {
    if (later.taken.length === 0) return []
    const first = tried.slice(0, at).find((former) => isAmbiguous(former, later))
    if (first === undefined) return []
    const name = [...later.matched].find((one) => first.matched.has(one))
    const [one, other] = [JSON.stringify(first.pattern), JSON.stringify(later.pattern)]
    return [`${JSON.stringify(name)} matches ${one}, which counts, and ${other}`]
  })
  return named(
    'overlapping-channel-rules',
    list,
    'sharing channels with a former one, which gives them another name',
  )
}

function isAmbiguous(former: TriedRule, later: TriedRule): boolean {
  if (former.channel === later.channel) return false
  const shared = former.taken.filter((name) => later.matched.has(name))
  return shared.length > 0 && shared.length < former.taken.length
}

/** Rules are not applied to what they give. */
function chainedRules(rules: readonly ChannelRule[], names: readonly string[]): readonly Finding[] {
  const rename = renamerOf(rules)
  const given = new Set(rules.map(({ channel }) => channel))
  const chained = names.filter((name) => given.has(name) && rename(name) !== name)
  const list = chained.map((name) => `${JSON.stringify(name)} (${describeFate(rename(name))})`)
  return named('chained-channel-rules', list, 'that rules give, and that other rules rename', chained[0])
}

function describeFate(channel: string | null): string {
  return channel === null ? 'left out' : `becomes ${JSON.stringify(channel)}`
}

function channelsWithoutRule(
  tried: readonly TriedRule[],
  names: readonly string[],
  touches: ReadonlyMap<string, number>,
): readonly Finding[] {
  const given = new Set(tried.map(({ channel }) => channel))
  const ruled = new Set(tried.flatMap(({ taken }) => taken))
  const left = names.filter((name) => !ruled.has(name) && !given.has(name))
  const list = left.map(
    (name) => `${JSON.stringify(name)} (${touches.get(name)?.toLocaleString('en-US')} touches)`,
  )
  return named('channels-without-rule', list, 'of channels that no rule of --channel-table names', left[0])
}

function named(
  code: Parameters<typeof finding>[0],
  list: readonly string[],
  what: string,
  example?: string,
): readonly Finding[] {
  if (list.length === 0) return []
  const shown = `${list.slice(0, SHOWN).join(', ')}${list.length > SHOWN ? ' and others' : ''}`
  return [finding(code, { count: list.length, what: `${what}: ${shown}`, example })]
}
