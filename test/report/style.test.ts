import { describe, expect, it } from 'vitest'
import { styleSheet } from '../../src/report/style.ts'

type Colours = Readonly<Record<string, string>>

const [light, dark] = Array.from(
  styleSheet().matchAll(/:root\{(?:color-scheme:[^;]+;)?([^}]+)\}/g),
  ([, body]) => {
    const pairs = Array.from((body ?? '').matchAll(/--([\w-]+):(#[0-9a-f]{6});/g), ([, name, colour]) => [
      name,
      colour,
    ])
    return Object.fromEntries(pairs) as Colours
  },
)

/** Contrast by WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one = '', other = ''): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const steps = [...Array(7).keys(), 'negative']
const texts: readonly (readonly [ink: string, ground: string])[] = [
  ...['text', 'quiet', 'accent', 'good', 'bad'].map((ink) => [ink, 'surface'] as const),
  ['on-bar', 'bar'],
  ['text', 'baseline'],
  ['text', 'share-bar'],
  ...steps.map((step) => [`heat-ink-${step}`, `heat-${step}`] as const),
]
const marks = ['bar', 'negative', 'chain', 'rule', 'axis', 'truth'] as const

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of the %s scheme', (_, colours) => {
  it('measures contrast as the standard does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  it.each(texts)('can be read: %s on %s', (ink, ground) => {
    expect(contrast(colours?.[ink], colours?.[ground])).toBeGreaterThanOrEqual(4.5)
  })

  it.each(marks)('can be seen in a chart: %s', (mark) => {
    // The truth is drawn over bars too, where its own length sets it apart; on the ground it needs 2.5 : 1.
    expect(contrast(colours?.[mark], colours?.surface)).toBeGreaterThanOrEqual(mark === 'truth' ? 2.5 : 3)
  })
})
