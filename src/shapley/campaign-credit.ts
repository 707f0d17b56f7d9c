import { DataError } from '../errors.ts'
import type { LeafPatterns } from '../examples/leaf-patterns.ts'
import { type ConvertingPatterns, cellCount } from '../examples/pattern.ts'
import { compensatedSum } from '../numerics/compensated-sum.ts'
import { PatternTable } from '../numerics/pattern-table.ts'
import { type CellCredits, checkIdentity, type PatternCredit } from './credit.ts'
import { CreditSums } from './credit-sums.ts'

/** A method's credits of channels, and of their campaigns, which add up to them. */
export interface SplitCredits {
  readonly credits: CellCredits
  /** By cells of campaigns; undefined where campaigns are not known. */
  readonly campaigns: CellCredits | undefined
}

/**
 * @param split absent: there are no campaigns.
 * @param creditEach gives the credits of channels, and tells of those of each pattern.
 * @returns the credits, divided among campaigns.
 */
export function creditSplit(
  split: CampaignSplit | undefined,
  creditEach: (onPattern: (one: PatternCredit) => void) => CellCredits,
): SplitCredits {
  const sums = split?.sums()
  const whole = creditEach((one) => sums?.add(one))
  return sums?.totals(whole) ?? { credits: whole, campaigns: undefined }
}

/** How conversions after one pattern of channels are credited, on average over the campaigns that they touched. */
export interface MeanCredit {
  /** Of one conversion. */
  readonly conversions: PatternCredit
  /** Of each unit of value; absent: that of conversions. */
  readonly value?: PatternCredit
  /** Where value has both signs: what each conversion adds to the value of cells, which is 0 over all of them. */
  readonly moreValue?: PatternCredit
}

/** Below this part of their sizes, credits of both signs cancel so nearly that dividing by their sum would blow them up. */
const LEAST_SUM = 0.1

/**
 * Divides the credits of channels among their campaigns. A campaign whose touches add f times what its channel's touches add has f
 * times the channel's weight in each conversion after them: of one with credit a of a touched cell and b of the baseline, the
 * campaign gets f a / (b + sum of f a), where campaigns of one channel and day share its a. For the hazard model these are the credits
 * of a model with a term for each campaign; to the credits of others its factors are applied in the same way. With all
 * factors 1 the channels' credits stay what they were.
 */
export class CampaignSplit {
  readonly patterns: LeafPatterns
  /** By leaf. */
  readonly factors: Float64Array
  readonly converting: ConvertingPatterns
  /** Patterns of campaigns in the order of those of channels that they are part of: those of i from `starts[i]` to `starts[i + 1]`. */
  readonly order: Uint32Array
  readonly starts: Uint32Array
  /** By pattern of campaigns. */
  readonly value: Float64Array

  /**
   * @param converting patterns of channels, whose conversions are those of the patterns of campaigns.
   * @throws {DataError} where they are not. O(touched cells).
   */
  constructor(patterns: LeafPatterns, factors: Float64Array, converting: ConvertingPatterns) {
    this.patterns = patterns
    this.factors = factors
    this.converting = converting
    const channelPatterns = channelPatternsOf(patterns, converting)
    this.starts = new Uint32Array(converting.patterns.count + 1)
    for (const pattern of channelPatterns) if (pattern >= 0) this.starts[pattern + 1]!++
    for (let at = 0; at < converting.patterns.count; at++) this.starts[at + 1]! += this.starts[at]!
    const next = this.starts.slice()
    this.order = new Uint32Array(this.starts[converting.patterns.count]!)
    channelPatterns.forEach((pattern, at) => {
      if (pattern >= 0) this.order[next[pattern]!++] = at
    })
    this.value = this.matchedValue()
  }

