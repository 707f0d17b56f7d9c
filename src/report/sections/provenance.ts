import { distinctFindings, type Finding } from '../../findings/finding.ts'
import { type Fact, factsHtml, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { visibleName } from '../names.ts'
import { formatCount, formatDay, formatMeasure } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns what the data contain, and what was left out and why. */
export function dataSection({ input }: ReportView): Html {
  const { counts, period, options, channels, seedFormat } = input.manifest
  const day = (atSec: number) => formatDay(atSec, options.timeZone)
  const facts: readonly Fact[] = [
    [
      'Period',
      `${day(period.firstAtSec)} to ${day(period.lastAtSec)}`,
      `calendar days in ${options.timeZone}`,
    ],
    ['Lookback window', `${options.lookbackWindowDays} days`, 'including the day of the conversion'],
    ['Rows', formatCount(counts.rows), `in table ${visibleName(`${options.db}.${options.table}`)}`],
    ['Rows skipped', formatCount(counts.rowsWithoutUser + counts.rowsWithoutTime), skippedNote(counts)],
    [
      'Duplicate rows',
      formatCount(counts.duplicateRows),
      'equal to another row in all that is read, counted once',
    ],
    ['Users', formatCount(counts.users)],
    ['Touches', formatCount(counts.touches), `from ${formatCount(channels.length)} channels`],
    ['Conversions', formatCount(counts.conversions), typeNote(options.conversionType)],
    ...creditedFacts(input),
    [
      'Entry conversions',
      formatCount(counts.entryConversions),
      'conversions that are the first row of their user: nothing is known before them, so they count towards the baseline',
    ],
    [
      'Merged conversions',
      formatCount(counts.mergedConversionRows),
      'conversion rows of the same user in the same second, counted as one conversion',
    ],
  ]
  const note = seedFormat
    ? html`<p>Every conversion is recorded on a row with a channel, so days without a touch never show a conversion: a baseline can’t be estimated from these data, and the channels share all conversions.</p>`
    : undefined
  return sectionHtml('data', 'What the data contain', factsHtml(facts), note, findingsTable(input))
}

/** Nothing where all conversions are credited. */
function creditedFacts({ manifest, credited, shapley }: ReportView['input']): readonly Fact[] {
  if (manifest.options.creditFrom === null) return []
  const { creditedFrom, creditedTo } = credited
  const learned = shapley.evidence.find(({ measure }) => measure === 'learned_conversions')?.value
  const from = shapley.modelFrom === undefined ? 'all' : 'another run’s'
  const note = `those from ${creditedFrom} to ${creditedTo}; the models learned from ${from} ${formatCount(learned ?? null)}`
  return [['Conversions credited', formatCount(manifest.counts.credited.conversions), note]]
}

/** What the steps noticed about the data, each once. */
function findingsTable({ manifest, shapley, comparison }: ReportView['input']): Html {
  const findings = distinctFindings(manifest.findings, shapley.findings, comparison?.findings ?? [])
  if (findings.length === 0) return html`<p>Nothing about the data looked wrong.</p>`
  const columns = [
    textColumn('found', ({ code, severity }: Finding) =>
      severity === 'error' ? html`<strong>${code}</strong>` : html`${code}`,
    ),
    textColumn('what', ({ what, example }: Finding) =>
      example === null ? what : html`${what}, such as <bdi>${visibleName(example)}</bdi>`,
    ),
    textColumn('what it does to the answer', ({ effect }: Finding) => effect),
    textColumn('what to do', ({ remedy }: Finding) => remedy),
  ]
  return tableHtml('What was noticed about the data', columns, findings)
}

function skippedNote(counts: ReportView['input']['manifest']['counts']): string {
  return `${formatCount(counts.rowsWithoutUser)} without a user, ${formatCount(counts.rowsWithoutTime)} without a time`
}

function typeNote(conversionType: string | null): string {
  return conversionType === null ? 'of all types' : `of type ${visibleName(conversionType)}`
}

/** @returns where the numbers come from: run, versions, models, options. */
export function runSection({ input }: ReportView): Html {
  const { shapley, model, manifest } = input
  const examples =
    `${formatCount(manifest.counts.positiveExamples)} with and ` +
    `${formatCount(manifest.counts.negativeExamples)} without a conversion (${manifest.options.examples})`
  const sample = manifest.sampled && sampleNote(manifest.sampled)
  const facts: readonly Fact[] = [
    ['Run', visibleName(shapley.runId)],
    ['Session time', shapley.sessionTime],
    ['td-mta', shapley.version],
    sample === undefined ? ['Examples', examples] : ['Examples', examples, sample],
    ...modelFacts(model),
    ...otherModelFacts(shapley.modelFrom),
  ]
  const options = html`<details><summary>Options behind these numbers</summary>${optionsTable(input)}</details>`
  return sectionHtml('run', 'Run, options and versions', factsHtml(facts), options)
}

function sampleNote({ oneOf }: { readonly oneOf: number }): string {
  return `days without a conversion are learned from 1 in ${formatCount(oneOf)} users, each for ${formatCount(oneOf)}`
}

/** Where the model is that of another run. */
function otherModelFacts(modelFrom: ReportView['input']['shapley']['modelFrom']): readonly Fact[] {
  if (modelFrom === undefined) return []
  return [
    ['Model', `of run ${visibleName(modelFrom.runId)}`, `learned in its session of ${modelFrom.sessionTime}`],
  ]
}

function modelFacts(model: ReportView['input']['model']): readonly Fact[] {
  if (model === undefined) return []
  const { bilstm, hazard, backend } = model
  const network =
    bilstm &&
    `${bilstm.width} units per direction, epoch ${bilstm.nets[0]?.keptEpoch} kept, on ${backend ?? 'an unknown backend'}`
  return [
    ...(network ? [['Neural network', network] as const] : []),
    ['Hazard model', `${decayText(hazard)}, ${formatCount(hazard.iterations)} iterations`],
  ]
}

function decayText({ decay }: NonNullable<ReportView['input']['model']>['hazard']): string {
  if (!('halfLivesDays' in decay)) return 'effects that fall freely from day to day'
  return `half-lives of ${decay.halfLivesDays.map((days) => formatMeasure(days)).join(', ')} days`
}

function optionsTable({ manifest, shapley }: ReportView['input']): Html {
  const rows = [
    ...Object.entries(manifest.options).map(([name, value]) => ({ step: 'export', name, value })),
    ...Object.entries(shapley.options).map(([name, value]) => ({ step: 'shapley', name, value })),
  ]
  const columns = [
    textColumn('option', ({ name }: (typeof rows)[number]) => html`<code>${name}</code>`),
    textColumn('step', ({ step }: (typeof rows)[number]) => step),
    textColumn('value', ({ value }: (typeof rows)[number]) =>
      value === null || value === ''
        ? html`<span class="quiet">not set</span>`
        : html`<bdi>${visibleName(String(value))}</bdi>`,
    ),
  ]
  return tableHtml('Options', columns, rows)
}
