import * as Plot from '@observablehq/plot'
import { formatCount, formatShare } from '../numbers.ts'
import { type ChartSize, drawPlot } from './plot.ts'

/** @returns one bar of all conversions: what channels are credited with, and what would have come without them. */
export function drawWholeChart(
  { channels, baseline }: { readonly channels: number; readonly baseline: number },
  size: ChartSize,
  alternative: string,
): string {
  const all = channels + baseline
  const parts = [
    { from: 0, to: channels, fill: 'var(--bar)', ink: 'var(--on-bar)', words: 'channels', of: channels },
    {
      from: channels,
      to: all,
      fill: 'var(--baseline)',
      ink: 'var(--text)',
      words: 'baseline, without any touch',
      of: baseline,
    },
  ].map((part) => ({ ...part, pixels: ((part.to - part.from) / all) * size.widthPx }))
  const words = ({ words, of }: (typeof parts)[number]) =>
    `${words}  ${formatCount(of)} (${formatShare(of / all, 0)})`
  const fits = parts.filter((part) => words(part).length * size.fontPx * 0.58 < part.pixels)
  const short = parts.filter((part) => !fits.includes(part) && part.pixels > 60)
  const label = { x: 'from', dx: 10, textAnchor: 'start', fill: 'ink', fontVariant: 'tabular-nums' } as const
  return drawPlot(
    {
      height: 34,
      margin: 0,
      axis: null,
      x: { domain: [0, all] },
      color: { type: 'identity' },
      marks: [
        Plot.barX(parts, { x1: 'from', x2: 'to', fill: 'fill', title: words, insetRight: 1, rx: 2 }),
        Plot.text(fits, { ...label, text: words }),
        Plot.text(short, { ...label, text: ({ of }: (typeof parts)[number]) => formatShare(of / all, 0) }),
      ],
    },
    size,
    alternative,
  )
}
