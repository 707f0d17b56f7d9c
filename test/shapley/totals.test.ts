import { describe, expect, it } from 'vitest'
import { compensatedSum } from '../../src/numerics/compensated-sum.ts'
import type { CellCredits } from '../../src/shapley/credit.ts'
import {
  buildAttributionRows,
  buildShapleyChannelShares,
  buildShapleyRows,
  sumByChannel,
  sumByDay,
} from '../../src/shapley/totals.ts'

const grid = { lookbackDays: 2, channelCount: 3 }
const channels = ['display', 'email', 'search']

const credits: CellCredits = {
  conversions: Float64Array.of(4, 1, 3, 2, -1, 1),
  value: Float64Array.of(40, 10, 30, 20, -10, 10),
  standardError: Float64Array.of(0.5, 0, 0, 0.25, 0, 0),
  baselineConversions: 5,
  baselineValue: 50,
  evaluations: 64,
  evaluationSeconds: 1,
  exactPatterns: 8,
  sampledPatterns: 2,
}
const nothing = { ...credits, conversions: Float64Array.of(1, -1, 0, 0, 0, 0) }

const context = { grid, channels, entryConversions: 7, entryValue: 70, seedFormat: false, hasValue: true }

const sum = (amounts: readonly (number | null)[]) => compensatedSum(amounts.map((amount) => amount ?? 0))

describe('totals of cells', () => {
  it('add over days for a channel, and over channels for a day', () => {
    expect(sumByChannel(credits.conversions, grid)).toEqual(Float64Array.of(6, 0, 4))
    expect(sumByDay(credits.conversions, grid)).toEqual(Float64Array.of(8, 2))
  })
})

describe('the table shapley', () => {
  it('has a row a day whose cells are shares of all cells', () => {
    expect(buildShapleyRows(credits, grid)).toEqual([
      { daysBefore: 0, shares: [0.4, 0.1, 0.3] },
      { daysBefore: 1, shares: [0.2, -0.1, 0.1] },
    ])
  })

  it('adds up to 1 over the table, whatever the credits', () => {
    const odd = { ...credits, conversions: Float64Array.of(1 / 3, 1 / 7, 1e6 / 9, -1 / 11, 1e-9, 5) }
    const shares = buildShapleyRows(odd, grid).flatMap((row) => row.shares)
    // Six quotients and a sum, each rounded by at most 2^-53 of a share of at most 1.
    expect(Math.abs(sum(shares) - 1)).toBeLessThanOrEqual(7 * 2 ** -53)
  })

  it('has its column sums in shapley_channel', () => {
    const byChannel = buildShapleyChannelShares(credits, grid)
    const rows = buildShapleyRows(credits, grid)
    channels.forEach((_, channel) => {
      expect(byChannel[channel]).toBeCloseTo(sum(rows.map((row) => row.shares[channel] ?? null)), 15)
    })
  })

  it('shares nothing where the channels’ total is not positive', () => {
    expect(buildShapleyRows(nothing, grid).map((row) => row.shares)).toEqual([
      [null, null, null],
      [null, null, null],
    ])
    expect(buildShapleyChannelShares(nothing, grid)).toEqual([null, null, null])
  })
})

describe('the rows of attribution', () => {
  it('name channel and day, and give the baseline the conversions that no touch preceded', () => {
    const rows = buildAttributionRows(credits, context)
    expect(rows).toHaveLength(7)
    expect(rows[3]).toEqual({
      channel: 'display',
      campaign: null,
      segment: null,
      daysBefore: 1,
      conversions: 2,
      value: 20,
      share: 0.2,
      standardError: 0.25,
      lower: null,
      upper: null,
    })
    expect(rows[6]).toEqual({
      channel: '(baseline)',
      campaign: null,
      segment: null,
      daysBefore: null,
      conversions: 12,
      value: 120,
      share: null,
      standardError: null,
      lower: null,
      upper: null,
    })
  })

  it('add up to all conversions, all value, and a share of 1', () => {
    const rows = buildAttributionRows(credits, context)
    expect(sum(rows.map((row) => row.conversions))).toBe(10 + 5 + 7)
    expect(sum(rows.map((row) => row.value))).toBe(100 + 50 + 70)
    // Six quotients, each rounded by at most 2^-53.
    expect(Math.abs(sum(rows.map((row) => row.share)) - 1)).toBeLessThanOrEqual(7 * 2 ** -53)
  })

  it('have no baseline in the seed format, where channels share all conversions and all value', () => {
    const rows = buildAttributionRows(credits, { ...context, seedFormat: true })
    expect(rows).toHaveLength(6)
    expect(rows.map((row) => row.channel)).not.toContain('(baseline)')
    // Six products, each rounded by at most 2^-53 of at most 22, or 220.
    expect(Math.abs(sum(rows.map((row) => row.conversions)) - 22)).toBeLessThanOrEqual(7 * 22 * 2 ** -53)
    expect(Math.abs(sum(rows.map((row) => row.value)) - 220)).toBeLessThanOrEqual(7 * 220 * 2 ** -53)
    expect(rows[0]).toEqual({
      channel: 'display',
      campaign: null,
      segment: null,
      daysBefore: 0,
      conversions: 4 * 2.2,
      value: 40 * 2.2,
      share: 0.4,
      standardError: 0.5 * 2.2,
      lower: null,
      upper: null,
    })
  })

  it('have no value without a value column', () => {
    const rows = buildAttributionRows(credits, { ...context, hasValue: false })
    expect(rows.map((row) => row.value)).toEqual(Array(7).fill(null))
  })

  it('keep conversions but give no share where the channels’ total is not positive', () => {
    const rows = buildAttributionRows(nothing, context)
    expect(rows.map((row) => row.share)).toEqual(Array(7).fill(null))
    expect(rows[0]?.conversions).toBe(1)
    const seedRows = buildAttributionRows(nothing, { ...context, seedFormat: true })
    expect(seedRows.map((row) => row.conversions)).toEqual(Array(6).fill(null))
  })
})
