import type { OptionsOf } from '../options/option-table.ts'
import { type ReportSummary, type ReportWorld, writeReport } from '../steps/report.ts'
import { openDataStorage } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatSeconds } from './text-table.ts'

/** `td-mta report`: reads and writes storage only, so it opens no warehouse and needs no credentials for one. */
export async function runReport(options: OptionsOf<'report'>, effects: Effects): Promise<CommandResult> {
  const summary = await writeReport(options, reportWorldOf(options, effects))
  return { text: describeReport(summary), json: reportFacts(summary) }
}

/** @returns what a report works with, each part by name: among the effects is the environment, which holds keys. */
export function reportWorldOf(options: OptionsOf<'report'>, effects: Effects): ReportWorld {
  const { logger, signal, now } = effects
  return { storage: openDataStorage(options, effects), logger, signal, now }
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
