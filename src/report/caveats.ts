import type { ChannelTotal } from './channel-totals.ts'
import type { HeadlineFacts, TestedFact } from './headline.ts'
import { methodInSentence } from './method-names.ts'
import type { Sentence } from './names.ts'
import { formatConversions, formatCount } from './numbers.ts'

/** @returns what a reader has to know in addition to the headline, one sentence each. */
export function buildCaveats(facts: HeadlineFacts): readonly Sentence[] {
  const { leading, signal, seedFormat, worseThanConstant, unlearned } = facts
  const negative = leading.channels.filter(({ conversions }) => (conversions ?? 0) < -0.5)
  return [
    ...(unlearned === null ? [] : [[`${unlearned}.`]]),
    ...facts.tested.slice(0, MAX_TESTED).map(shiftByExperiment),
    ...associationWithoutEffect(facts),
    ...(worseThanConstant ? [untrustworthy(leading.method)] : []),
    ...tooCloseToCall(facts),
    ...modelsDisagree(facts),
    ...(signal === null ? [['This run did not test whether the data contain any signal.']] : []),
    ...(seedFormat
      ? [['Every conversion in these data is recorded on a touch, so the channels share all conversions.']]
      : []),
    ...(negative.length > 0 ? [negativeCredit(negative)] : []),
  ]
}

/** Tested channels on the first screen; a section of the report has all. */
const MAX_TESTED = 4

/** `search: 1,121 by last touch, 548 by the hazard model, 310 ± 60 by your experiment, 327 by both.` */
function shiftByExperiment(tested: TestedFact): Sentence {
  const { channels, lastTouch, model, experiment, deviation, calibrated } = tested
  const byLastTouch = lastTouch === null ? '' : `${formatConversions(lastTouch)} by last touch, `
  return [
    ...listed(channels.map((name) => [{ name }])),
    `: ${byLastTouch}${formatConversions(model)} by the hazard model, ${formatConversions(experiment)} ± ` +
      `${formatConversions(deviation)} by your experiment, ${formatConversions(calibrated)} by both.`,
  ]
}

function associationWithoutEffect({ associated }: HeadlineFacts): readonly Sentence[] {
  if (associated.length === 0) return []
  const left = associated.map(({ channel, conversions, adjusted }): Sentence => {
    return [{ name: channel }, ` ${formatConversions(adjusted)} instead of ${formatConversions(conversions)}`]
  })
  return [
    [
      'Association without effect: people convert more often shortly before touches of ',
      ...listed(associated.map(({ channel }) => [{ name: channel }])),
      ', which these touches can’t have caused. With as much taken off after them, the hazard model credits ',
      ...listed(left),
      '; the rest is baseline.',
    ],
  ]
}

function untrustworthy(method: string): Sentence {
  const model = methodInSentence(method)
  return [
    `On held-out users, ${model} predicts no better than a constant probability: its credits should not be trusted.`,
  ]
}

/** The first two channels, if their intervals overlap. */
function tooCloseToCall({ leading, second, signal }: HeadlineFacts): readonly Sentence[] {
  const [top, next] = leading.channels
  if (top === undefined || next === undefined || signal?.hasSignal === false) return []
  const intervalOf = (total: ChannelTotal) =>
    total.interval ?? second?.channels.find(({ channel }) => channel === total.channel)?.interval
  const [higher, lower] = [intervalOf(top), intervalOf(next)]
  if (!higher || !lower || higher.lower > lower.upper || lower.lower > higher.upper) return []
  return [
    [
      { name: top.channel },
      ' and ',
      { name: next.channel },
      ' are too close to call: their intervals overlap.',
    ],
  ]
}

/** Channels whose credit lies outside the second method's interval: the methods differ by more than sampling noise. */
function modelsDisagree({ leading, second, signal }: HeadlineFacts): readonly Sentence[] {
  if (second === undefined || signal?.hasSignal === false) return []
  const intervals = new Map(second.channels.map(({ channel, interval }) => [channel, interval]))
  const outside = leading.channels.filter(({ channel, conversions }) => {
    const interval = intervals.get(channel)
    return interval && conversions !== null && (conversions < interval.lower || conversions > interval.upper)
  })
  if (outside.length === 0) return []
  const methods = `${methodInSentence(leading.method)} lies outside the interval of ${methodInSentence(second.method)}`
  return [
    [
      'For ',
      ...listed(outside.map(({ channel }) => [{ name: channel }])),
      `, ${methods}: they differ by more than sampling noise.`,
    ],
  ]
}

const MAX_LISTED = 3

/** `a, b and c`; of more than three, the first three and how many more there are. */
function listed(entries: readonly Sentence[]): Sentence {
  const unlisted = entries.length - MAX_LISTED
  const shown = unlisted > 0 ? [...entries.slice(0, MAX_LISTED), [`${formatCount(unlisted)} more`]] : entries
  return shown.flatMap((entry, at): Sentence => {
    if (at === 0) return entry
    return [at === shown.length - 1 ? ' and ' : ', ', ...entry]
  })
}

function negativeCredit(channels: readonly ChannelTotal[]): Sentence {
  const isOne = channels.length === 1
  return [
    ...listed(
      channels.map(({ channel, conversions }) => [{ name: channel }, ` (${formatConversions(conversions)})`]),
    ),
    ` ${isOne ? 'has' : 'have'} negative credit: the model expects fewer conversions with ${isOne ? 'its' : 'their'} touches than without.`,
  ]
}
