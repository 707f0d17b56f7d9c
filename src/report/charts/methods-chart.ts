import * as Plot from '@observablehq/plot'
import type { MethodTotals } from '../channel-totals.ts'
import { describeAgreement } from '../disagreement.ts'
import { methodNameOf } from '../method-names.ts'
import { isolatedName, plainText } from '../names.ts'
import { counted, formatShare } from '../numbers.ts'
import { type Chart, type ChartSize, nameMargin } from './chart.ts'
import { amountAxis, nameAxis, plotChart } from './plot.ts'

interface Mark {
  readonly row: string
  readonly share: number
  readonly kind: 'learned' | 'chain' | 'rule'
  readonly title: string
}

const colours = { learned: 'var(--bar)', chain: 'var(--chain)', rule: 'var(--rule)' } as const
const symbols = { learned: 'circle', chain: 'diamond2', rule: 'times' } as const

/** @returns one line per channel, from the lowest to the highest share that any method gives it, and a mark per method. */
export function methodsChart(methods: readonly MethodTotals[], channels: readonly string[]): Chart {
  return plotChart(describeMethods(methods), (size) => plotMethods(methods, channels, size))
}

function describeMethods(methods: readonly MethodTotals[]): string {
  const names = methods.map(({ method }) => methodNameOf(method).name).join(', ')
  const agreement = describeAgreement(methods).map(plainText).join(' ')
  return `Chart of each channel's share according to ${counted(methods.length, 'method')} (${names}). ${agreement}`.trim()
}

function plotMethods(
  methods: readonly MethodTotals[],
  channels: readonly string[],
  size: ChartSize,
): Plot.PlotOptions {
  const labels = channels.map((channel) => isolatedName(channel, size.nameColumns))
  const marks = methods.flatMap((method) => marksOf(method, channels))
  return {
    height: channels.length * 28 + 50,
    marginLeft: nameMargin(labels, size),
    marginRight: 16,
    marginTop: 6,
    marginBottom: 40,
    x: { nice: true },
    y: { domain: labels.map((_, at) => `${at}`), type: 'band' },
    marks: [
      ...amountAxis(size, "share of the channels' credit", 8, (share) => formatShare(share, 0)),
      nameAxis(labels),
      rangeMark(marks),
      ...(['rule', 'chain', 'learned'] as const).map((kind) => dots(marks, kind)),
    ],
  }
}

function rangeMark(marks: readonly Mark[]): Plot.Markish {
  const ends = Plot.groupY({ x1: 'min', x2: 'max' }, { y: 'row', x1: 'share', x2: 'share' })
  return Plot.ruleY(marks, { ...ends, stroke: 'var(--line)', strokeWidth: 6, strokeLinecap: 'round' })
}

function dots(marks: readonly Mark[], kind: Mark['kind']) {
  const ofKind = marks.filter((mark) => mark.kind === kind)
  const place = { x: 'share', y: 'row', title: 'title', symbol: symbols[kind] } as const
  return kind === 'rule'
    ? Plot.dot(ofKind, { ...place, r: 3.5, stroke: colours.rule, strokeWidth: 1.6 })
    : Plot.dot(ofKind, { ...place, r: 5, fill: colours[kind], stroke: 'var(--surface)', strokeWidth: 1 })
}

function marksOf({ method, channels: totals }: MethodTotals, channels: readonly string[]): readonly Mark[] {
  const { name, kind } = methodNameOf(method)
  const shares = new Map(totals.map(({ channel, share }) => [channel, share]))
  return channels.flatMap((channel, at) => {
    const share = shares.get(channel) ?? null
    return share === null ? [] : [{ row: `${at}`, share, kind, title: `${name}: ${formatShare(share)}` }]
  })
}
