import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { Html } from '../html.ts'
import type { Chart, ChartSize } from './chart.ts'

/** Not a browser's document: Plot only needs something to put its elements into. */
const { document } = parseHTML('<!doctype html><html><body></body></html>')

/** @returns a chart that Observable Plot draws; the same options give the same text. Takes milliseconds. */
export function plotChart(alternative: string, plot: (size: ChartSize) => Plot.PlotOptions): Chart {
  return { alternative, draw: (size) => new Html(drawPlot(alternative, plot(size), size)) }
}

function drawPlot(alternative: string, options: Plot.PlotOptions, size: ChartSize): string {
  const svg = Plot.plot({
    document,
    width: size.widthPx,
    style: { fontSize: `${size.fontPx}px`, fontFamily: 'inherit', background: 'none', overflow: 'visible' },
    ...options,
  })
  svg.querySelector('style')?.remove()
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', alternative)
  return String(svg.outerHTML)
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
