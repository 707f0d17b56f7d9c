import type { DayCredits } from '../day-credits.ts'
import { type Html, html } from '../html.ts'
import { isolatedName } from '../names.ts'
import { formatConversions, formatShare } from '../numbers.ts'
import { type Chart, type ChartSize, nameMargin, namesHtml, rounded, svgHtml } from './chart.ts'

/** Steps of the colour scale, from no credit to the highest. */
export const HEAT_STEPS = 7

/**
 * @returns conversions by channel and days before the conversion as colours and, if there is room, as numbers. Folded
 * channels are left out: together they would outshine all others.
 */
export function heatMap(credits: DayCredits): Chart {
  const alternative = describeHeatMap(credits)
  return { alternative, draw: (size) => drawHeatMap(alternative, credits, size) }
}

function describeHeatMap({ groups, rows }: DayCredits): string {
  const cells = rows.flatMap(({ channel, conversions }) =>
    conversions.map((credit, at) => ({ channel, days: groups[at]?.label ?? '', credit })),
  )
  const named = cells.filter(({ channel }) => channel !== undefined)
  const highest = named.reduce((best, cell) => (cell.credit > best.credit ? cell : best))
  const firstColumn = rows.reduce((sum, { conversions }) => sum + (conversions[0] ?? 0), 0)
  const all = cells.reduce((sum, { credit }) => sum + credit, 0)
  const first =
    groups[0]?.label === '0' ? 'on the day of the conversion' : `${groups[0]?.label} days before it`
  const share = all > 0 ? ` ${formatShare(firstColumn / all, 0)} of the credit falls ${first}.` : ''
  return (
    'Heat map of conversions by channel and days before the conversion. ' +
    `Highest: ${isolatedName(highest.channel ?? '')}, ${highest.days} days before, ${formatConversions(highest.credit)}.${share}`
  )
}

function drawHeatMap(alternative: string, credits: DayCredits, size: ChartSize): Html {
  const rows = credits.rows.filter(({ channel }) => channel !== undefined)
  const labels = rows.map(({ channel }) => isolatedName(channel ?? '', size.nameColumns))
  const left = nameMargin(labels, size)
  const columnPx = (size.widthPx - 2 - left) / credits.groups.length
  const most = Math.max(...rows.flatMap(({ conversions }) => conversions))
  const cells = rows.flatMap(({ conversions }, row) =>
    credits.groups.map((group, column) => {
      const place = { x: left + column * columnPx, y: TOP + row * ROW_PX, widthPx: columnPx }
      const credited = conversions[column] ?? 0
      const title = `${labels[row]}, ${group.label} days before: ${formatConversions(credited)}`
      return cellHtml(credited, most, title, place, hasNumbers(credits, size))
    }),
  )
  return svgHtml(
    alternative,
    size,
    TOP + rows.length * ROW_PX + 2,
    dayAxis(credits, size, left, columnPx),
    namesHtml(labels, left - 6, (row) => TOP + (row + 0.5) * ROW_PX),
    html`${cells}`,
  )
}

const TOP = 42
const ROW_PX = 30

interface CellPlace {
  readonly x: number
  readonly y: number
  readonly widthPx: number
}

function cellHtml(
  conversions: number,
  most: number,
  title: string,
  { x, y, widthPx }: CellPlace,
  hasNumber: boolean,
): Html {
  const step = heatStep(conversions, most)
  const number = hasNumber
    ? html`<text x="${rounded(x + widthPx / 2)}" y="${y + ROW_PX / 2}" dy="0.32em" text-anchor="middle" fill="var(--heat-ink-${step})" style="font-variant-numeric:tabular-nums">${formatConversions(conversions)}</text>`
    : undefined
  return html`<rect x="${rounded(x + 1)}" y="${y + 1}" width="${rounded(widthPx - 2)}" height="${ROW_PX - 2}" rx="2" fill="var(--heat-${step})"><title>${title}</title></rect>${number}`
}

function hasNumbers({ groups }: DayCredits, { name }: ChartSize): boolean {
  return groups.length <= (name === 'wide' ? 15 : 6)
}

/** More labels than this would touch each other. */
const MAX_LABELS = { wide: 16, narrow: 6 } as const

function dayAxis({ groups }: DayCredits, { name }: ChartSize, left: number, columnPx: number): Html {
  const every = Math.ceil(groups.length / MAX_LABELS[name])
  const labels = groups.map(({ label }, at) =>
    at % every === 0
      ? html`<text x="${rounded(left + (at + 0.5) * columnPx)}" y="${TOP - 8}" text-anchor="middle">${label}</text>`
      : undefined,
  )
  return html`<text x="${left}" y="12">days before the conversion →</text>${labels}`
}

/** A cell that is, say, a third of the highest has one colour whatever the last digit of both. */
const ROUNDING = 1e-4

/** @returns the step of the colour scale: `negative`, 0 for no credit, up to `HEAT_STEPS - 1` for the highest. */
export function heatStep(conversions: number, most: number): number | 'negative' {
  if (conversions < -0.05) return 'negative'
  if (conversions < 0.05 || most <= 0) return 0
  return Math.min(HEAT_STEPS - 1, 1 + Math.floor((conversions / most) * (HEAT_STEPS - 1) + ROUNDING))
}
