import type { MethodRows } from '../tables/attribution.ts'
import { type FoldedChannels, foldChannels, type MethodTotals, totalsOf } from './channel-totals.ts'
import { comparedMethods } from './disagreement.ts'
import type { AssociatedChannel, HeadlineFacts, TestedFact } from './headline.ts'
import type { ReportInput, ShapleyResult } from './report-input.ts'

/** Channels with a bar of their own; the others are folded into one row. */
const SHOWN_CHANNELS = 12

/** What several sections of the report need, computed once. */
export interface ReportView {
  readonly input: ReportInput
  readonly leading: MethodRows
  readonly totals: MethodTotals
  /** A second method that has intervals, if the leading one has none. */
  readonly second: MethodTotals | undefined
  /** All methods, the learned ones first. */
  readonly methods: readonly MethodTotals[]
  /** Those to compare: of the Markov chains only the chosen order. */
  readonly compared: readonly MethodTotals[]
  readonly folded: FoldedChannels
  readonly headline: HeadlineFacts
  readonly hasSignal: boolean
}

/** @throws {RangeError} if there is no method. O(rows). */
export function viewOf(input: ReportInput): ReportView {
  const { shapley, comparison, manifest } = input
  const [leading] = shapley.methods
  if (leading === undefined) throw new RangeError('a report needs at least one method')
  const methods = [...shapley.methods, ...(comparison?.methods ?? [])].map(totalsOf)
  const totals = methods[0] ?? totalsOf(leading)
  const second = hasIntervals(totals) ? undefined : methods.slice(1).find(hasIntervals)
  return {
    input,
    leading,
    totals,
    second,
    methods,
    compared: comparedMethods(methods, comparison?.markov.chosenOrder),
    folded: foldChannels(totals, SHOWN_CHANNELS),
    headline: {
      conversions: manifest.counts.credited.conversions,
      creditedWhen: manifest.options.creditFrom === null ? undefined : creditedWhen(input),
      leading: totals,
      second,
      signal: shapley.signal,
      seedFormat: manifest.seedFormat,
      unlearned: whatWasNotLearned(shapley),
      associated: associatedChannels(shapley, methods),
      tested: testedFacts(shapley, methods),
      worseThanConstant: isWorseThanConstant(shapley, leading.method),
    },
    hasSignal: shapley.signal?.hasSignal ?? true,
  }
}

function creditedWhen({ credited: { creditedFrom, creditedTo } }: ReportInput): string {
  return creditedFrom === creditedTo ? `on ${creditedFrom}` : `from ${creditedFrom} to ${creditedTo}`
}

function associatedChannels(
  { confounding }: ShapleyResult,
  methods: readonly MethodTotals[],
): readonly AssociatedChannel[] {
  const adjusted = methods.find(({ method }) => method === 'hazard_adjusted')?.channels ?? []
  return confounding
    .flatMap(({ channel, suspectedConversions: suspected }) => {
      const left = adjusted.find((one) => one.channel === channel)?.conversions ?? null
      if (left === null || suspected === null || suspected < 0.5) return []
      return [{ channel, conversions: left + suspected, adjusted: left }]
    })
    .sort((one, other) => other.conversions - other.adjusted - (one.conversions - one.adjusted))
}

function testedFacts({ known }: ShapleyResult, methods: readonly MethodTotals[]): readonly TestedFact[] {
  const lastTouch = methods.find(({ method }) => method === 'last_touch')?.channels
  return known.experiments.map(({ channels, model, experiment, calibrated }) => ({
    channels,
    lastTouch:
      lastTouch === undefined
        ? null
        : channels.reduce((sum, name) => {
            return sum + (lastTouch.find(({ channel }) => channel === name)?.conversions ?? 0)
          }, 0),
    model: model.conversions,
    experiment: experiment.conversions,
    deviation: experiment.deviation,
    calibrated: calibrated.conversions,
  }))
}

function isWorseThanConstant({ evidence }: ShapleyResult, method: string): boolean {
  const lossOf = (subject: string) => evidence.find(({ measure }) => measure === `log_loss_${subject}`)?.value
  const [loss, constant] = [lossOf(method.replace('shapley_', '')), lossOf('constant')]
  return typeof loss === 'number' && typeof constant === 'number' && loss >= constant
}

function whatWasNotLearned({ findings }: ShapleyResult): string | null {
  return findings.find(({ code }) => code === 'no-model-learned')?.what ?? null
}

function hasIntervals({ channels }: MethodTotals): boolean {
  return channels.some(({ interval }) => interval !== null)
}
