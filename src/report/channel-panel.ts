import { columnChart } from './charts/column-chart.ts'
import { dayGroups } from './day-credits.ts'
import { figureHtml, numberColumn, tableHtml, textColumn } from './elements.ts'
import { type Html, html } from './html.ts'
import { isolatedName, nameHtml } from './names.ts'
import { formatConversions, formatInterval, formatShare } from './numbers.ts'
import { type MethodData, type PageData, totalOf } from './page-data.ts'
import { pathHtml } from './path.ts'

const SHOWN_PATHS = 10

/** @returns all that the page knows of a channel: by each method, its campaigns, days, paths and partners. */
export function channelPanel(
  data: PageData,
  place: number,
  method: number,
  segment: number | undefined,
): Html {
  const channel = data.channels[place] ?? ''
  const chosen = data.methods[method]
  const answer = segment === undefined ? chosen : chosen?.segments[segment]
  const isLeftOut = answer?.days !== undefined && answer.totals.some(([first]) => first === place)
  const noDays = isLeftOut
    ? 'This page leaves out the days of channels with less credit than others, such as this one.'
    : `${chosen?.name} has no credit by day for it on this page.`
  const days = answer?.days?.find(([first]) => first === place)?.slice(1)
  return html`<h2 id="channel-heading" tabindex="-1">${nameHtml(channel, 80)}</h2>
${methodsTable(data, place, segment)}
${chosen && segment === undefined ? campaignsOf(data, place, chosen) : undefined}
${days && chosen ? daysOf(channel, chosen, data, days) : html`<p class="quiet">${noDays}</p>`}
${segment === undefined ? undefined : html`<p>Of all users, not of the segment only:</p>`}
${pathsOf(data, place)}
${pairsOf(data, place)}`
}

function methodsTable(data: PageData, place: number, segment: number | undefined): Html {
  const rows = data.methods.flatMap((method) => {
    const { totals } = (segment === undefined ? method : method.segments[segment]) ?? { totals: [] }
    const cells = totals.find(([first]) => first === place)
    return cells === undefined ? [] : [{ method, total: totalOf('', cells) }]
  })
  type Row = (typeof rows)[number]
  const columns = [
    textColumn('method', ({ method }: Row) => method.name),
    numberColumn('conversions', ({ total }: Row) => formatConversions(total.conversions)),
    numberColumn('95% interval', ({ total }: Row) =>
      formatInterval(total.interval?.lower, total.interval?.upper),
    ),
    numberColumn('share', ({ total }: Row) => formatShare(total.share)),
  ]
  const ofSegment =
    segment === undefined
      ? undefined
      : html`<p>Users of segment ${nameHtml(data.segments[segment] ?? '')} only.</p>`
  return html`${ofSegment}${tableHtml('The channel by each method', columns, rows)}`
}

function campaignsOf(data: PageData, place: number, { campaigns, sentence }: MethodData): Html | undefined {
  const rows = campaigns
    .filter(([channel]) => channel === place)
    .map(([, campaign, ...cells]) => totalOf(data.campaigns[campaign] ?? '', [campaign, ...cells]))
  if (rows.length === 0) return undefined
  const columns = [
    textColumn('campaign', ({ channel }: (typeof rows)[number]) => nameHtml(channel, 80)),
    numberColumn('conversions', ({ conversions }: (typeof rows)[number]) => formatConversions(conversions)),
    numberColumn('95% interval', ({ interval }: (typeof rows)[number]) =>
      formatInterval(interval?.lower, interval?.upper),
    ),
    numberColumn('share', ({ share }: (typeof rows)[number]) => formatShare(share)),
  ]
  return html`<p>Its campaigns, by ${sentence}:</p>${tableHtml('Campaigns of the channel', columns, rows)}`
}

function daysOf(channel: string, { sentence }: MethodData, data: PageData, days: readonly number[]): Html {
  const groups = dayGroups(data.lookbackDays)
  const columns = groups.map(({ label }, at) => ({ label, amount: days[at] ?? 0 }))
  const alternative = `Column chart of the conversions that ${sentence} credits to ${isolatedName(channel)} by days before the conversion.`
  const cells = [
    textColumn('days before', ({ label }: (typeof columns)[number]) => label),
    numberColumn('conversions', ({ amount }: (typeof columns)[number]) => formatConversions(amount)),
  ]
  return figureHtml({
    chart: columnChart(columns, { alternative, axis: 'days before the conversion' }, 180),
    caption: `Conversions credited by ${sentence}, by days between touch and conversion.`,
    tableName: 'conversions by day',
    table: tableHtml('Conversions of the channel by day', cells, columns),
  })
}

function pathsOf({ paths, channels }: PageData, place: number): Html {
  const own = paths.filter(([touched]) => touched.includes(place)).slice(0, SHOWN_PATHS)
  if (own.length === 0) return html`<p class="quiet">None of the commonest paths touches it.</p>`
  const columns = [
    textColumn('path', ([touched]: (typeof own)[number]) =>
      pathHtml(touched.map((at) => channels[at] ?? '')),
    ),
    numberColumn('conversions', ([, conversions]: (typeof own)[number]) => formatConversions(conversions)),
  ]
  return tableHtml('Commonest paths that touch the channel', columns, own, 'paths')
}

function pairsOf({ pairs, channels }: PageData, place: number): Html | undefined {
  const own = pairs.filter(([first, second]) => first === place || second === place)
  if (own.length === 0) return undefined
  const sentences = own.map(([first, second, conversions]) => {
    const partner = channels[first === place ? second : first] ?? ''
    return html`<li>Together with ${nameHtml(partner)}: ${formatConversions(conversions)} conversions beyond what each causes alone; half of them is in its credit by the hazard model.</li>`
  })
  return html`<ul>${sentences}</ul>`
}
