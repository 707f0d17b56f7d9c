import { compensatedSum } from '../numerics/compensated-sum.ts'

/**
 * Incremental credit added up over conversions: what each cell caused, according to the model. Cell c is bit c of a
 * pattern, days before * channels + channel.
 */
export interface CellCredits {
  /** Conversions credited to each cell; may be negative. */
  readonly conversions: Float64Array
  /** Conversion value credited to each cell. */
  readonly value: Float64Array
  /** Standard error of `conversions` that comes from sampling coalitions, and from nothing else; 0 where exact. */
  readonly standardError: Float64Array
  /** Conversions that would have happened without any touch. */
  readonly baselineConversions: number
  readonly baselineValue: number
  /** Patterns that the model evaluated. */
  readonly evaluations: number
  /** Seconds spent waiting for the model. */
  readonly evaluationSeconds: number
  /** Converting patterns credited by all their coalitions. */
  readonly exactPatterns: number
  /** Converting patterns credited by a sample of their coalitions. */
  readonly sampledPatterns: number
}

/** How each conversion after one pattern is credited; cells and baseline add up to 1. */
export interface PatternCredit {
  /** Index of the pattern in its block. */
  readonly pattern: number
  /** The touched cells, ascending. */
  readonly cells: readonly number[]
  /** Of one conversion, an entry per cell; may be negative. */
  readonly credits: Float64Array
  readonly baseline: number
  /** Of each credit, from sampling coalitions; 0 where exact. */
  readonly standardErrors: Float64Array
  /** v(all touches of the pattern), which the credits were divided by. */
  readonly probability: number
}

const TOLERANCE = 1e-9

/**
 * Checks what attribution promises: credits of cells and baseline add up to the conversions, and so do the values.
 * The tolerance is 1e-9 of the sum of absolute values, a million times the rounding error.
 * @param conversions in all, of the patterns that were credited.
 * @param value in all.
 * @throws Error where they don't: a bug, not an error of the input. O(cells).
 */
export function checkIdentity(
  credits: Pick<CellCredits, 'conversions' | 'value' | 'baselineConversions' | 'baselineValue'>,
  conversions: number,
  value: number,
): void {
  checkSum('conversions', credits.conversions, credits.baselineConversions, conversions)
  checkSum('value', credits.value, credits.baselineValue, value)
}

function checkSum(name: string, cells: Float64Array, baseline: number, total: number): void {
  const sum = compensatedSum([...cells, baseline])
  const scale = cells.reduce(
    (sizes, credit) => sizes + Math.abs(credit),
    Math.abs(baseline) + Math.abs(total),
  )
  if (Math.abs(sum - total) <= TOLERANCE * scale) return
  throw new Error(`shapley: credits of ${name} add up to ${sum}, expected ${total}`)
}

/**
 * Influenced credit: a conversion shared among its touches alone, whatever the baseline. Each cell gets what it adds
 * divided by what all cells add; cells with negative credit get 0, so that no ratio explodes where credits of both signs
 * nearly cancel.
 * @param incremental credit per cell, of one conversion.
 * @returns a part per cell, 0 or more; they add up to 1. Undefined where no cell adds anything. O(cells).
 *
 * Example: `computeInfluenced(Float64Array.of(0.3, -0.2, 0.1))` is [0.75, 0, 0.25].
 */
export function computeInfluenced(incremental: Float64Array): Float64Array | undefined {
  const added = incremental.map((credit) => Math.max(0, credit))
  const total = added.reduce((sum, credit) => sum + credit, 0)
  return total > 0 ? added.map((credit) => credit / total) : undefined
}

/** A touched cell of a pattern, with what it is credited with of one conversion. */
export interface CreditedCell {
  readonly daysBefore: number
  readonly channel: string
  /** Of the channel in the vocabulary. */
  readonly place: number
  readonly incremental: number
  /** Null where no cell adds anything. */
  readonly influenced: number | null
}

/** @param channels the ordered vocabulary. @returns a pattern's cells by name, with both kinds of credit. O(cells). */
export function creditedCells(
  { cells, credits }: Pick<PatternCredit, 'cells' | 'credits'>,
  channels: readonly string[],
): readonly CreditedCell[] {
  const influenced = computeInfluenced(credits)
  return cells.map((cell, at) => {
    const place = cell % channels.length
    return {
      daysBefore: Math.floor(cell / channels.length),
      channel: channels[place]!,
      place,
      incremental: credits[at]!,
      influenced: influenced?.[at] ?? null,
    }
  })
}
