import type { ChannelTotal, Interval, MethodTotals } from './channel-totals.ts'
import { methodInSentence } from './method-names.ts'
import type { Sentence } from './names.ts'
import {
  counted,
  formatConversions,
  formatCount,
  formatInterval,
  formatPValue,
  formatShare,
} from './numbers.ts'
import type { SignalResult } from './report-input.ts'

/** What the answer in one sentence is made from. */
export interface HeadlineFacts {
  /** All conversions of the data. */
  readonly conversions: number
  readonly leading: MethodTotals
  /** A further method that knows its intervals, asked where the leading one has none. */
  readonly second: MethodTotals | undefined
  readonly signal: SignalResult | null
  /** Every conversion sits on a touch: no baseline can be told. */
  readonly seedFormat: boolean
}

/** @returns the answer in one sentence, with how sure it is; without signal or shares it says that instead. */
export function buildHeadline(facts: HeadlineFacts): Sentence {
  const [top] = facts.leading.channels
  if (facts.signal !== null && !facts.signal.hasSignal) return noSignal(facts.signal)
  if (top === undefined || top.share === null || top.conversions === null) return noShares(facts)
  return [
    { name: top.channel },
    ' is credited with ',
    ...creditOf(top, facts),
    facts.leading.channels.length > 1 ? ', more than any other channel' : '',
    ...baselineClause(facts),
    '.',
  ]
}

function noSignal({ pValue }: SignalResult): Sentence {
  return [
    `No signal: the touches do not tell who converts (${formatPValue(pValue)}), so the shares of channels below mean nothing.`,
  ]
}

function noShares({ conversions, leading }: HeadlineFacts): Sentence {
  const baseline = leading.baseline?.conversions
  const rest =
    baseline === null || baseline === undefined
      ? 'a baseline can not be told'
      : `the baseline has ${formatCount(baseline)} of ${counted(conversions, 'conversion')}`
  return [`The channels have no positive credit in all, so there are no shares; ${rest}.`]
}

/** `1,240 of 5,012 conversions (24.7 %; 95 % interval 1,100 to 1,380)`. */
function creditOf(top: ChannelTotal, { conversions, second }: HeadlineFacts): Sentence {
  const part = conversions > 0 && top.conversions !== null ? top.conversions / conversions : null
  const sure = [formatShare(part), ...intervalWords(top, second)].join('; ')
  return [`${formatConversions(top.conversions)} of ${counted(conversions, 'conversion')} (${sure})`]
}

function intervalWords(top: ChannelTotal, second: MethodTotals | undefined): readonly string[] {
  if (top.interval !== null) return [interval95(top.interval)]
  const other = second?.channels.find(({ channel }) => channel === top.channel)
  if (second === undefined || other === undefined || other.interval === null) return []
  const said = `the ${methodInSentence(second.method)} says ${formatConversions(other.conversions)}`
  return [`${said}, ${interval95(other.interval)}`]
}

function interval95({ lower, upper }: Interval): string {
  return `95\u00a0% interval ${formatInterval(lower, upper)}`
}

function baselineClause({ conversions, leading, seedFormat }: HeadlineFacts): Sentence {
  if (seedFormat) return ['; how many would have come anyway can not be told']
  const baseline = leading.baseline?.conversions
  if (baseline === null || baseline === undefined || conversions <= 0) return []
  const part = formatShare(baseline / conversions, 0)
  return [`; ${formatCount(baseline)} (${part}) would have come without any touch`]
}

/** @returns what a reader has to know beside the headline, a sentence each. */
export function buildCaveats({ leading, signal, seedFormat }: HeadlineFacts): readonly Sentence[] {
  const negative = leading.channels.filter(({ conversions }) => (conversions ?? 0) < -0.5)
  return [
    ...(signal === null ? [['Whether the data hold any signal was not tested in this run.']] : []),
    ...(seedFormat
      ? [['Every conversion sits on a touch here, so the channels share all conversions among them.']]
      : []),
    ...(negative.length > 0 ? [negativeCredit(negative)] : []),
  ]
}

function negativeCredit(channels: readonly ChannelTotal[]): Sentence {
  const named = channels.slice(0, 3).flatMap(({ channel, conversions }, at): Sentence => {
    return [at > 0 ? ', ' : '', { name: channel }, ` (${formatConversions(conversions)})`]
  })
  const more = channels.length > 3 ? [` and ${channels.length - 3} more`] : []
  const verb = channels.length === 1 ? ' has' : ' have'
  const meaning = 'negative credit: with their touches the model expects fewer conversions than without.'
  return [...named, ...more, `${verb} ${meaning}`]
}
