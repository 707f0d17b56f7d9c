import * as Plot from '@observablehq/plot'
import type { MethodTotals } from '../channel-totals.ts'
import { methodNameOf } from '../method-names.ts'
import { isolatedName } from '../names.ts'
import { formatShare } from '../numbers.ts'
import { amountAxis, type ChartSize, drawPlot, nameAxis, nameMargin } from './plot.ts'

interface Mark {
  readonly row: string
  readonly share: number
  readonly kind: 'learned' | 'chain' | 'rule'
  readonly title: string
}

const colours = { learned: 'var(--bar)', chain: 'var(--chain)', rule: 'var(--rule)' } as const
const symbols = { learned: 'circle', chain: 'diamond2', rule: 'times' } as const

/** @returns a line a channel from the least to the most that any method gives it, and a mark a method. */
export function drawMethodsChart(
  methods: readonly MethodTotals[],
  channels: readonly string[],
  size: ChartSize,
  alternative: string,
): string {
  const labels = channels.map((channel) => isolatedName(channel, size.nameColumns))
  const marks = methods.flatMap((method) => marksOf(method, channels))
  return drawPlot(
    {
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
    },
    size,
    alternative,
  )
}

function rangeMark(marks: readonly Mark[]): Plot.Markish {
  const ends = Plot.groupY({ x1: 'min', x2: 'max' }, { y: 'row', x1: 'share', x2: 'share' })
  return Plot.ruleY(marks, { ...ends, stroke: 'var(--line)', strokeWidth: 6, strokeLinecap: 'round' })
}

function dots(marks: readonly Mark[], kind: Mark['kind']) {
  const own = marks.filter((mark) => mark.kind === kind)
  const place = { x: 'share', y: 'row', title: 'title', symbol: symbols[kind] } as const
  return kind === 'rule'
    ? Plot.dot(own, { ...place, r: 3.5, stroke: colours.rule, strokeWidth: 1.6 })
    : Plot.dot(own, { ...place, r: 5, fill: colours[kind], stroke: 'var(--surface)', strokeWidth: 1 })
}

function marksOf({ method, channels: totals }: MethodTotals, channels: readonly string[]): readonly Mark[] {
  const { name, kind } = methodNameOf(method)
  const shares = new Map(totals.map(({ channel, share }) => [channel, share]))
  return channels.flatMap((channel, at) => {
    const share = shares.get(channel) ?? null
    return share === null ? [] : [{ row: `${at}`, share, kind, title: `${name}: ${formatShare(share)}` }]
  })
}
