import type { Leaf } from '../examples/leaves.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { RuleCell } from '../queries/read-paths.ts'
import type { AttributionRow } from '../tables/attribution.ts'
import { type NamedRows, type RowContext, row } from './method-rows.ts'
import type { RuleOfThumb } from './rules-of-thumb.ts'

/** The rule by whose credits the campaigns of a channel share what methods without campaigns give it. */
const DIVIDING_RULE = 'linear'

/** Cells, and the rules that they have amounts of. */
interface FoundCells {
  readonly cells: readonly RuleCell[]
  readonly rules: readonly RuleOfThumb[]
}

/** @returns what rules credit to channels, of what they credit to campaigns, whose places are those of leaves. O(cells). */
export function cellsOfChannels(cells: readonly RuleCell[], leaves: readonly Leaf[]): readonly RuleCell[] {
  const sums = new Map<string, { place: number; daysBefore: number | null; cells: RuleCell[] }>()
  for (const cell of cells) {
    const place = leaves[cell.place]!.channel
    const key = `${place} ${cell.daysBefore}`
    const known = sums.get(key)
    if (known === undefined) sums.set(key, { place, daysBefore: cell.daysBefore, cells: [cell] })
    else known.cells.push(cell)
  }
  return [...sums.values()].map(({ place, daysBefore, cells: own }) => ({
    place,
    daysBefore,
    conversions: addUp(own.map(({ conversions }) => conversions)),
    value: addUp(own.map(({ value }) => value)),
  }))
}

/** @returns sums of columns. */
function addUp(lists: readonly (readonly number[])[]): readonly number[] {
  const sums = new CompensatedSums(lists[0]?.length ?? 0)
  for (const list of lists) list.forEach((amount, at) => void sums.add(at, amount))
  return [...sums.totals()]
}

/**
 * @param found what rules credit to campaigns.
 * @returns the rows of each method with those of campaigns: rules credit touches, and so campaigns; what a method without days gives a
 *   channel is divided by what the linear rule credits to its campaigns.
 */
export function withCampaigns(
  methods: readonly NamedRows[],
  found: FoundCells,
  leaves: readonly Leaf[],
  context: RowContext,
): readonly NamedRows[] {
  const { cells } = found
  const parts = partsOfChannels(found, leaves)
  return methods.map(({ method, rows }) => {
    const rule = found.rules.findIndex((one) => one.method === method)
    const ofCampaigns =
      rule >= 0 ? ruleRowsOf(rule, cells, leaves, context) : dividedRows(rows, parts, leaves, context)
    return { method, rows: [...rows, ...ofCampaigns] }
  })
}

function ruleRowsOf(
  rule: number,
  cells: readonly RuleCell[],
  leaves: readonly Leaf[],
  context: RowContext,
): readonly AttributionRow[] {
  const touched = new Set(cells.map(({ place }) => place))
  const untouched = leaves.flatMap((_, leaf) => (touched.has(leaf) ? [] : [leaf]))
  return [
    ...cells.map(({ place, daysBefore, conversions, value }) =>
      leafRow(context, leaves[place]!, daysBefore, conversions[rule] ?? 0, value[rule] ?? 0),
    ),
    ...untouched.map((leaf) => leafRow(context, leaves[leaf]!, 0, 0, 0)),
  ]
}

function leafRow(
  context: RowContext,
  { channel, campaign }: Leaf,
  daysBefore: number | null,
  conversions: number,
  value: number,
): AttributionRow {
  return { ...row(context, channel, daysBefore, conversions, value), campaign }
}

interface Parts {
  readonly conversions: Float64Array
  readonly value: Float64Array
}

/** @returns by leaf its part of what the rule credits to its channel; equal parts where that is nothing. */
function partsOfChannels({ cells, rules }: FoundCells, leaves: readonly Leaf[]): Parts {
  const rule = rules.findIndex(({ method }) => method === DIVIDING_RULE)
  const conversions = new CompensatedSums(leaves.length)
  const value = new CompensatedSums(leaves.length)
  for (const cell of cells) {
    conversions.add(cell.place, cell.conversions[rule] ?? 0)
    value.add(cell.place, cell.value[rule] ?? 0)
  }
  return {
    conversions: partsOf(conversions.totals(), leaves),
    value: partsOf(value.totals(), leaves),
  }
}

function partsOf(amounts: Float64Array, leaves: readonly Leaf[]): Float64Array {
  const channels = Math.max(...leaves.map(({ channel }) => channel)) + 1
  const sums = new CompensatedSums(channels)
  const sizes = new Uint32Array(channels)
  leaves.forEach(({ channel }, leaf) => {
    sums.add(channel, amounts[leaf]!)
    sizes[channel]!++
  })
  const totals = sums.totals()
  return amounts.map((amount, leaf) => {
    const { channel } = leaves[leaf]!
    return totals[channel]! > 0 ? amount / totals[channel]! : 1 / sizes[channel]!
  })
}

function dividedRows(
  rows: readonly AttributionRow[],
  parts: Parts,
  leaves: readonly Leaf[],
  context: RowContext,
): readonly AttributionRow[] {
  const byChannel = new Map(rows.map((one) => [one.channel, one]))
  return leaves.map((leaf, at) => {
    const whole = byChannel.get(context.channels[leaf.channel]!)
    const conversions = (whole?.conversions ?? 0) * parts.conversions[at]!
    return leafRow(context, leaf, null, conversions, (whole?.value ?? 0) * parts.value[at]!)
  })
}
