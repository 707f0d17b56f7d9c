import { DataError } from '../errors.ts'
import type { Leaf } from '../examples/leaves.ts'
import { type WordLayout, wordLayoutOf, wordsOfCells } from '../examples/pattern-words.ts'
import type { WordPatterns } from '../examples/word-patterns.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { type LeafParts, leafExposureQuery, leafPatternsQuery } from './campaign-sql.ts'
import { readRows } from './result-columns.ts'
import type { SpanParts } from './span-sql.ts'

/** What an export knows of campaigns from one batch. */
export interface CampaignExtraction {
  /** Patterns of campaigns that led to conversions, in their order; conversions without a touch are in none. */
  readonly patterns: AsyncIterable<WordPatterns>
  /**
   * @returns examples without a conversion that touched each cell, days before * leaves + leaf: where several campaigns of one
   *   channel were touched on one day, each has its part.
   */
  readonly negativeCells: () => Promise<number[]>
}

/** Numbers of a chunk of patterns in memory. */
const CHUNK_NUMBERS = 2 ** 21

/** @returns the layout of patterns of campaigns. */
export function leafLayoutOf(lookbackDays: number, leaves: readonly Leaf[]): WordLayout {
  return wordLayoutOf({ lookbackDays, channelCount: leaves.length })
}

/** @param parts of the extraction of channels. @returns what is known of their campaigns; nothing is asked until it is read. */
export function extractCampaigns(
  warehouse: Warehouse,
  parts: SpanParts,
  leaves: readonly Leaf[],
  signal?: AbortSignal,
): CampaignExtraction {
  const { lookbackDays } = parts.rules
  const ofLeaves: LeafParts = {
    ...parts,
    leaves,
    carriesLeaves: true,
    negativeSample: undefined,
    touches: undefined,
    layout: wordLayoutOf({ lookbackDays, channelCount: 1 }),
  }
  const layout = leafLayoutOf(lookbackDays, leaves)
  return {
    patterns: readPatterns(warehouse, ofLeaves, layout, signal),
    negativeCells: () => readExposure(warehouse, ofLeaves, layout, signal),
  }
}

async function* readPatterns(
  warehouse: Warehouse,
  parts: LeafParts,
  layout: WordLayout,
  signal: AbortSignal | undefined,
): AsyncGenerator<WordPatterns> {
  const { channelCount } = layout.grid
  const size = Math.max(64, Math.floor(CHUNK_NUMBERS / layout.count))
  let chunk = new PatternChunk(layout, size)
  for await (const row of readRows(warehouse, leafPatternsQuery(parts, channelCount), signal)) {
    chunk.add(cellsIn(row.pattern ?? ''), row.conversions, row.credited, row.value ?? 0)
    if (chunk.count < size) continue
    yield chunk.patterns()
    chunk = new PatternChunk(layout, size)
  }
  if (chunk.count > 0) yield chunk.patterns()
}

function cellsIn(pattern: string): readonly number[] {
  return pattern.split(' ').map(Number)
}

/** Patterns of conversions, to be written. */
class PatternChunk {
  count = 0
  private readonly layout: WordLayout
  private readonly words: readonly Float64Array[]
  private readonly numbers: readonly [counts: Float64Array, credited: Float64Array, values: Float64Array]

  constructor(layout: WordLayout, size: number) {
    this.layout = layout
    this.words = Array.from({ length: layout.count }, () => new Float64Array(size))
    this.numbers = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
  }

  add(cells: readonly number[], conversions: number, credited: number, value: number): void {
    const { channelCount } = this.layout.grid
    const days = cells.map((cell) => Math.floor(cell / channelCount))
    const leaves = cells.map((cell) => cell % channelCount)
    wordsOfCells(this.layout, days, leaves).forEach((word, at) => {
      this.words[at]![this.count] = word
    })
    for (const [at, number] of [conversions, credited, value].entries()) {
      this.numbers[at]![this.count] = number
    }
    this.count++
  }

  patterns(): WordPatterns {
    const own = (column: Float64Array) => column.subarray(0, this.count)
    const [counts, creditedCounts, values] = this.numbers
    return {
      layout: this.layout,
      label: 1,
      words: this.words.map(own),
      counts: own(counts),
      validationCounts: new Float64Array(this.count),
      creditedCounts: own(creditedCounts),
      values: own(values),
    }
  }
}

async function readExposure(
  warehouse: Warehouse,
  parts: LeafParts,
  { grid: { channelCount, lookbackDays } }: WordLayout,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const cells: number[] = Array(lookbackDays * channelCount).fill(0)
  for await (const row of readRows(warehouse, leafExposureQuery(parts), signal)) {
    const { leaf, campaigns, fromLag, toLag, examples } = row
    if (leaf >= channelCount || fromLag < 0 || toLag > lookbackDays || campaigns < 1) {
      throw new DataError(
        `campaigns: the warehouse returned campaign ${leaf} of ${channelCount}, ${fromLag} to ${toLag} days before: export again`,
      )
    }
    for (let lag = fromLag; lag < toLag; lag++) cells[lag * channelCount + leaf]! += examples / campaigns
  }
  return cells
}
