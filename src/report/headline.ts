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
  /** On held-out users the leading model predicts no better than one probability for everybody. */
  readonly worseThanConstant: boolean
}

/** @returns the answer in one sentence, with how sure it is; without signal or shares it says that instead. */
export function buildHeadline(facts: HeadlineFacts): Sentence {
  const [top] = facts.leading.channels
  if (facts.signal !== null && !facts.signal.hasSignal) return noSignal(facts.signal)
  if (top === undefined || top.share === null || top.conversions === null) return noShares(facts)
  const isMost = facts.leading.channels.length > 1 ? 'is credited with the most, ' : 'is credited with '
  return [
    `Of ${counted(facts.conversions, 'conversion')}, `,
    { name: top.channel },
    ` ${isMost}${formatConversions(top.conversions)} (${howSure(top, facts)})`,
    baselineClause(facts),
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
      ? 'a baseline cannot be told'
      : `the baseline has ${formatCount(baseline)} of ${counted(conversions, 'conversion')}`
  return [`The channels have no positive credit in all, so there are no shares; ${rest}.`]
}

/** `24.7 %; 95 % interval 1,100 to 1,380`: by the method itself, else by the one that knows intervals. */
function howSure(top: ChannelTotal, { conversions, second }: HeadlineFacts): string {
  const part = conversions > 0 && top.conversions !== null ? top.conversions / conversions : null
  const other = second?.channels.find(({ channel }) => channel === top.channel)
  if (top.interval !== null) return `${formatShare(part)}; ${interval95(top.interval)}`
  if (second === undefined || other === undefined || other.interval === null) {
    return `${formatShare(part)}; interval not known`
  }
  const said = `by ${methodInSentence(second.method)} ${formatConversions(other.conversions)}`
  return `${formatShare(part)}; ${said}, ${interval95(other.interval)}`
}

function interval95({ lower, upper }: Interval): string {
  return `95\u00a0% interval ${formatInterval(lower, upper)}`
}

function baselineClause({ conversions, leading, seedFormat }: HeadlineFacts): string {
  if (seedFormat) return '; how many would have come anyway cannot be told'
  const baseline = leading.baseline?.conversions
  if (baseline === null || baseline === undefined || conversions <= 0) return ''
  return `; ${formatCount(baseline)} (${formatShare(baseline / conversions, 0)}) would have come without any touch`
}
