import { type FoldedChannels, foldChannels, type MethodTotals, totalsOf } from './channel-totals.ts'
import { comparedMethods } from './disagreement.ts'
import type { HeadlineFacts } from './headline.ts'
import type { MethodResult, ReportInput, ShapleyResult } from './report-input.ts'

/** Channels that have a bar of their own; the others are folded into one. */
const SHOWN_CHANNELS = 12

/** What several parts of the report need, computed once. */
export interface ReportView {
  readonly input: ReportInput
  readonly leading: MethodResult
  readonly totals: MethodTotals
  /** A further method that knows its intervals, where the leading one does not. */
  readonly second: MethodTotals | undefined
  /** All methods, the learned ones first. */
  readonly methods: readonly MethodTotals[]
  /** Those that stand for themselves: of the Markov chains only the chosen order. */
  readonly compared: readonly MethodTotals[]
  readonly folded: FoldedChannels
  readonly headline: HeadlineFacts
  readonly hasSignal: boolean
}

/** @throws {RangeError} without any method. O(rows). */
export function viewOf(input: ReportInput): ReportView {
  const { shapley, comparison, manifest } = input
  const [leading] = shapley.methods
  if (leading === undefined) throw new RangeError('a report needs a method')
  const methods = [...shapley.methods, ...(comparison?.methods ?? [])].map(totalsOf)
  const totals = methods[0] ?? totalsOf(leading)
  const second = knowsIntervals(totals) ? undefined : methods.slice(1).find(knowsIntervals)
  return {
    input,
    leading,
    totals,
    second,
    methods,
    compared: comparedMethods(methods, comparison?.markov.chosenOrder),
    folded: foldChannels(totals, SHOWN_CHANNELS),
    headline: {
      conversions: manifest.counts.conversions,
      leading: totals,
      second,
      signal: shapley.signal,
      seedFormat: manifest.seedFormat,
      worseThanConstant: isWorseThanConstant(shapley, leading.method),
    },
    hasSignal: shapley.signal?.hasSignal ?? true,
  }
}

function isWorseThanConstant({ evidence }: ShapleyResult, method: string): boolean {
  const lossOf = (subject: string) => evidence.find(({ measure }) => measure === `log_loss_${subject}`)?.value
  const [loss, constant] = [lossOf(method.replace('shapley_', '')), lossOf('constant')]
  return typeof loss === 'number' && typeof constant === 'number' && loss >= constant
}

function knowsIntervals({ channels }: MethodTotals): boolean {
  return channels.some(({ interval }) => interval !== null)
}
