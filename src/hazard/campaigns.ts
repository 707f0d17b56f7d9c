import type { LeafGrid, LeafPatterns } from '../examples/leaf-patterns.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { buildCellHazards, type HazardModel } from './model.ts'
import { type FactorEvents, fitShrunkenFactors, type ShrunkenFactors } from './shrunken-factors.ts'
import { HazardTerms } from './terms.ts'

/** How strongly the campaigns of each channel work. */
export interface CampaignFactors {
  readonly strength: number
  /** What a campaign of the channel has of which nothing is known, by channel. */
  readonly typical: Float64Array
  /** By leaf, in parts of the channel's weight. */
  readonly factors: Float64Array
  /** Standard deviation of each factor's logarithm; 0 where a channel has one campaign. */
  readonly deviations: Float64Array
}

/**
 * Fits a factor for each campaign, given the hazard model of the channels: a touch of the campaign adds its factor times what a
 * touch of its channel adds, with the channel's decay, so that hundreds of campaigns cost one number each. On average over what a
 * channel's campaigns were at work for, factors are 1; that of a channel's only campaign is.
 * @param patterns of campaigns that led to conversions, all of them. @param negativeCells examples without a conversion by cell.
 */
export function fitCampaigns(
  model: HazardModel,
  patterns: LeafPatterns,
  negativeCells: ArrayLike<number>,
): CampaignFactors {
  const { leaves, channelGrid } = patterns.of
  const isFitted = fittedLeaves(patterns.of)
  const columnOf = new Int32Array(leaves.length).fill(-1)
  const fitted = [...leaves.keys()].filter((leaf) => isFitted[leaf])
  for (const [column, leaf] of fitted.entries()) columnOf[leaf] = column
  const typical = new Float64Array(channelGrid.channelCount).fill(1)
  const factors = new Float64Array(leaves.length).fill(1)
  const deviations = new Float64Array(leaves.length)
  if (fitted.length === 0) return { strength: 1e9, typical, factors, deviations }
  const found = fitShrunkenFactors(eventsOf(model, patterns, negativeCells, columnOf, fitted))
  for (const [column, leaf] of fitted.entries()) {
    factors[leaf] = found.factors[column]!
    deviations[leaf] = found.deviations[column]!
  }
  return {
    strength: found.strength,
    typical: typicalOf(found, typical, fitted, patterns.of),
    factors,
    deviations,
  }
}

function typicalOf(
  found: ShrunkenFactors,
  ones: Float64Array,
  fitted: readonly number[],
  { leaves }: LeafGrid,
) {
  const channels = new Set(fitted.map((leaf) => leaves[leaf]!.channel))
  return ones.map((one, channel) => (channels.has(channel) ? found.typical[channel]! : one))
}

/** @returns by leaf whether its channel has others. */
function fittedLeaves({ leaves, channelGrid }: LeafGrid): readonly boolean[] {
  const sizes = new Uint32Array(channelGrid.channelCount)
  for (const { channel } of leaves) sizes[channel]!++
  return leaves.map(({ channel }) => sizes[channel]! > 1)
}

function eventsOf(
  model: HazardModel,
  patterns: LeafPatterns,
  negativeCells: ArrayLike<number>,
  columnOf: Int32Array,
  fitted: readonly number[],
): FactorEvents {
  const { leaves, grid, channelGrid } = patterns.of
  const cellHazards = buildCellHazards(model, channelGrid)
  const exposure = new Float64Array(fitted.length)
  for (let cell = 0; cell < negativeCells.length; cell++) {
    const leaf = cell % grid.channelCount
    if (columnOf[leaf]! < 0) continue
    const day = (cell - leaf) / grid.channelCount
    exposure[columnOf[leaf]!]! +=
      negativeCells[cell]! * cellHazards[day * channelGrid.channelCount + leaves[leaf]!.channel]!
  }
  const built = buildFactorRows(model, patterns, cellHazards, columnOf)
  const { rowStart, column, entry, count } = built.rows
  for (let row = 0; row < count.length; row++) {
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k++) {
      exposure[column[k]!]! += count[row]! * entry[k]!
    }
  }
  const groups = Uint16Array.from(fitted, (leaf) => leaves[leaf]!.channel)
  return { ...built, exposure, groups, groupCount: channelGrid.channelCount }
}

/** Rows of what fitted campaigns add to the hazard, and the rest of it. */
function buildFactorRows(
  model: HazardModel,
  patterns: LeafPatterns,
  cellHazards: Float64Array,
  columnOf: Int32Array,
): { readonly rows: EventRows; readonly base: Float64Array } {
  const { starts, cells, channelCells, parts, of, count } = patterns
  const terms = new HazardTerms(model, of.channelGrid)
  const base = new Float64Array(count)
  const rowStart = new Uint32Array(count + 1)
  const column = new Uint16Array(starts[count]!)
  const entry = new Float64Array(starts[count]!)
  const added = new Float64Array(columnOf.length)
  let end = 0
  for (let row = 0; row < count; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!]
    const channels = Uint32Array.from(new Set(channelCells.subarray(from, to)))
    base[row] = terms.hazard(channels, 0, channels.length)
    const touched: number[] = []
    for (let k = from; k < to; k++) {
      const own = columnOf[cells[k]! % of.grid.channelCount]!
      const adds = parts[k]! * cellHazards[channelCells[k]!]!
      if (own < 0 || adds === 0) continue
      base[row]! -= adds
      if (added[own] === 0) touched.push(own)
      added[own]! += adds
    }
    base[row] = Math.max(0, base[row]!)
    for (const own of touched.sort((left, right) => left - right)) {
      column[end] = own
      entry[end++] = added[own]!
      added[own] = 0
    }
    rowStart[row + 1] = end
  }
  const rows = {
    rowStart,
    column: column.subarray(0, end),
    entry: entry.subarray(0, end),
    count: patterns.conversions.subarray(0, count),
  }
  return { rows, base }
}
