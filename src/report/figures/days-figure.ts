import { foldChannels } from '../channel-totals.ts'
import { HEAT_STEPS, heatMap } from '../charts/heat-map.ts'
import { type DayRow, dayCreditsOf } from '../day-credits.ts'
import { channelHtml, figureHtml, numberColumn, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatConversions } from '../numbers.ts'
import { SHOWN_CHANNELS, type ShownMethod } from '../shown-method.ts'

/** @returns how many days before the conversion the credited touches were; undefined if the method doesn't say. */
export function daysFigure({ totals, days, words, data }: ShownMethod): Html | undefined {
  if (days === undefined) return undefined
  const folded = foldChannels(totals, SHOWN_CHANNELS)
  const credits = dayCreditsOf(days, folded, data.lookbackDays)
  const restLabel = folded.rest?.total.channel ?? ''
  const rest = folded.rest ? ` The ${restLabel} are in the table only.` : ''
  const columns = [
    textColumn('channel', ({ channel }: DayRow) =>
      channel === undefined ? html`<em data-sum>${restLabel}</em>` : channelHtml(channel, data.placeOf),
    ),
    ...credits.groups.map(({ label }, at) =>
      numberColumn(label, ({ conversions }: DayRow) => formatConversions(conversions[at])),
    ),
  ]
  return figureHtml({
    chart: heatMap(credits),
    caption: `Conversions credited by ${words.sentence}, by days between touch and conversion; 0 is the same calendar day (${data.timeZone}).${rest}`,
    legend: heatLegend(credits.rows.some(({ conversions }) => conversions.some((credit) => credit < -0.05))),
    tableName: 'conversions by channel and days before the conversion',
    table: tableHtml('Conversions by channel and days before the conversion', columns, credits.rows),
  })
}

function heatLegend(hasNegative: boolean): Html {
  const steps = Array.from({ length: HEAT_STEPS }, (_, step) => html`<span class="step heat-${step}"></span>`)
  const negative = hasNegative
    ? html`<li><span class="swatch heat-negative" aria-hidden="true"></span>negative credit</li>`
    : undefined
  return html`<ul class="legend"><li>none <span class="ramp" aria-hidden="true">${steps}</span> highest</li>${negative}</ul>\n`
}
