import { type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { readSetBits } from '../numerics/bits.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import { ratesOf } from '../numerics/non-negative-poisson.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from '../shapley/credit.ts'
import { buildRows } from './event-rows.ts'
import { buildCellHazards, columnsOf, type HazardModel, weightsOf } from './model.ts'
import { HazardTerms, patternCredit } from './terms.ts'

/**
 * Exact incremental credit, see {@link HazardTerms.credit}. It is the Shapley value of the game
 * S -> h(touches in S only), and needs no evaluation of any coalition.
 * @param onPattern gets the credit of each pattern, in the patterns' order.
 * @param causalPart see {@link HazardTerms}.
 * @throws {DataError} where the model has other channels than the patterns. O(words + touched cells) per pattern.
 */
export function attributeByHazard(
  model: HazardModel,
  { patterns, conversions, value }: ConvertingPatterns,
  onPattern?: (credit: PatternCredit) => void,
  causalPart?: Float64Array,
): CellCredits {
  const { grid, count, words, wordsPerPattern } = patterns
  const cells = cellCount(grid)
  const terms = new HazardTerms(model, grid, causalPart)
  const credited = new CompensatedSums(cells + 1)
  const creditedValue = new CompensatedSums(cells + 1)
  const totals = new CompensatedSums(2)
  const touched = new Uint32Array(cells)
  const shares = new Float64Array(cells + 1)
  for (let at = 0; at < count; at++) {
    const found = readSetBits(words, at * wordsPerPattern, (at + 1) * wordsPerPattern, touched)
    const hazard = terms.credit(touched, 0, found, 1, shares)
    for (let k = 0; k <= found; k++) {
      const cell = k === found ? cells : touched[k]!
      credited.add(cell, conversions[at]! * shares[cell]!)
      creditedValue.add(cell, value[at]! * shares[cell]!)
    }
    totals.add(0, conversions[at]!)
    totals.add(1, value[at]!)
    onPattern?.(patternCredit(at, Array.from(touched.subarray(0, found)), shares, hazard))
    shares.fill(0)
  }
  const credits = buildCredits(credited.totals(), creditedValue.totals(), count)
  checkIdentity(credits, totals.totals()[0]!, totals.totals()[1]!)
  return credits
}

/** @param conversions of each cell, the baseline's last; `value` likewise. */
function buildCredits(conversions: Float64Array, value: Float64Array, patterns: number): CellCredits {
  const cells = conversions.length - 1
  return {
    conversions: conversions.slice(0, cells),
    value: value.slice(0, cells),
    standardError: new Float64Array(cells),
    baselineConversions: conversions[cells]!,
    baselineValue: value[cells]!,
    evaluations: 0,
    evaluationSeconds: 0,
    exactPatterns: patterns,
    sampledPatterns: 0,
  }
}

/**
 * @returns what a touch in each cell adds to the hazard, conversions per user-day, with its half of pairs: on average over the
 *   patterns that have the cell, by what their conversions credit. O(touched cells).
 */
export function meanCellHazards(model: HazardModel, converting: ConvertingPatterns): Float64Array {
  const { patterns, conversions } = converting
  const own = buildCellHazards(model, patterns.grid)
  if (model.pairs.length === 0) return own
  const perHazard = new Float64Array(own.length)
  const { conversions: credited } = attributeByHazard(
    model,
    converting,
    ({ pattern, cells, probability }) => {
      const hazard = -Math.log1p(-probability)
      for (const cell of cells) perHazard[cell]! += conversions[pattern]! / hazard
    },
  )
  return own.map((hazard, cell) => (perHazard[cell]! > 0 ? credited[cell]! / perHazard[cell]! : hazard))
}

/**
 * @returns conversions by what each of the model's pairs adds, in their order. Half of it is in the credit of each of its
 *   channels. O(touched cells * curves).
 */
export function creditPairs(model: HazardModel, { patterns, conversions }: ConvertingPatterns): Float64Array {
  const columns = columnsOf(model, patterns.grid)
  const weights = weightsOf(model)
  const rows = buildRows(columns, patterns, conversions)
  const { rowStart, column, entry } = rows
  const hazards = ratesOf(rows, weights)
  const first = columns.pairColumn(0)
  const credits = new Float64Array(columns.pairs.length)
  for (let at = 0; at < patterns.count; at++) {
    if (hazards[at]! <= 0) continue
    for (let k = rowStart[at]!; k < rowStart[at + 1]!; k++) {
      const pair = column[k]! - first
      if (pair >= 0) credits[pair]! += (conversions[at]! * entry[k]! * weights[column[k]!]!) / hazards[at]!
    }
  }
  return credits
}
