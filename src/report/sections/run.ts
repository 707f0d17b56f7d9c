import { sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { visibleName } from '../names.ts'
import { formatCount, formatMeasure } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns where the numbers come from: run, versions, model, options. */
export function runSection({ input }: ReportView): Html {
  const { shapley, model, manifest } = input
  const facts: readonly (readonly [string, string])[] = [
    ['Run', visibleName(shapley.runId)],
    ['Session time', shapley.sessionTime],
    ['td-mta', shapley.version],
    [
      'Examples',
      `${formatCount(manifest.counts.positiveExamples)} with and ${formatCount(manifest.counts.negativeExamples)} without a conversion (${manifest.options.examples})`,
    ],
    ...modelFacts(model),
  ]
  const entries = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)
  return sectionHtml(
    'run',
    'Run, options, versions',
    html`<dl class="facts">${entries}</dl>`,
    html`<details><summary>Options that shaped these numbers</summary>${optionsTable(input)}</details>`,
  )
}

function optionsTable({ manifest, shapley }: ReportView['input']): Html {
  const rows = [manifest.options, shapley.options].flatMap((options, at) =>
    Object.entries(options).map(([name, value]) => [
      html`<code>${name}</code>`,
      at === 0 ? 'export' : 'shapley',
      value === null || value === ''
        ? html`<span class="quiet">not set</span>`
        : html`<bdi>${visibleName(String(value))}</bdi>`,
    ]),
  )
  return tableHtml('Options', [{ heading: 'option' }, { heading: 'step' }, { heading: 'value' }], rows)
}

function modelFacts(model: ReportView['input']['model']): readonly (readonly [string, string])[] {
  if (model === undefined) return []
  const { bilstm, hazard } = model
  const halfLives = hazard.halfLivesDays.map((days) => formatMeasure(days)).join(', ')
  return [
    ...(bilstm
      ? [
          [
            'Neural network',
            `${bilstm.width} units each direction, epoch ${bilstm.keptEpoch} kept, on ${model.backend ?? 'an unknown backend'}`,
          ] as const,
        ]
      : []),
    ['Hazard model', `half-lives of ${halfLives} days, ${formatCount(hazard.iterations)} iterations`],
  ]
}
