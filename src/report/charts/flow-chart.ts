import type { JourneysResult } from '../../artifacts/results.ts'
import { PATH_START } from '../../comparison/journeys.ts'
import { type Html, html } from '../html.ts'
import { isolatedName } from '../names.ts'
import { counted, formatCount } from '../numbers.ts'
import { type Chart, type ChartSize, rounded, svgHtml } from './chart.ts'

type Flow = JourneysResult['flows'][number]

/** What channels that are not named stand for. */
export const OTHER_CHANNELS = 'others'

/** A channel at one of the last touches. */
interface Node {
  /** Null for all channels without a name of their own. */
  readonly channel: string | null
  readonly conversions: number
  readonly x: number
  readonly y: number
  readonly heightPx: number
}

/** @returns the last touches of converting paths as bands that flow into the conversion (a Sankey diagram). */
export function flowChart(journeys: JourneysResult): Chart {
  const alternative = describeFlows(journeys)
  return { alternative, draw: (size) => drawFlows(alternative, journeys, size) }
}

function describeFlows({ flows }: JourneysResult): string {
  const last = sumBy(flows.filter(({ touchesBefore }) => touchesBefore === 0))
  const all = [...last.values()].reduce((sum, conversions) => sum + conversions, 0)
  const [channel, most] = [...last].sort((left, right) => right[1] - left[1])[0] ?? [null, 0]
  const step = flows
    .filter(({ previous, touchesBefore }) => touchesBefore === 0 && previous !== PATH_START)
    .reduce<Flow | undefined>(
      (best, one) => (one.conversions > (best?.conversions ?? 0) ? one : best),
      undefined,
    )
  const commonest =
    step === undefined
      ? ''
      : ` The commonest last two touches are ${nameOf(step.previous)} and then ${nameOf(step.from)}, before ${formatCount(step.conversions)}.`
  return `Flow chart of the last touches before ${counted(all, 'conversion')}. The commonest last touch is ${nameOf(channel)}, before ${formatCount(most)}.${commonest}`
}

/** @returns a channel's name for text, or what stands for those without a name of their own. */
function nameOf(channel: string | null, columns?: number): string {
  return channel === null ? OTHER_CHANNELS : isolatedName(channel, columns)
}

function sumBy(flows: readonly Flow[]): ReadonlyMap<string | null, number> {
  const sums = new Map<string | null, number>()
  for (const { from, conversions } of flows) sums.set(from, (sums.get(from) ?? 0) + conversions)
  return sums
}

const [TOP, NODE_PX, GAP_PX, END_PX] = [24, 12, 8, 92]

function drawFlows(alternative: string, { channels, flows }: JourneysResult, size: ChartSize): Html {
  const isWide = size.name === 'wide'
  const steps = Math.min(isWide ? 4 : 2, 1 + Math.max(0, ...flows.map(({ touchesBefore }) => touchesBefore)))
  const all = flows.reduce(
    (sum, { touchesBefore, conversions }) => sum + (touchesBefore === 0 ? conversions : 0),
    0,
  )
  const heightPx = 60 + 26 * (channels.length + 1)
  const perConversion = (heightPx - TOP - GAP_PX * (channels.length + 1)) / (all || 1)
  const columnPx = (size.widthPx - END_PX) / steps
  const xOf = (step: number) => size.widthPx - END_PX - step * columnPx
  const columns = Array.from({ length: steps }, (_, step) =>
    nodesOf(
      [...channels, null],
      sumBy(flows.filter(({ touchesBefore }) => touchesBefore === step)),
      xOf(step + 1) + 2,
      perConversion,
    ),
  )
  const endY = TOP
  const end: Node = { channel: '', conversions: all, x: xOf(0), y: endY, heightPx: all * perConversion }
  const bands = columns.flatMap((nodes, step) =>
    bandsOf(flows, step, nodes, columns[step + 1], end, perConversion),
  )
  const headings = columns.map((_, step) => {
    const heading =
      step === 0 ? 'last touch' : `${step + 1}${step === 1 ? 'nd' : step === 2 ? 'rd' : 'th'} last`
    return html`<text x="${rounded(xOf(step + 1) + 2)}" y="12" fill="var(--quiet)">${heading}</text>`
  })
  const drawn = columns.flat().map((node) => nodeHtml(node, isWide ? 18 : 12))
  return svgHtml(
    alternative,
    size,
    heightPx,
    html`<g fill="none" stroke="var(--bar)" stroke-opacity="0.28">${bands}</g>${headings}${drawn}`,
    html`<rect x="${rounded(end.x)}" y="${end.y}" width="${NODE_PX}" height="${rounded(end.heightPx)}" rx="2" fill="var(--text)"/>`,
    html`<text x="${rounded(end.x + NODE_PX + 5)}" y="${rounded(end.y + end.heightPx / 2)}">conversion</text><text x="${rounded(end.x + NODE_PX + 5)}" y="${rounded(end.y + end.heightPx / 2 + 16)}">${formatCount(all)}</text>`,
  )
}

