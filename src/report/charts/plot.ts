import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import stringWidth from 'string-width'
import { isolatedName } from '../names.ts'

/** Charts are drawn twice: for a screen, and for a phone, where a scaled-down chart would be unreadable. */
export interface ChartSize {
  readonly name: 'wide' | 'narrow'
  readonly widthPx: number
  readonly fontPx: number
  /** Columns of text for a channel's name next to its bar. */
  readonly nameColumns: number
}

export const WIDE: ChartSize = { name: 'wide', widthPx: 960, fontPx: 13, nameColumns: 26 }
export const NARROW: ChartSize = { name: 'narrow', widthPx: 358, fontPx: 12, nameColumns: 14 }

export interface Chart {
  /** What the chart shows, for readers who can't see it. */
  readonly alternative: string
  /** Options of `Plot.plot`; colours as CSS variables, so that one drawing serves light, dark and paper. */
  readonly plot: (size: ChartSize) => Plot.PlotOptions
}

/** Not a browser's document: Plot only needs something to put its elements into. */
const { document } = parseHTML('<!doctype html><html><body></body></html>')

/** @returns an `<svg>` as text; the same chart gives the same text. Takes milliseconds. */
export function drawChart({ alternative, plot }: Chart, size: ChartSize): string {
  const svg = Plot.plot({
    document,
    width: size.widthPx,
    style: { fontSize: `${size.fontPx}px`, fontFamily: 'inherit', background: 'none', overflow: 'visible' },
    ...plot(size),
  })
  svg.querySelector('style')?.remove()
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', alternative)
  return String(svg.outerHTML)
}

/** @returns room for the names next to a chart, in pixels: wide characters take about an em, others 0.6. */
export function nameMargin(names: readonly string[], { fontPx, nameColumns }: ChartSize): number {
  const columns = Math.max(6, ...names.map((name) => stringWidth(isolatedName(name, nameColumns))))
  return Math.ceil(Math.min(columns, nameColumns + 1) * fontPx * 0.58) + 14
}

const AXIS = { tickSize: 0, labelArrow: 'none' } as const

/** @returns an axis of amounts below a chart, with grid lines. @param wideTicks about how many on a wide screen. */
export function amountAxis(
  size: ChartSize,
  label: string,
  wideTicks: number,
  tickFormat?: (amount: number) => string,
): readonly Plot.Markish[] {
  const ticks = size.name === 'wide' ? wideTicks : 4
  const format = tickFormat && { tickFormat }
  return [
    Plot.gridX({ ticks }),
    Plot.axisX({ ...AXIS, ticks, label, labelAnchor: 'center', labelOffset: 36, ...format }),
    Plot.ruleX([0], { stroke: 'var(--axis)' }),
  ]
}

/** @returns the names next to the rows. Rows are keyed by their index, as two shortened names may be equal. */
export function nameAxis(labels: readonly string[]): Plot.Markish {
  return Plot.axisY({ ...AXIS, label: null, tickFormat: (row: string) => labels[Number(row)] ?? '' })
}
