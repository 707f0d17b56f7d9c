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
  const part = (from: number, of: number, fill: string, ink: string, words: readonly string[]) => {
    const share = formatShare(of / all, 0)
    const texts = [`${words[0]}  ${formatCount(of)} (${share})`, `${words[1]}  ${share}`, share, '']
    const room = (of / all) * size.widthPx - 14
    const text = texts.find((candidate) => candidate.length * size.fontPx * 0.56 < room) ?? ''
    return { from, to: from + of, fill, ink, text, title: texts[0] }
  }
  const parts = [
    part(0, channels, 'var(--bar)', 'var(--on-bar)', ['channels', 'channels']),
    part(channels, baseline, 'var(--baseline)', 'var(--text)', ['baseline, without any touch', 'baseline']),
  ]
  return drawPlot(
    {
      height: 34,
      margin: 0,
      axis: null,
      x: { domain: [0, all] },
      color: { type: 'identity' },
      marks: [
        Plot.barX(parts, { x1: 'from', x2: 'to', fill: 'fill', title: 'title', insetRight: 1, rx: 2 }),
        Plot.text(parts, {
          x: 'from',
          dx: 10,
          textAnchor: 'start',
          text: 'text',
          fill: 'ink',
          fontVariant: 'tabular-nums',
        }),
      ],
    },
    size,
    alternative,
  )
}