function nodesOf(
  channels: readonly (string | null)[],
  sums: ReadonlyMap<string | null, number>,
  x: number,
  perConversion: number,
): readonly Node[] {
  let y = TOP
  return channels.flatMap((channel) => {
    const conversions = sums.get(channel) ?? 0
    if (conversions <= 0) return []
    const node = { channel, conversions, x, y, heightPx: conversions * perConversion }
    y += node.heightPx + GAP_PX
    return [node]
  })
}

/** Bands from the nodes of the touch before, and from a last touch to the conversion. */
function bandsOf(
  flows: readonly Flow[],
  step: number,
  nodes: readonly Node[],
  earlier: readonly Node[] | undefined,
  end: Node,
  perConversion: number,
): readonly Html[] {
  const intoNode = new Map<string | null, number>()
  const outOfNode = new Map<string | null, number>()
  const own = flows.filter(({ touchesBefore, previous }) => touchesBefore === step && previous !== PATH_START)
  const bands = (earlier ?? []).flatMap((source) =>
    nodes.flatMap((target) => {
      const flow = own.find(({ from, previous }) => from === target.channel && previous === source.channel)
      if (flow === undefined) return []
      const widthPx = flow.conversions * perConversion
      const [left, right] = [outOfNode.get(source.channel) ?? 0, intoNode.get(target.channel) ?? 0]
      outOfNode.set(source.channel, left + widthPx)
      intoNode.set(target.channel, right + widthPx)
      const title = `${nameOf(source.channel)} → ${nameOf(target.channel)}: ${formatCount(flow.conversions)}`
      return [bandHtml(source.x + NODE_PX, source.y + left, target.x, target.y + right, widthPx, title)]
    }),
  )
  if (step > 0) return bands
  let y = end.y
  const last = nodes.map((node) => {
    const title = `${nameOf(node.channel)} → conversion: ${formatCount(node.conversions)}`
    const band = bandHtml(node.x + NODE_PX, node.y, end.x, y, node.heightPx, title)
    y += node.heightPx
    return band
  })
  return [...bands, ...last]
}

function bandHtml(x1: number, y1: number, x2: number, y2: number, widthPx: number, title: string): Html {
  const [from, to, middle] = [rounded(y1 + widthPx / 2), rounded(y2 + widthPx / 2), rounded((x1 + x2) / 2)]
  return html`<path d="M${rounded(x1)},${from}C${middle},${from},${middle},${to},${rounded(x2)},${to}" stroke-width="${Math.max(0.5, rounded(widthPx))}"><title>${title}</title></path>`
}

function nodeHtml({ channel, conversions, x, y, heightPx }: Node, columns: number): Html {
  const fill = channel === null ? 'var(--rule)' : 'var(--bar)'
  const middle = rounded(y + heightPx / 2)
  return html`<rect x="${rounded(x)}" y="${rounded(y)}" width="${NODE_PX}" height="${Math.max(1, rounded(heightPx))}" rx="2" fill="${fill}"/><text x="${rounded(x + NODE_PX + 5)}" y="${middle}" dy="0.32em" class="halo">${nameOf(channel, columns)} ${formatCount(conversions)}</text>`
}
