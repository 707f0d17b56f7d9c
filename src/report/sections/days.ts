import { HEAT_STEPS, heatMap } from '../charts/heat-map.ts'
import { type DayRow, dayCreditsOf } from '../day-credits.ts'
import { figureHtml, numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { nameHtml } from '../names.ts'
import { formatConversions } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns how many days before the conversion the credited touches were; undefined if that is unknown. */
export function daysSection({ leading, folded, input }: ReportView): Html | undefined {
  const { lookbackWindowDays: lookbackDays, timeZone } = input.manifest.options
  const credits = dayCreditsOf(leading, folded, lookbackDays)
  if (credits === undefined) return undefined
  const restLabel = folded.rest?.total.channel ?? ''
  const rest = folded.rest ? ` The ${restLabel} are in the table only.` : ''
  const columns = [
    textColumn('channel', ({ channel }: DayRow) => (channel === undefined ? restLabel : nameHtml(channel))),
    ...credits.groups.map(({ label }, at) =>
      numberColumn(label, ({ conversions }: DayRow) => formatConversions(conversions[at])),
    ),
  ]
  const figure = figureHtml({
    chart: heatMap(credits),
    caption: `Conversions credited by ${methodInSentence(leading.method)}, by days between touch and conversion; 0 is the same calendar day (${timeZone}).${rest}`,
    legend: heatLegend(credits.rows.some(({ conversions }) => conversions.some((credit) => credit < -0.05))),
    tableName: 'conversions by channel and days before the conversion',
    table: tableHtml('Conversions by channel and days before the conversion', columns, credits.rows),
  })
  return sectionHtml('days', 'Time from touch to conversion', figure)
}

function heatLegend(hasNegative: boolean): Html {
  const steps = Array.from({ length: HEAT_STEPS }, (_, step) => html`<span class="step heat-${step}"></span>`)
  const negative = hasNegative
    ? html`<li><span class="swatch heat-negative" aria-hidden="true"></span>negative credit</li>`
    : undefined
  return html`<ul class="legend"><li>none <span class="ramp" aria-hidden="true">${steps}</span> highest</li>${negative}</ul>\n`
}
