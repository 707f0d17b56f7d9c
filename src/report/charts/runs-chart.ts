import { type Html, html } from '../html.ts'
import { isolatedName } from '../names.ts'
import { formatShare } from '../numbers.ts'
import { type Chart, type ChartSize, linearScale, rounded, type Scale, svgHtml } from './chart.ts'

/** A channel's share in each run. */
export interface ShareLine {
  readonly channel: string
  readonly points: readonly (SharePoint | undefined)[]
  /** The run from which on the share is another one, by more than noise. */
  readonly changedAt: number | undefined
}

export interface SharePoint {
  readonly share: number
  /** Ends of the 95% interval; null where it is not known. */
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/** @returns a small chart for each channel, side by side: its share from run to run, with intervals. */
export function runsChart(lines: readonly ShareLine[], days: readonly string[], alternative: string): Chart {
  return { alternative, draw: (size) => drawRuns(alternative, lines, days, size) }
}

const [PANEL_PX, TOP, BOTTOM, LEFT] = [124, 30, 100, 44]

function drawRuns(
  alternative: string,
  lines: readonly ShareLine[],
  days: readonly string[],
  size: ChartSize,
): Html {
  const perRow = size.name === 'wide' ? 3 : 1
  const widthPx = size.widthPx / perRow
  const panels = lines.map((line, at) => {
    const place = `translate(${rounded((at % perRow) * widthPx)},${Math.floor(at / perRow) * PANEL_PX})`
    return html`<g transform="${place}">${panelHtml(line, days, widthPx - 18, size)}</g>`
  })
  return svgHtml(alternative, size, Math.ceil(lines.length / perRow) * PANEL_PX, html`${panels}`)
}

function panelHtml(line: ShareLine, days: readonly string[], right: number, size: ChartSize): Html {
  const ends = line.points.flatMap((point) =>
    point === undefined ? [] : [point.share, point.interval?.lower ?? 0, point.interval?.upper ?? 0],
  )
  const domain: [number, number] = [Math.min(0, ...ends), Math.max(0, ...ends) || 1]
  const y = linearScale(domain, BOTTOM, TOP)
  const x = linearScale([0, Math.max(1, line.points.length - 1)], LEFT + 4, right - 4)
  const shown = line.points.flatMap((point, run) => (point === undefined ? [] : [{ ...point, run }]))
  const zero = y.at(0)
  return html`<text x="0" y="14" font-weight="600">${isolatedName(line.channel, size.nameColumns)}</text>
<path d="M${LEFT},${TOP}H${right}M${LEFT},${zero}H${right}" stroke="currentColor" stroke-opacity="0.15"/>
<g text-anchor="end"><text x="${LEFT - 5}" y="${TOP}" dy="0.32em">${formatShare(domain[1], domain[1] < 0.02 ? 1 : 0)}</text><text x="${LEFT - 5}" y="${zero}" dy="0.32em">0%</text></g>
${bandHtml(shown, x, y)}${changeHtml(line.changedAt, x)}${lineHtml(shown, x, y)}${dotsHtml(shown, days, x, y)}
<g fill="var(--quiet)"><text x="${LEFT}" y="${BOTTOM + 15}">${days[0]}</text><text x="${right}" y="${BOTTOM + 15}" text-anchor="end">${days.at(-1)}</text></g>`
}

type RunPoint = SharePoint & { readonly run: number }

function bandHtml(points: readonly RunPoint[], x: Scale, y: Scale): Html | undefined {
  const known = points.flatMap(({ run, interval }) => (interval === null ? [] : [{ run, interval }]))
  if (known.length < 2) return undefined
  const upper = known.map(({ run, interval }) => `${x.at(run)},${y.at(interval.upper)}`)
  const lower = known.map(({ run, interval }) => `${x.at(run)},${y.at(interval.lower)}`).reverse()
  return html`<path d="M${[...upper, ...lower].join('L')}Z" fill="var(--bar)" fill-opacity="0.25"/>`
}

function lineHtml(points: readonly RunPoint[], x: Scale, y: Scale): Html | undefined {
  if (points.length < 2) return undefined
  const path = points.map(({ run, share }) => `${x.at(run)},${y.at(share)}`).join('L')
  return html`<path d="M${path}" fill="none" stroke="var(--bar)" stroke-width="1.5"/>`
}

function dotsHtml(points: readonly RunPoint[], days: readonly string[], x: Scale, y: Scale): Html {
  const dots = points.map(
    ({ run, share }) =>
      html`<circle cx="${x.at(run)}" cy="${y.at(share)}" r="2" fill="var(--bar)"><title>${days[run]}: ${formatShare(share)}</title></circle>`,
  )
  return html`${dots}`
}

function changeHtml(changedAt: number | undefined, x: Scale): Html | undefined {
  if (changedAt === undefined) return undefined
  const at = x.at(changedAt - 0.5)
  return html`<path d="M${at},${TOP}V${BOTTOM}" stroke="var(--negative)" stroke-width="1.5" stroke-dasharray="4 3"/>`
}
