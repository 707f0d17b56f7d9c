import * as Plot from '@observablehq/plot'
import type { DayCredits } from '../day-credits.ts'
import { isolatedName } from '../names.ts'
import { formatConversions, formatShare } from '../numbers.ts'
import { type Chart, type ChartSize, nameAxis, nameMargin } from './plot.ts'

/** Steps of the colour scale, from no credit to the highest. */
export const HEAT_STEPS = 7

interface Cell {
  readonly row: string
  readonly group: string
  readonly conversions: number
  readonly title: string
}

/**
 * @returns conversions by channel and days before the conversion as colours and, if there is room, as numbers. Folded
 * channels are left out: together they would outshine all others.
 */
export function heatMap(credits: DayCredits): Chart {
  return { alternative: describeHeatMap(credits), plot: (size) => plotHeatMap(credits, size) }
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

function plotHeatMap(credits: DayCredits, size: ChartSize): Plot.PlotOptions {
  const rows = credits.rows.filter(({ channel }) => channel !== undefined)
  const labels = rows.map(({ channel }) => isolatedName(channel ?? '', size.nameColumns))
  const cells = rows.flatMap((row, at) => cellsOf(credits, row.conversions, `${at}`, labels[at] ?? ''))
  return {
    height: rows.length * 30 + 44,
    marginLeft: nameMargin(labels, size),
    marginRight: 2,
    marginTop: 42,
    marginBottom: 2,
    x: { domain: credits.groups.map(({ label }) => label), padding: 0.03 },
    y: { domain: labels.map((_, at) => `${at}`), padding: 0.06 },
    color: { type: 'identity' },
    marks: [dayAxis(credits, size), nameAxis(labels), ...cellMarks(cells, hasNumbers(credits, size))],
  }
}

function hasNumbers({ groups }: DayCredits, { name }: ChartSize): boolean {
  return groups.length <= (name === 'wide' ? 15 : 6)
}

function dayAxis({ groups }: DayCredits, { name }: ChartSize): Plot.Markish {
  const every = Math.ceil(groups.length / (name === 'wide' ? 16 : 6))
  const ticks = groups.filter((_, at) => at % every === 0).map(({ label }) => label)
  return Plot.axisX({
    anchor: 'top',
    tickSize: 0,
    label: 'days before the conversion',
    labelAnchor: 'left',
    labelArrow: 'right',
    labelOffset: 38,
    // More labels than this would touch each other.
    ...(groups.length > 15 ? { ticks } : {}),
  })
}

function cellMarks(cells: readonly Cell[], withNumbers: boolean): readonly Plot.Markish[] {
  const most = Math.max(...cells.map(({ conversions }) => conversions))
  const colour = (part: 'heat' | 'heat-ink') => (cell: Cell) =>
    `var(--${part}-${heatStep(cell.conversions, most)})`
  const text = ({ conversions }: Cell) => formatConversions(conversions)
  const place = { x: 'group', y: 'row' } as const
  return [
    Plot.cell(cells, { ...place, fill: colour('heat'), title: 'title', rx: 2 }),
    Plot.text(withNumbers ? cells : [], {
      ...place,
      text,
      fill: colour('heat-ink'),
      fontVariant: 'tabular-nums',
    }),
  ]
}

/** @returns the step of the colour scale: `negative`, 0 for no credit, up to `HEAT_STEPS - 1` for the highest. */
export function heatStep(conversions: number, most: number): number | 'negative' {
  if (conversions < -0.05) return 'negative'
  if (conversions < 0.05 || most <= 0) return 0
  return Math.min(HEAT_STEPS - 1, 1 + Math.floor((conversions / most) * (HEAT_STEPS - 1)))
}

function cellsOf(
  { groups }: DayCredits,
  conversions: readonly number[],
  row: string,
  label: string,
): readonly Cell[] {
  return groups.map((group, at) => {
    const credited = conversions[at] ?? 0
    const title = `${label}, ${group.label} days before: ${formatConversions(credited)}`
    return { row, group: group.label, conversions: credited, title }
  })
}
