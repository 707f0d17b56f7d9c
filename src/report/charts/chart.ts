import stringWidth from 'string-width'
import { type Html, html } from '../html.ts'
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
  /** @returns an `<svg>`; colours as CSS variables, so that one drawing serves light, dark and paper. */
  readonly draw: (size: ChartSize) => Html
}

/** @returns an `<svg>` of these parts, which readers who can't see it hear as one picture. */
export function svgHtml(
  alternative: string,
  size: ChartSize,
  heightPx: number,
  ...parts: readonly Html[]
): Html {
  const { widthPx, fontPx } = size
  return html`<svg role="img" aria-label="${alternative}" viewBox="0 0 ${widthPx} ${heightPx}" width="${widthPx}" height="${heightPx}" fill="currentColor" style="font-size:${fontPx}px">${parts}</svg>`
}

/** @returns room for the names next to a chart, in pixels: wide characters take about an em, others 0.6. */
export function nameMargin(names: readonly string[], { fontPx, nameColumns }: ChartSize): number {
  const columns = Math.max(6, ...names.map((name) => stringWidth(isolatedName(name, nameColumns))))
  return Math.ceil(Math.min(columns, nameColumns + 1) * fontPx * 0.58) + 14
}

/** From an amount to pixels. */
export interface Scale {
  readonly domain: readonly [number, number]
  readonly at: (amount: number) => number
}

/** @returns a scale from a domain, which is not empty, to pixels. */
export function linearScale(domain: readonly [number, number], from: number, to: number): Scale {
  const [low, high] = domain
  const perUnit = (to - from) / (high - low || 1)
  return { domain, at: (amount) => rounded(from + (amount - low) * perUnit) }
}

/** Pixels with one decimal. */
export function rounded(px: number): number {
  return Math.round(px * 10) / 10
}

/** @returns about `count` multiples of 1, 2 or 5 times a power of ten within the domain. */
export function niceTicks([low, high]: readonly [number, number], count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count)
  if (!(rough > 0) || !Number.isFinite(rough)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.9999) ?? power * 10
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)))
}

/** @returns an amount at an axis: `1,000`, `0.5`, with a real minus sign. */
export function tickText(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 6 }).replace('-', '\u2212')
}

/** @returns grid lines, amounts below them, a line at 0, and what the amounts are. */
export function amountAxisHtml(
  scale: Scale,
  size: ChartSize,
  [top, bottom]: readonly [number, number],
  label: string,
  wideTicks: number,
  text: (amount: number) => string = tickText,
): Html {
  const ticks = niceTicks(scale.domain, size.name === 'wide' ? wideTicks : 4)
  const grid = ticks.map((tick) => `M${scale.at(tick)},${top}V${bottom}`).join('')
  const amounts = ticks.map(
    (tick) => html`<text x="${scale.at(tick)}" y="${bottom + 14}">${text(tick)}</text>`,
  )
  const middle = rounded((scale.at(scale.domain[0]) + scale.at(scale.domain[1])) / 2)
  const zero = scale.at(Math.max(scale.domain[0], 0))
  return html`<path d="${grid}" stroke="currentColor" stroke-opacity="0.1"/><g text-anchor="middle">${amounts}<text x="${middle}" y="${bottom + 34}">${label}</text></g><path d="M${zero},${top}V${bottom}" stroke="var(--axis)"/>`
}

/** @returns names that end at the left edge of a chart, one a row. @param middleOf a row, in pixels. */
export function namesHtml(labels: readonly string[], right: number, middleOf: (row: number) => number): Html {
  const names = labels.map(
    (label, row) => html`<text x="${right}" y="${middleOf(row)}" dy="0.32em">${label}</text>`,
  )
  return html`<g text-anchor="end">${names}</g>`
}
