import type { SignalVerdict } from '../artifacts/results.ts'
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

/** Everything that the headline and its caveats are made from. */
export interface HeadlineFacts {
  /** All credited conversions. */
  readonly conversions: number
  /** Their days, such as `on 2026-03-01`; undefined where all conversions in the data are credited. */
  readonly creditedWhen: string | undefined
  readonly leading: MethodTotals
  /** A second method that has intervals, if the leading one has none. */
  readonly second: MethodTotals | undefined
  readonly signal: SignalVerdict | null
  /** Every conversion is recorded on a touch: no baseline can be estimated. */
  readonly seedFormat: boolean
  /** On held-out users, the leading model predicts no better than a constant probability. */
  readonly worseThanConstant: boolean
  /** What there is to say where the model that was asked for learned nothing; null where it leads. */
  readonly unlearned: string | null
  /** Channels of whose credit a part is association without effect, the most of it first. */
  readonly associated: readonly AssociatedChannel[]
  /** Channels with experiments. */
  readonly tested: readonly TestedFact[]
}

/** What there is to say of channels that were tested, conversions. */
export interface TestedFact {
  readonly channels: readonly string[]
  /** Null where last touch was not computed. */
  readonly lastTouch: number | null
  /** By the hazard model. */
  readonly model: number
  readonly experiment: number
  /** Standard error of the experiment. */
  readonly deviation: number
  /** By both together. */
  readonly calibrated: number
}

export interface AssociatedChannel {
  readonly channel: string
  /** By the hazard model. */
  readonly conversions: number
  /** The part of it that is left. */
  readonly adjusted: number
}

/** @returns the answer in one sentence and how certain it is; without a signal or shares, it says so instead. */
export function buildHeadline(facts: HeadlineFacts): Sentence {
  const [top] = facts.leading.channels
  if (facts.signal !== null && !facts.signal.hasSignal) return noSignal(facts.signal)
  if (top === undefined || top.share === null || top.conversions === null) return noShares(facts)
  const verb = facts.leading.channels.length > 1 ? 'is credited with the most, ' : 'is credited with '
  return [
    `Of ${counted(facts.conversions, 'conversion')}${facts.creditedWhen === undefined ? '' : ` ${facts.creditedWhen}`}, `,
    { name: top.channel },
    ` ${verb}${formatConversions(top.conversions)} (${certainty(top, facts)})`,
    baselineClause(facts),
    '.',
  ]
}

function noSignal({ pValue }: SignalVerdict): Sentence {
  return [
    `No signal: touches do not predict who converts (${formatPValue(pValue)}), so the channel shares below mean nothing.`,
  ]
}

function noShares({ conversions, leading }: HeadlineFacts): Sentence {
  const baseline = leading.baseline?.conversions
  const rest =
    baseline === null || baseline === undefined
      ? 'a baseline cannot be estimated'
      : `the baseline accounts for ${formatCount(baseline)} of ${counted(conversions, 'conversion')}`
  return [`The channels have no positive credit in total, so there are no shares; ${rest}.`]
}

/** `24.7%; 95% interval 1,100 to 1,380`: the interval of the method itself, or else of the one that has intervals. */
function certainty(top: ChannelTotal, { conversions, second }: HeadlineFacts): string {
  const part = formatShare(conversions > 0 && top.conversions !== null ? top.conversions / conversions : null)
  if (top.interval !== null) return `${part}; ${formatInterval95(top.interval)}`
  const secondTotal = second?.channels.find(({ channel }) => channel === top.channel)
  if (second === undefined || secondTotal === undefined || secondTotal.interval === null) {
    return `${part}; interval unknown`
  }
  const secondCredit = `${methodInSentence(second.method)} says ${formatConversions(secondTotal.conversions)}`
  return `${part}; ${secondCredit}, ${formatInterval95(secondTotal.interval)}`
}

function formatInterval95({ lower, upper }: Interval): string {
  return `95% interval ${formatInterval(lower, upper)}`
}

function baselineClause({ conversions, leading, seedFormat }: HeadlineFacts): string {
  if (seedFormat) return '; how many would have happened anyway cannot be estimated'
  const baseline = leading.baseline?.conversions
  if (baseline === null || baseline === undefined || conversions <= 0) return ''
  return `; ${formatCount(baseline)} (${formatShare(baseline / conversions, 0)}) would have happened without any touch`
}
