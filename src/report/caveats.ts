import type { ChannelTotal } from './channel-totals.ts'
import type { HeadlineFacts } from './headline.ts'
import { methodInSentence } from './method-names.ts'
import type { Sentence } from './names.ts'
import { formatConversions, formatCount } from './numbers.ts'

/** @returns what a reader has to know beside the headline, a sentence each. */
export function buildCaveats(facts: HeadlineFacts): readonly Sentence[] {
  const { leading, signal, seedFormat, worseThanConstant } = facts
  const negative = leading.channels.filter(({ conversions }) => (conversions ?? 0) < -0.5)
  return [
    ...(worseThanConstant ? [untrustworthy(leading.method)] : []),
    ...tooCloseToCall(facts),
    ...modelsDisagree(facts),
    ...(signal === null ? [['Whether the data hold any signal was not tested in this run.']] : []),
    ...(seedFormat
      ? [['Every conversion sits on a touch here, so the channels share all conversions among them.']]
      : []),
    ...(negative.length > 0 ? [negativeCredit(negative)] : []),
  ]
}

function untrustworthy(method: string): Sentence {
  const said = 'one probability for everybody: its credits are not to be trusted.'
  return [`On held-out users ${methodInSentence(method)} predicts no better than ${said}`]
}

/** The first two channels, where their intervals overlap. */
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

/** Channels whose credit lies outside the interval of the further method: more than sampling noise parts the two. */
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
      ` ${methods}: more than sampling noise parts them.`,
    ],
  ]
}

/** The first three, and how many more there are. */
function listed(entries: readonly Sentence[]): Sentence {
  const shown = entries.slice(0, 3).flatMap((entry, at): Sentence => [at > 0 ? ', ' : '', ...entry])
  return entries.length > 3 ? [...shown, ` and ${formatCount(entries.length - 3)} more`] : shown
}

function negativeCredit(channels: readonly ChannelTotal[]): Sentence {
  const isOne = channels.length === 1
  return [
    ...listed(
      channels.map(({ channel, conversions }) => [{ name: channel }, ` (${formatConversions(conversions)})`]),
    ),
    ` ${isOne ? 'has' : 'have'} negative credit: with ${isOne ? 'its' : 'their'} touches the model expects fewer conversions than without.`,
  ]
}
