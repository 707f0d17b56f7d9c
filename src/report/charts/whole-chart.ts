import { type Html, html } from '../html.ts'
import { formatCount, formatShare } from '../numbers.ts'
import { type Chart, type ChartSize, rounded, svgHtml } from './chart.ts'

/** Conversions credited to the channels, and those that would have happened without them. */
export interface CreditedAndBaseline {
  readonly channels: number
  readonly baseline: number
}

/** @returns one bar of all conversions in two parts: the channels' and the baseline. */
export function wholeChart(whole: CreditedAndBaseline): Chart {
  const alternative = describeWhole(whole)
  return { alternative, draw: (size) => svgHtml(alternative, size, HEIGHT_PX, ...parts(whole, size)) }
}

const HEIGHT_PX = 34

function describeWhole({ channels, baseline }: CreditedAndBaseline): string {
  const all = channels + baseline
  const withShare = (conversions: number) =>
    `${formatCount(conversions)} (${formatShare(conversions / all, 0)})`
  return `Of ${formatCount(all)} conversions, ${withShare(channels)} are credited to the channels and ${withShare(baseline)} to the baseline.`
}

function parts({ channels, baseline }: CreditedAndBaseline, size: ChartSize): readonly Html[] {
  const all = channels + baseline
  const part = (
    from: number,
    conversions: number,
    long: string,
    short: string,
    colours: readonly string[],
  ) => {
    const share = formatShare(conversions / all, 0)
    const labels = [`${long}  ${formatCount(conversions)} (${share})`, `${short}  ${share}`, share, '']
    const [x, widthPx] = [(from / all) * size.widthPx, (conversions / all) * size.widthPx]
    const label = labels.find((candidate) => candidate.length * size.fontPx * 0.56 < widthPx - 14) ?? ''
    return html`<rect x="${rounded(x)}" width="${rounded(Math.max(0, widthPx - 1))}" height="${HEIGHT_PX}" rx="2" fill="${colours[0]}"><title>${labels[0]}</title></rect><text x="${rounded(x + 10)}" y="${HEIGHT_PX / 2}" dy="0.32em" fill="${colours[1]}" style="font-variant-numeric:tabular-nums">${label}</text>`
  }
  return [
    part(0, channels, 'channels', 'channels', ['var(--bar)', 'var(--on-bar)']),
    part(channels, baseline, 'baseline, without any touch', 'baseline', ['var(--baseline)', 'var(--text)']),
  ]
}
