import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import stringWidth from 'string-width'
import { isolatedName } from '../names.ts'

/** Charts are drawn twice: for a screen, and for a phone, where a scaled one could not be read. */
export interface ChartSize {
  readonly name: 'wide' | 'narrow'
  readonly widthPx: number
  readonly fontPx: number
  /** Columns of a channel's name beside its bar. */
  readonly nameColumns: number
}

export const WIDE: ChartSize = { name: 'wide', widthPx: 960, fontPx: 13, nameColumns: 26 }
export const NARROW: ChartSize = { name: 'narrow', widthPx: 358, fontPx: 12, nameColumns: 14 }

/** No document of a browser: Plot only needs something to put its elements into. */
const { document } = parseHTML('<!doctype html><html><body></body></html>')

/**
 * @param options of `Plot.plot`; colours as CSS variables, so that one drawing serves light, dark and paper.
 * @param alternative what the chart says, for those who don't see it.
 * @returns an `<svg>` as text: the same for the same options. Milliseconds.
 */
export function drawPlot(options: Plot.PlotOptions, size: ChartSize, alternative: string): string {
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

/** @returns room for the names beside a chart, in pixels: a wide character takes about an em, others 0.6. */
export function nameMargin(names: readonly string[], { fontPx, nameColumns }: ChartSize): number {
  const columns = Math.max(6, ...names.map((name) => stringWidth(isolatedName(name, nameColumns))))
  return Math.ceil(Math.min(columns, nameColumns + 1) * fontPx * 0.58) + 14
}

/** @returns an axis of amounts below a chart, with its lines. @param wideTicks about how many on a wide screen. */
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

/** @returns the names beside rows whose keys are their numbers: two names may look the same once they are cut. */
export function nameAxis(labels: readonly string[]): Plot.Markish {
  return Plot.axisY({ ...AXIS, label: null, tickFormat: (row: string) => labels[Number(row)] ?? '' })
}

const AXIS = { tickSize: 0, labelArrow: 'none' } as const
