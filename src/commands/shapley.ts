import { NO_SIGNAL_EXIT_CODE } from '../errors.ts'
import type { Options } from '../options/option-table.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { attributionRowsOf } from '../steps/method-rows.ts'
import { explainConversions, type ShapleySummary } from '../steps/shapley.ts'
import { creditByChannel } from '../tables/channel-credit.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatShare, formatTextTable } from './text-table.ts'

/** `td-mta shapley`. */
export async function runShapley(options: Options, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, options.creditsTable !== undefined, async (world) => {
    const summary = await explainConversions(options, world)
    return {
      text: describeShapley(summary),
      json: shapleyFacts(summary),
      ...signalExitCode(options, summary),
    }
  })
}

/** @returns the exit code of a run on data without signal, where one was asked for. */
export function signalExitCode(
  { requireSignal }: Options,
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
  const { manifest, methods, identity, tables, seconds } = summary
  return {
    runId: manifest.runId,
    conversions: manifest.counts.conversions,
    identity,
    methods: methods.map(({ method, credits }) => ({ method, channels: channelCredits(summary, credits) })),
    signal: summary.signal,
    evidence: summary.evidence,
    evaluations: methods[0].credits.evaluations,
    tables: tables.map(({ table, rows, skipped, location }) => ({ ...table, rows, skipped, location })),
    seconds: {
      evidence: seconds.evidence,
      evaluation: seconds.evaluation,
      credit: seconds.credit,
      shapley: seconds.total,
    },
  }
}

/** @returns the answer, for people: conversions caused by each channel, and where the tables lie. */
export function describeShapley(summary: ShapleySummary): string {
  const { manifest, methods, identity, tables } = summary
  const columns = [
    { heading: 'channel' },
    { heading: 'conversions caused', numeric: true },
    { heading: 'share', numeric: true },
    { heading: 'mean days before', numeric: true },
  ]
  const [leading] = methods
  const rows = channelCredits(summary, leading.credits).map((row) => [
    row.channel,
    row.conversions === null ? '-' : formatNumber(row.conversions, 1),
    formatShare(row.share),
    row.meanDaysBefore === null ? '-' : formatNumber(row.meanDaysBefore, 1),
  ])
  return [
    `${leading.method}, run ${manifest.runId}`,
    '',
    formatTextTable(columns, rows),
    '',
    `credits and baseline add up to ${identity.credited.toFixed(6)} of ${formatNumber(identity.conversions)} conversions`,
    `signal test: ${summary.signal.verdict}`,
    ...summary.evidence
      .filter(({ measure, verdict }) => measure.startsWith('log_loss_') && verdict !== null)
      .map(({ measure, verdict }) => `${measure.replace('log_loss_', '')} on held-out users: ${verdict}`),
    ...(manifest.seedFormat
      ? ['every conversion sits on a touch, so a baseline can not be told: shares only']
      : []),
    ...tables.map(({ table, rows: count, skipped, location }) =>
      skipped
        ? `left table ${table.table} as it was: ${location}`
        : `wrote ${formatNumber(count)} rows to ${location}`,
    ),
  ].join('\n')
}
