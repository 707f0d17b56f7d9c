import { type Html, html } from '../html.ts'
import { formatConversions, formatCount } from '../numbers.ts'
import {
  type Chart,
  type ChartSize,
  linearScale,
  niceTicks,
  rounded,
  type Scale,
  svgHtml,
  tickText,
} from './chart.ts'

export interface Column {
  readonly label: string
  readonly amount: number
}

/** What the columns of a chart are. */
export interface ColumnChartWords {
  readonly alternative: string
  /** Below the columns, such as `touches on the path`. */
  readonly axis: string
}

/** @returns a column of conversions for each label. */
export function columnChart(columns: readonly Column[], words: ColumnChartWords, heightPx = 220): Chart {
  return { alternative: words.alternative, draw: (size) => drawColumns(columns, words, heightPx, size) }
}

const [LEFT, TOP, BELOW] = [56, 18, 40]

function drawColumns(
  columns: readonly Column[],
  words: ColumnChartWords,
  heightPx: number,
  size: ChartSize,
): Html {
  const amounts = columns.map(({ amount }) => amount)
  const bottom = heightPx - BELOW
  const domain: [number, number] = [Math.min(0, ...amounts), Math.max(0, ...amounts) || 1]
  const scale = linearScale(domain, bottom, TOP)
  const columnPx = (size.widthPx - LEFT - 4) / Math.max(1, columns.length)
  const every = Math.ceil(columns.length / (size.name === 'wide' ? 32 : 10))
  const drawn = columns.map((column, at) =>
    columnHtml(
      column,
      scale,
      LEFT + at * columnPx,
      columnPx,
      columns.length <= (size.name === 'wide' ? 21 : 7),
    ),
  )
  const labels = columns.map(({ label }, at) =>
    at % every === 0
      ? html`<text x="${rounded(LEFT + (at + 0.5) * columnPx)}" y="${bottom + 15}">${label}</text>`
      : undefined,
  )
  const middle = rounded((LEFT + size.widthPx) / 2)
  return svgHtml(
    words.alternative,
    size,
    heightPx,
    gridHtml(scale, size),
    html`${drawn}<g text-anchor="middle">${labels}<text x="${middle}" y="${heightPx - 5}">${words.axis}</text></g>`,
  )
}

function gridHtml(scale: Scale, size: ChartSize): Html {
  const lines = niceTicks(scale.domain, 4).map((tick) => {
    const y = scale.at(tick)
    return html`<path d="M${LEFT},${y}H${size.widthPx}" stroke="currentColor" stroke-opacity="${tick === 0 ? 0.5 : 0.1}"/><text x="${LEFT - 6}" y="${y}" dy="0.32em" text-anchor="end">${tickText(tick)}</text>`
  })
  return html`${lines}`
}

function columnHtml(
  { label, amount }: Column,
  scale: Scale,
  x: number,
  widthPx: number,
  hasNumber: boolean,
): Html {
  const written = Number.isInteger(amount) ? formatCount(amount) : formatConversions(amount)
  const [from, to] = [scale.at(0), scale.at(amount)]
  const top = Math.min(from, to)
  const number = hasNumber
    ? html`<text x="${rounded(x + widthPx / 2)}" y="${rounded(top - 5)}" text-anchor="middle" style="font-variant-numeric:tabular-nums">${written}</text>`
    : undefined
  const fill = amount < 0 ? 'var(--negative)' : 'var(--bar)'
  return html`<rect x="${rounded(x + widthPx * 0.1)}" y="${top}" width="${rounded(widthPx * 0.8)}" height="${rounded(Math.abs(to - from))}" rx="2" fill="${fill}"><title>${label}: ${written}</title></rect>${number}`
}
