import { creditedDays } from '../artifacts/credited-days.ts'
import { NO_SIGNAL_EXIT_CODE } from '../errors.ts'
import type { OptionsOf } from '../options/option-table.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { describeEstimate } from '../steps/credit-estimate.ts'
import { attributionRowsOf } from '../steps/method-rows.ts'
import { explainConversions, type ShapleySummary } from '../steps/shapley.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import {
  describeTables,
  formatNumber,
  formatShare,
  formatTextTable,
  numberColumn,
  type TextColumn,
  tableFacts,
  withFindings,
} from './text-table.ts'

/** `td-mta shapley`. */
export async function runShapley(options: OptionsOf<'shapley'>, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, options.creditsTable !== undefined, async (world) => {
    const summary = await explainConversions(options, world)
    return {
      text: withFindings(describeShapley(summary), summary.findings),
      json: shapleyFacts(summary),
      ...signalExitCode(options, summary),
    }
  })
}

/** @returns the exit code for data without a signal, if `--require-signal` asks for one. */
export function signalExitCode(
  { requireSignal }: Pick<OptionsOf<'shapley'>, 'requireSignal'>,
  { signal }: ShapleySummary,
): Pick<CommandResult, 'exitCode'> {
  return requireSignal && !signal.hasSignal ? { exitCode: NO_SIGNAL_EXIT_CODE } : {}
}

/** @returns what a method credits to each channel over all days, most credit first, the baseline last. */
export function channelCredits({ manifest }: ShapleySummary, credits: CellCredits) {
  const { channels, baseline } = creditByChannel(attributionRowsOf(credits, manifest))
  const ranked = [...channels].sort((left, right) => (right.conversions ?? 0) - (left.conversions ?? 0))
  return [...ranked, ...(baseline === undefined ? [] : [baseline])].map(
    ({ channel, conversions, share, meanDaysBefore }) => ({ channel, conversions, share, meanDaysBefore }),
  )
}

/** @returns what `--format json` prints of a shapley step. */
export function shapleyFacts(summary: ShapleySummary) {
  const { manifest, methods, identity, tables, findings, seconds } = summary
  return {
    runId: manifest.runId,
    conversions: manifest.counts.credited.conversions,
    learnedConversions: summary.learnedConversions,
    modelFrom: summary.modelFrom ?? null,
    identity,
    methods: methods.map(({ method, credits }) => ({ method, channels: channelCredits(summary, credits) })),
    signal: summary.signal,
    evidence: summary.evidence,
    confounding: summary.confounding,
    known: summary.known,
    evaluations: methods.reduce((sum, { credits }) => sum + credits.evaluations, 0),
    estimate: summary.estimate ?? null,
    tables: tableFacts(tables),
    findings,
    seconds: {
      evidence: seconds.evidence,
      evaluation: seconds.evaluation,
      credit: seconds.credit,
      shapley: seconds.total,
    },
  }
}

/** @returns the answer for readers: conversions credited to each channel, and where the tables are. */
export function describeShapley(summary: ShapleySummary): string {
  const { manifest, methods, identity, tables, signal, evidence } = summary
  const [leading] = methods
  return [
    `${leading.method}, run ${manifest.runId}`,
    '',
    creditTable(channelCredits(summary, leading.credits)),
    '',
    `credits and baseline add up to ${identity.credited.toFixed(6)} of ${formatNumber(identity.conversions)} conversions`,
    ...(summary.estimate === undefined ? [] : [describeEstimate(summary.estimate)]),
    ...describeLearned(summary),
    `signal test: ${signal.verdict}`,
    ...evidence
      .filter(({ measure }) => measure === 'stacked_weight')
      .map(({ value, verdict }) => `stacked weight ${formatNumber(value, 2)}: ${verdict}`),
    ...evidence
      .filter(({ measure, verdict }) => measure.startsWith('log_loss_') && verdict !== null)
      .map(({ measure, verdict }) => `${measure.replace('log_loss_', '')} on held-out users: ${verdict}`),
    ...evidence
      .filter(({ measure }) => measure.startsWith('pair_conversions'))
      .map(({ value, verdict }) => `${formatNumber(value)} conversions by ${verdict}`),
    ...(manifest.seedFormat
      ? ['every conversion is recorded on a touch, so a baseline cannot be estimated: shares only']
      : []),
    ...describeTables(tables),
  ].join('\n')
}

/** Nothing where the conversions that are credited are those that the run learned from. */
function describeLearned({ manifest, modelFrom, learnedConversions }: ShapleySummary): readonly string[] {
  if (modelFrom === undefined && manifest.options.creditFrom === null) return []
  const model = modelFrom && `by the model of run ${modelFrom.runId} of ${modelFrom.sessionTime}, `
  return [
    `${model ?? ''}learned from ${formatNumber(learnedConversions)} conversions; ${describeCredited(manifest)}`,
  ]
}

/** @returns which conversions are credited, such as `credited: those from 2026-03-01 to 2026-03-01`. */
function describeCredited(manifest: ShapleySummary['manifest']): string {
  const { creditedFrom, creditedTo } = creditedDays(manifest)
  return `credited: those from ${creditedFrom} to ${creditedTo} (${manifest.options.timeZone})`
}

type CreditRow = ReturnType<typeof channelCredits>[number]

function creditTable(rows: readonly CreditRow[]): string {
  const columns: readonly TextColumn<CreditRow>[] = [
    { heading: 'channel', cell: ({ channel }) => channel },
    numberColumn('conversions credited', ({ conversions }) => formatNumber(conversions, 1)),
    numberColumn('share', ({ share }) => formatShare(share)),
    numberColumn('mean days before', ({ meanDaysBefore }) => formatNumber(meanDaysBefore, 1)),
  ]
  return formatTextTable(columns, rows)
}
