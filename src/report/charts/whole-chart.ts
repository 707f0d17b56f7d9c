import * as Plot from '@observablehq/plot'
import { formatCount, formatShare } from '../numbers.ts'
import type { Chart, ChartSize } from './plot.ts'

/** Conversions credited to the channels, and those that would have happened without them. */
export interface CreditedAndBaseline {
  readonly channels: number
  readonly baseline: number
}

/** @returns one bar of all conversions in two parts: the channels' and the baseline. */
export function wholeChart(whole: CreditedAndBaseline): Chart {
  return {
    alternative: describeWhole(whole),
    plot: (size) => ({
      height: 34,
      margin: 0,
      axis: null,
      x: { domain: [0, whole.channels + whole.baseline] },
      color: { type: 'identity' },
      marks: barMarks(whole, size),
    }),
  }
}

function describeWhole({ channels, baseline }: CreditedAndBaseline): string {
  const all = channels + baseline
  const withShare = (conversions: number) =>
    `${formatCount(conversions)} (${formatShare(conversions / all, 0)})`
  return `Of ${formatCount(all)} conversions, ${withShare(channels)} are credited to the channels and ${withShare(baseline)} to the baseline.`
}

function barMarks({ channels, baseline }: CreditedAndBaseline, { widthPx, fontPx }: ChartSize) {
  const all = channels + baseline
  const part = (from: number, conversions: number, long: string, short: string) => {
    const share = formatShare(conversions / all, 0)
    const labels = [`${long}  ${formatCount(conversions)} (${share})`, `${short}  ${share}`, share, '']
    const roomPx = (conversions / all) * widthPx - 14
    const label = labels.find((candidate) => candidate.length * fontPx * 0.56 < roomPx) ?? ''
    return { from, to: from + conversions, label, title: labels[0] }
  }
  const parts = [
    { ...part(0, channels, 'channels', 'channels'), fill: 'var(--bar)', ink: 'var(--on-bar)' },
    {
      ...part(channels, baseline, 'baseline, without any touch', 'baseline'),
      fill: 'var(--baseline)',
      ink: 'var(--text)',
    },
  ]
  const text = { text: 'label', fill: 'ink', fontVariant: 'tabular-nums' } as const
  return [
    Plot.barX(parts, { x1: 'from', x2: 'to', fill: 'fill', title: 'title', insetRight: 1, rx: 2 }),
    Plot.text(parts, { x: 'from', dx: 10, textAnchor: 'start', ...text }),
  ]
}
