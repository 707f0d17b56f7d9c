import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { DistinctPatterns } from '../../src/examples/distinct-patterns.ts'
import { type LeafGrid, LeafPatterns } from '../../src/examples/leaf-patterns.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import type { HazardModel } from '../../src/hazard/model.ts'
import { compensatedSum } from '../../src/numerics/compensated-sum.ts'
import { CampaignSplit, creditSplit } from '../../src/shapley/campaign-credit.ts'
import { CreditSums } from '../../src/shapley/credit-sums.ts'

/** Channel 0 has three campaigns, channel 1 one, channel 2 two. */
const leaves = [0, 0, 0, 1, 2, 2].map((channel, at) => ({ channel, campaign: `c${at}` }))
const of: LeafGrid = {
  leaves,
  grid: { lookbackDays: 3, channelCount: 6 },
  channelGrid: { lookbackDays: 3, channelCount: 3 },
}
const model: HazardModel = {
  baseline: 0.002,
  decay: { lastDays: [0, 1, 2] },
  weights: [
    [0.01, 0.002, 0.003],
    [0, 0.004, 0.001],
    [0.02, 0, 0],
  ],
  pairs: [],
  logLikelihood: 0,
  iterations: 0,
}

const cell = fc.record({ day: fc.nat(2), leaf: fc.nat(5) })
const record = fc
  .record({
    cells: fc.uniqueArray(cell, { maxLength: 8, selector: ({ day, leaf }) => day * 6 + leaf }),
    count: fc.integer({ min: 1, max: 50 }),
    uncredited: fc.nat(3),
    value: fc.integer({ min: -100, max: 1000 }),
  })
  .map(({ cells, count, uncredited, value }): PatternRecord => {
    const sorted = [...cells].sort((one, other) => one.day - other.day || one.leaf - other.leaf)
    return {
      daysBefore: sorted.map(({ day }) => day),
      channels: sorted.map(({ leaf }) => leaf),
      label: 1,
      count: count + uncredited,
      creditedCount: count,
      validationCount: 0,
      value,
    }
  })
const factor = fc.double({ min: 0.05, max: 8, noNaN: true })
const factors = fc.array(factor, { minLength: 6, maxLength: 6 }).map((list) => Float64Array.from(list))

/** @returns patterns of campaigns, those of their channels, and the campaigns' as if each were a channel. */
function patternsOf(records: readonly PatternRecord[]) {
  const patterns = new LeafPatterns(of)
  const channels = new DistinctPatterns(of.channelGrid)
  const single = new DistinctPatterns(of.grid)
  for (const one of records) {
    if (one.channels.length > 0) patterns.add(one)
    channels.addCredited({ ...one, channels: one.channels.map((leaf) => leaves[leaf]!.channel) })
    single.addCredited(one)
  }
  return { patterns, converting: channels.build(), single: single.build() }
}

const add = (amounts: Float64Array, cells: readonly number[]) =>
  compensatedSum(cells.map((at) => amounts[at]!))
const partsOf = (day: number, channel: number) =>
  leaves.flatMap((leaf, at) => (leaf.channel === channel ? [day * 6 + at] : []))

describe('the credits of campaigns', () => {
  it('add up to those of channels and days, and all of them with the baseline to the conversions', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), factors, (records, drawn) => {
        const { patterns, converting } = patternsOf(records)
        const split = new CampaignSplit(patterns, drawn, converting)
        const { credits, campaigns } = creditSplit(split, (each) =>
          attributeByHazard(model, converting, each),
        )
        for (const kind of ['conversions', 'value'] as const) {
          credits[kind].forEach((whole, at) => {
            const parts = partsOf(Math.floor(at / 3), at % 3)
            expect(Math.abs(add(campaigns![kind], parts) - whole)).toBeLessThanOrEqual(
              1e-9 * (1 + Math.abs(whole)),
            )
          })
        }
        // What patterns have on average is what channels have in all.
        const means = new CreditSums(9)
        let size = 1
        attributeByHazard(model, converting, (one) => {
          const mean = split.meanCredit(one)
          means.add(mean.conversions, converting.conversions[one.pattern]!, 0)
          means.add(mean.value ?? mean.conversions, 0, converting.value[one.pattern]!)
          if (mean.moreValue) means.add(mean.moreValue, 0, converting.conversions[one.pattern]!)
        })
        for (const amount of [...split.value, ...converting.conversions]) size += Math.abs(amount)
        const { conversions, value } = means.totals()
        credits.conversions.forEach((credit, at) => {
          expect(Math.abs(conversions[at]! - credit)).toBeLessThan(1e-9 * size)
          expect(Math.abs(value[at]! - credits.value[at]!)).toBeLessThan(1e-9 * size)
        })
        const all = compensatedSum([...campaigns!.conversions, campaigns!.baselineConversions])
        expect(Math.abs(all - compensatedSum(converting.conversions))).toBeLessThan(1e-9 * all)
      }),
    )
  })

  it('leave the channels what they had where all campaigns are alike', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), (records) => {
        const { patterns, converting } = patternsOf(records)
        const whole = attributeByHazard(model, converting)
        const split = new CampaignSplit(patterns, new Float64Array(6).fill(1), converting)
        const { credits } = creditSplit(split, (each) => attributeByHazard(model, converting, each))
        credits.conversions.forEach((credit, at) => {
          expect(Math.abs(credit - whole.conversions[at]!)).toBeLessThan(1e-9 * (1 + credit))
        })
      }),
    )
  })

  it('are those of a hazard model with a term for each campaign, where no two of a channel meet on a day', () => {
    const alone = record.filter(({ daysBefore, channels }) => {
      const cells = channels.map((leaf, at) => daysBefore[at]! * 3 + leaves[leaf]!.channel)
      return new Set(cells).size === cells.length
    })
    fc.assert(
      fc.property(fc.array(alone, { minLength: 1, maxLength: 12 }), factors, (records, drawn) => {
        const { patterns, converting, single } = patternsOf(records)
        const split = new CampaignSplit(patterns, drawn, converting)
        const { campaigns } = creditSplit(split, (each) => attributeByHazard(model, converting, each))
        const weights = leaves.map(({ channel }, leaf) =>
          model.weights[channel]!.map((weight) => weight * drawn[leaf]!),
        )
        const expected = attributeByHazard({ ...model, weights }, single)
        campaigns!.conversions.forEach((credit, at) => {
          expect(Math.abs(credit - expected.conversions[at]!)).toBeLessThan(1e-9 * (1 + credit))
        })
      }),
    )
  })

  it('are refused where channels have other conversions', () => {
    const touched: PatternRecord = {
      daysBefore: [0],
      channels: [1],
      label: 1,
      count: 3,
      validationCount: 0,
      value: 0,
    }
    const { converting } = patternsOf([touched])
    const { patterns } = patternsOf([{ ...touched, count: 2 }])
    expect(() => new CampaignSplit(patterns, new Float64Array(6), converting)).toThrow(DataError)
  })
})
