import type { OptionsOf } from '../options/option-table.ts'
import { type ExportSummary, exportTouchpoints } from '../steps/export.ts'
import { withWorld } from './adapters.ts'
import type { CommandResult, Effects } from './effects.ts'
import { formatNumber, formatSeconds, withFindings } from './text-table.ts'

/** `td-mta export`. */
export async function runExport(options: OptionsOf<'export'>, effects: Effects): Promise<CommandResult> {
  return await withWorld(options, effects, true, async (world) => {
    const summary = await exportTouchpoints(options, world)
    return {
      text: withFindings(describeExport(summary, world.storage.location), summary.findings),
      json: { ...exportFacts(summary), dataDir: world.storage.location },
    }
  })
}

/** @returns what `--format json` prints about an export. */
export function exportFacts({ manifest, seconds, findings }: ExportSummary) {
  return {
    runId: manifest.runId,
    channels: manifest.channels,
    seedFormat: manifest.seedFormat,
    counts: manifest.counts,
    ...(manifest.sampled === undefined ? {} : { oneOf: manifest.sampled.oneOf }),
    findings,
    seconds: { survey: seconds.survey, extraction: seconds.extraction, export: seconds.total },
  }
}

/** @returns what was exported, for readers. */
export function describeExport({ manifest, seconds }: ExportSummary, location: string): string {
  const { counts } = manifest
  return [
    `exported ${formatNumber(counts.rows)} rows of ${formatNumber(counts.users)} users in ${formatSeconds(seconds.total)}`,
    `  run id       ${manifest.runId}`,
    `  channels     ${manifest.channels.length}: ${manifest.channels.slice(0, 8).join(', ')}${manifest.channels.length > 8 ? ', ...' : ''}`,
    `  conversions  ${formatNumber(counts.conversions)}, ${formatNumber(counts.entryConversions)} of them the first row of their user`,
    ...(manifest.options.creditFrom === null
      ? []
      : [`  to credit    ${formatNumber(counts.credited.conversions)} of them`]),
    `  examples     ${formatNumber(counts.positiveExamples)} positive, ${formatNumber(counts.negativeExamples)} negative`,
    `  patterns     ${formatNumber(counts.positivePatterns)} positive, ${formatNumber(counts.negativePatterns)} negative${sampleNote(manifest)}`,
    `  location     ${location}`,
  ].join('\n')
}

function sampleNote({ sampled }: ExportSummary['manifest']): string {
  if (sampled === undefined) return ''
  return ` of 1 in ${formatNumber(sampled.oneOf)} users`
}