  /**
   * Files keep value as 32-bit numbers, rounded for each pattern: that of the channels' pattern counts. What is left goes by conversions, since
   * values of both signs may cancel.
   */
  private matchedValue(): Float64Array {
    const { patterns, converting, order, starts } = this
    const matched = patterns.value.slice(0, patterns.count)
    for (let pattern = 0; pattern < converting.patterns.count; pattern++) {
      const own = order.subarray(starts[pattern], starts[pattern + 1])
      const value = converting.value[pattern]!
      const sum = own.reduce((total, at) => total + matched[at]!, 0)
      for (const at of own) {
        matched[at]! += ((value - sum) * patterns.credited[at]!) / converting.conversions[pattern]!
      }
    }
    return matched
  }

  /** @returns sums of credits that are given pattern by pattern. */
  sums(): CampaignSums {
    return new CampaignSums(this)
  }

  /**
   * @param credit of the channels' pattern. @param at one of its patterns of campaigns.
   * @returns how a conversion after that one is credited, its cells those of campaigns. O(touched cells).
   */
  creditOf(credit: PatternCredit, at: number): PatternCredit {
    const { starts, cells, channelCells, parts, of } = this.patterns
    const [from, to] = [starts[at]!, starts[at + 1]!]
    const credits = new Float64Array(to - from)
    const standardErrors = new Float64Array(to - from)
    let place = 0
    const fill = (factorOf: (cell: number) => number) => {
      let sum = credit.baseline
      let size = Math.abs(sum)
      place = 0
      for (let k = from; k < to; k++) {
        while (credit.cells[place] !== channelCells[k]) place++
        const part = parts[k]! * factorOf(cells[k]!)
        credits[k - from] = part * credit.credits[place]!
        standardErrors[k - from] = part * credit.standardErrors[place]!
        sum += credits[k - from]!
        size += Math.abs(credits[k - from]!)
      }
      return sum >= LEAST_SUM * size ? sum : undefined
    }
    const tilted = fill((cell) => this.factors[cell % of.grid.channelCount]!)
    // Without factors the sum is 1.
    const sum = tilted ?? fill(() => 1) ?? 1
    return {
      pattern: at,
      cells: Array.from(cells.subarray(from, to)),
      credits: credits.map((one) => one / sum),
      baseline: credit.baseline / sum,
      standardErrors: standardErrors.map((one) => one / sum),
      probability: credit.probability,
    }
  }

  /**
   * @param credit of the channels' pattern.
   * @returns how its conversions and their value are credited to channels on average over its patterns of campaigns.
   *   O(touched cells of these).
   */
  meanCredit(credit: PatternCredit): MeanCredit {
    const own = this.patternsOf(credit.pattern)
    if (own.length === 0) return { conversions: credit }
    const { credited } = this.patterns
    const count = this.converting.conversions[credit.pattern]!
    const total = this.converting.value[credit.pattern]!
    const divided = Array.from(own, (at) => ({ at, one: this.creditOf(credit, at) }))
    const conversions = this.combine(credit, divided, (at) => credited[at]! / count)
    const size = own.reduce((sum, at) => sum + Math.abs(this.value[at]!), 0)
    if (size === 0) return { conversions }
    const isOfOneSign = own.every((at) => this.value[at]! * total > 0 || this.value[at] === 0)
    if (isOfOneSign)
      return { conversions, value: this.combine(credit, divided, (at) => this.value[at]! / total) }
    const more = (at: number) => (this.value[at]! - (total * credited[at]!) / count) / count
    const standardErrors = new Float64Array(credit.cells.length)
    return { conversions, moreValue: { ...this.combine(credit, divided, more), standardErrors } }
  }

  /** @returns the sum of the credits of patterns of campaigns times their weights, by cells of channels. */
  private combine(
    credit: PatternCredit,
    divided: readonly { readonly at: number; readonly one: PatternCredit }[],
    weightOf: (at: number) => number,
  ): PatternCredit {
    const { starts, channelCells } = this.patterns
    const places = new Map(credit.cells.map((cell, place) => [cell, place]))
    const credits = new Float64Array(credit.cells.length)
    const standardErrors = new Float64Array(credit.cells.length)
    let baseline = 0
    for (const { at, one } of divided) {
      const weight = weightOf(at)
      baseline += weight * one.baseline
      one.credits.forEach((part, k) => {
        const place = places.get(channelCells[starts[at]! + k]!)!
        credits[place]! += weight * part
        // All come from one sample of coalitions, so that errors add up, and not variances.
        standardErrors[place]! += Math.abs(weight) * one.standardErrors[k]!
      })
    }
    return { ...credit, credits, standardErrors, baseline }
  }

