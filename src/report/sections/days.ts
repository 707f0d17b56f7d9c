import { describeHeatMap } from '../alternatives.ts'
import { drawHeatMap, HEAT_STEPS } from '../charts/heat-map.ts'
import { dayCreditsOf } from '../day-credits.ts'
import { figureHtml, sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodNameOf } from '../method-names.ts'
import { nameHtml } from '../names.ts'
import { formatConversions } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns how many days before the conversion the credited touches were; undefined where it is not known. */
export function daysSection(view: ReportView): Html | undefined {
  const { leading, folded, input } = view
  const credits = dayCreditsOf(leading, folded, input.manifest.options.lookbackDays)
  if (credits === undefined) return undefined
  const restLabel = folded.rest?.total.channel ?? ''
  const rest = folded.rest ? ` The ${restLabel} are in the table only.` : ''
  const rows = credits.rows.map(({ channel, conversions }) => [
    channel === undefined ? restLabel : nameHtml(channel),
    ...conversions.map(formatConversions),
  ])
  const figure = figureHtml({
    draw: (size, alternative) => drawHeatMap(credits, size, alternative),
    alternative: describeHeatMap(credits),
    caption: `Conversions credited by the ${methodNameOf(leading.method).name.toLowerCase()}, by days between touch and conversion; 0 is the same calendar day (${input.manifest.options.timeZone}).${rest}`,
    legend: heatLegend(credits.rows.some(({ conversions }) => conversions.some((credit) => credit < -0.05))),
    tableName: 'conversions by channel and days before',
    table: tableHtml(
      'Conversions by channel and days before',
      [{ heading: 'channel' }, ...credits.groups.map(({ label }) => ({ heading: label, numeric: true }))],
      rows,
    ),
  })
  return sectionHtml('days', 'When the touches were', figure)
}

function heatLegend(hasNegative: boolean): Html {
  const steps = Array.from({ length: HEAT_STEPS }, (_, step) => html`<span class="step heat-${step}"></span>`)
  const negative = hasNegative
    ? html`<li><span class="swatch heat-negative" aria-hidden="true"></span>negative credit</li>`
    : undefined
  return html`<ul class="legend"><li>none <span class="ramp" aria-hidden="true">${steps}</span> most</li>${negative}</ul>\n`
}
