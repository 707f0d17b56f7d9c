import * as Plot from '@observablehq/plot'
import type { DayCredits } from '../day-credits.ts'
import { isolatedName } from '../names.ts'
import { formatConversions } from '../numbers.ts'
import { type ChartSize, drawPlot, nameAxis, nameMargin } from './plot.ts'

/** Steps of the colour scale, from nothing to the most. */
export const HEAT_STEPS = 7

interface Cell {
  readonly row: string
  readonly group: string
  readonly conversions: number
  readonly title: string
}

/**
 * @returns conversions by channel and days before, by colour and, where there is room, as numbers. Folded channels are
 * left out: together they would outshine the others.
 */
export function drawHeatMap(credits: DayCredits, size: ChartSize, alternative: string): string {
  const rows = credits.rows.filter(({ channel }) => channel !== undefined)
  const labels = rows.map(({ channel }) => isolatedName(channel ?? '', size.nameColumns))
  const cells = rows.flatMap((row, at) => cellsOf(credits, row.conversions, `${at}`, labels[at] ?? ''))
  const most = Math.max(...cells.map(({ conversions }) => conversions))
  const groupCount = credits.groups.length
  const hasNumbers = groupCount <= (size.name === 'wide' ? 15 : 6)
  return drawPlot(
    {
      height: rows.length * 30 + 44,
      marginLeft: nameMargin(labels, size),
      marginRight: 2,
      marginTop: 42,
      marginBottom: 2,
      x: { domain: credits.groups.map(({ label }) => label), padding: 0.03 },
      y: { domain: labels.map((_, at) => `${at}`), padding: 0.06 },
      color: { type: 'identity' },
      marks: [
        Plot.axisX({
          anchor: 'top',
          tickSize: 0,
          label: 'days before the conversion',
          labelAnchor: 'left',
          labelArrow: 'right',
          labelOffset: 38,
          ...(groupCount > 15 ? { ticks: sparse(credits, size) } : {}),
        }),
        nameAxis(labels),
        Plot.cell(cells, {
          x: 'group',
          y: 'row',
          fill: ({ conversions }: Cell) => `var(--heat-${heatStep(conversions, most)})`,
          title: 'title',
          rx: 2,
        }),
        Plot.text(hasNumbers ? cells : [], {
          x: 'group',
          y: 'row',
          text: ({ conversions }: Cell) => formatConversions(conversions),
          fill: ({ conversions }: Cell) => `var(--heat-ink-${heatStep(conversions, most)})`,
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    size,
    alternative,
  )
}

/** @returns the step of the colour scale: `negative`, 0 for nothing, up to `HEAT_STEPS - 1` for the most. */
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

/** Labels that don't touch each other. */
function sparse({ groups }: DayCredits, { name }: ChartSize): readonly string[] {
  const every = Math.ceil(groups.length / (name === 'wide' ? 16 : 6))
  return groups.filter((_, at) => at % every === 0).map(({ label }) => label)
}