  /** @returns the patterns of campaigns that are part of a channels' pattern. */
  patternsOf(pattern: number): Uint32Array {
    return this.order.subarray(this.starts[pattern], this.starts[pattern + 1])
  }
}

/** @returns by pattern of campaigns the channels' pattern that it is part of; -1 where nothing of it is credited. */
function channelPatternsOf(patterns: LeafPatterns, { patterns: block, conversions }: ConvertingPatterns) {
  const table = new PatternTable(block.wordsPerPattern)
  for (let at = 0; at < block.count; at++) table.intern(block.words, at * block.wordsPerPattern)
  const words = new Uint32Array(block.wordsPerPattern)
  const found = new Int32Array(patterns.count).fill(-1)
  const left = conversions.slice()
  for (let at = 0; at < patterns.count; at++) {
    if (patterns.credited[at] === 0) continue
    words.fill(0)
    for (let k = patterns.starts[at]!; k < patterns.starts[at + 1]!; k++) {
      const cell = patterns.channelCells[k]!
      words[cell >>> 5]! |= 1 << (cell & 31)
    }
    const pattern = table.find(words, 0)
    if (pattern < 0) throw misfit()
    found[at] = pattern
    left[pattern]! -= patterns.credited[at]!
  }
  for (let at = 0; at < block.count; at++) {
    const isTouched = block.words
      .subarray(at * block.wordsPerPattern, (at + 1) * block.wordsPerPattern)
      .some((word) => word !== 0)
    if (isTouched && left[at] !== 0) throw misfit()
  }
  return found
}

function misfit(): DataError {
  return new DataError(
    'the TFRecords of campaigns and those of channels hold different conversions: export again',
  )
}

/** Adds up credits by cells of campaigns. */
export class CampaignSums {
  private readonly split: CampaignSplit
  private readonly sums: CreditSums

  constructor(split: CampaignSplit) {
    this.split = split
    this.sums = new CreditSums(cellCount(split.patterns.of.grid))
  }

  /** Credits the conversions after a pattern of channels. O(touched cells of its patterns of campaigns). */
  add(credit: PatternCredit): void {
    const { split } = this
    const { conversions, value } = split.converting
    const own = split.patternsOf(credit.pattern)
    if (own.length === 0) {
      this.sums.add({ ...credit, cells: [] }, conversions[credit.pattern]!, value[credit.pattern]!)
    }
    for (const at of own) {
      this.sums.add(split.creditOf(credit, at), split.patterns.credited[at]!, split.value[at]!)
    }
  }

  /**
   * @param whole the method's credits of channels, of whose patterns all have been added.
   * @returns the credits of campaigns, and of channels as their sums. O(cells).
   */
  totals(whole: CellCredits): SplitCredits {
    const { converting, patterns } = this.split
    const campaigns = { ...whole, ...this.sums.totals() }
    checkIdentity(campaigns, compensatedSum(converting.conversions), compensatedSum(converting.value))
    const { baselineConversions, baselineValue } = campaigns
    return {
      credits: {
        ...whole,
        conversions: sumOfCampaigns(campaigns.conversions, patterns),
        value: sumOfCampaigns(campaigns.value, patterns),
        baselineConversions,
        baselineValue,
      },
      campaigns,
    }
  }
}

/** @returns sums by cells of channels. O(cells). */
function sumOfCampaigns(byLeaf: Float64Array, { of }: LeafPatterns): Float64Array {
  const { leaves, grid, channelGrid } = of
  const terms = Array.from({ length: cellCount(channelGrid) }, (): number[] => [])
  byLeaf.forEach((amount, cell) => {
    const leaf = cell % grid.channelCount
    const day = (cell - leaf) / grid.channelCount
    terms[day * channelGrid.channelCount + leaves[leaf]!.channel]!.push(amount)
  })
  return Float64Array.from(terms, compensatedSum)
}
