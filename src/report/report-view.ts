import { type MethodRows, totalRows } from '../tables/attribution.ts'
import { type FoldedChannels, foldChannels, type MethodTotals } from './channel-totals.ts'
import { daysByChannel } from './day-credits.ts'
import { comparedMethods } from './disagreement.ts'
import type { AssociatedChannel, HeadlineFacts, TestedFact } from './headline.ts'
import { methodInSentence, methodNameOf } from './method-names.ts'
import { totalsOf } from './method-totals.ts'
import type { ReportInput, ShapleyResult } from './report-input.ts'
import {
  hasIntervals,
  type MethodWords,
  SHOWN_CHANNELS,
  type ShownData,
  type ShownMethod,
} from './shown-method.ts'

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
  /** The leading method's figures. */
  readonly shown: ShownMethod
  /** All channels that any method has, in the order of the page's data. */
  readonly channels: readonly string[]
  /** Of the users, those with the most conversions by the leading method first; none where users are not divided. */
  readonly segments: readonly string[]
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
  const channels = [...new Set(methods.flatMap((one) => one.channels.map(({ channel }) => channel)))]
  return {
    channels,
    segments: segmentsOf(leading),
    shown: {
      words: wordsOf(leading.method),
      totals,
      second: second && { words: wordsOf(second.method), totals: second },
      days: daysByChannel(totalRows(leading.rows), manifest.options.lookbackWindowDays),
      isSegment: false,
      data: shownDataOf(input, channels),
    },
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

/** @returns how people call a method. */
export function wordsOf(method: string): MethodWords {
  return { name: methodNameOf(method).name, sentence: methodInSentence(method) }
}

function segmentsOf({ rows }: MethodRows): readonly string[] {
  const conversions = new Map<string, number>()
  for (const row of rows) {
    if (row.segment === null || row.campaign !== null) continue
    conversions.set(row.segment, (conversions.get(row.segment) ?? 0) + (row.conversions ?? 0))
  }
  return [...conversions].sort((left, right) => right[1] - left[1]).map(([segment]) => segment)
}

function shownDataOf({ manifest, truth }: ReportInput, channels: readonly string[]): ShownData {
  const places = new Map(channels.map((channel, place) => [channel, place]))
  return {
    lookbackDays: manifest.options.lookbackWindowDays,
    timeZone: manifest.options.timeZone,
    seedFormat: manifest.seedFormat,
    truth: truth && {
      baseline: truth.baseline,
      byChannel: new Map(truth.channels.map(({ channel, conversions }) => [channel, conversions])),
    },
    placeOf: (channel) => places.get(channel),
  }
}
