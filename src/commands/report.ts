import type { OptionsOf } from '../options/option-table.ts'
import { type ReportSummary, type ReportWorld, writeReport } from '../steps/report.ts'
import { openDataStorage, openWarehouse } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatSeconds } from './text-table.ts'

/** `td-mta report`. */
export async function runReport(options: OptionsOf<'report'>, effects: Effects): Promise<CommandResult> {
  const summary = await withReportWorld(options, effects, (world) => writeReport(options, world))
  return { text: describeReport(summary), json: reportFacts(summary) }
}

/**
 * Without `--runs` a report reads and writes storage only: then no warehouse is opened, and no credentials for one are needed.
 * @param work gets what a report works with, each part by name: among the effects is the environment, which holds keys.
 */
export async function withReportWorld<T>(
  options: OptionsOf<'report'>,
  effects: Effects,
  work: (world: ReportWorld) => Promise<T>,
): Promise<T> {
  const { logger, signal, now } = effects
  const world = { storage: openDataStorage(options, effects), logger, signal, now }
  if (options.runs === undefined) return await work(world)
  const warehouse = await openWarehouse(options, effects, false)
  try {
    return await work({ ...world, warehouse })
  } finally {
    await warehouse.close()
  }
}

/** @returns what `--format json` prints about a report. */
export function reportFacts({ runId, location, bytes, missing, seconds }: ReportSummary) {
  return { runId, report: location, reportBytes: bytes, reportMissing: missing, seconds: { report: seconds } }
}

/** @returns where the report is and what is missing from it, for readers. */
export function describeReport({ location, bytes, missing, seconds }: ReportSummary): string {
  const size = `${formatNumber(bytes / 1000)} kB, ${formatSeconds(seconds)}`
  return [
    ...missing.map(({ part, command }) => `missing from the report: ${part} (to add it, run ${command})`),
    `wrote the report (${size}): ${location}`,
  ].join('\n')
}
