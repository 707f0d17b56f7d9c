import { describe, expect, it } from 'vitest'
import type { Spend } from '../../src/queries/spend.ts'
import type { MethodRows } from '../../src/tables/attribution.ts'
import { performanceRows } from '../../src/tables/performance.ts'

/** A row of the attribution. */
function cell(
  channel: string,
  conversions: number | null,
  value: number | null = null,
): MethodRows['rows'][number] {
  const daysBefore = channel === '(baseline)' ? null : 0
  return {
    channel,
    daysBefore,
    conversions,
    value,
    share: null,
    campaign: null,
    segment: null,
    standardError: null,
    lower: null,
    upper: null,
  }
}

function methodOf(rows: MethodRows['rows'], channels: MethodRows['channels'] = null): MethodRows {
  return { method: 'linear', rows, channels }
}

function spendOf(byChannel: Readonly<Record<string, number>>): Spend {
  return {
    byChannel: new Map(Object.entries(byChannel)),
    byCampaign: undefined,
    channels: Object.keys(byChannel),
    withoutChannel: 0,
    ignored: 0,
    hasTime: true,
    isMissing: false,
    zoneless: { rows: 0, example: null },
  }
}

const unknown = { costPerConversion: null, returnOnAdSpend: null, lower: null, upper: null }

describe('cost and return', () => {
  it('are those of campaigns, too, where spend has them; campaigns without credit are a cost alone', () => {
    const part = (campaign: string, daysBefore: number, conversions: number) => ({
      ...cell('email', conversions, 10 * conversions),
      campaign,
      daysBefore,
    })
    const rows = [cell('email', 5, 50), part('spring', 0, 1), part('spring', 1, 3), part('(none)', 0, 1)]
    const byCampaign = [
      { channel: 'email', campaign: 'spring', spend: 8 },
      { channel: 'email', campaign: 'autumn', spend: 2 },
    ]
    const spend = { ...spendOf({ email: 10 }), byCampaign }
    const campaigns = [{ channel: 'email', campaign: 'spring', lower: 2, upper: 8 }]
    const found = performanceRows([{ ...methodOf(rows), campaigns }], spend, true)
    expect(found.map((row) => [row.campaign, row.conversions, row.spend, row.costPerConversion])).toEqual([
      [null, 5, 10, 2],
      ['spring', 4, 8, 2],
      ['(none)', 1, 0, 0],
      ['autumn', 0, 2, null],
    ])
    expect(found[1]).toMatchObject({ value: 40, returnOnAdSpend: 5, lower: 1, upper: 4 })
  })

  it('are those of a channel over all its days, and not of the baseline', () => {
    const rows = [cell('email', 3, 40), cell('search', 1, 5), cell('email', 5, 80), cell('(baseline)', 9, 90)]
    expect(performanceRows([methodOf(rows)], spendOf({ email: 16, search: 10 }), true)).toEqual([
      {
        ...{ method: 'linear', channel: 'email', campaign: null, conversions: 8, value: 120, spend: 16 },
        ...{ costPerConversion: 2, returnOnAdSpend: 7.5, lower: null, upper: null },
      },
      {
        ...{ method: 'linear', channel: 'search', campaign: null, conversions: 1, value: 5, spend: 10 },
        ...{ costPerConversion: 10, returnOnAdSpend: 0.5, lower: null, upper: null },
      },
    ])
  })

  it('of a channel with spend and no touch are a cost without conversions', () => {
    const [, radio] = performanceRows([methodOf([cell('email', 1, 1)])], spendOf({ radio: 7 }), true)
    expect(radio).toEqual({
      ...{ method: 'linear', channel: 'radio', campaign: null, conversions: 0, value: 0, spend: 7 },
      ...{ ...unknown, returnOnAdSpend: 0 },
    })
  })

  it('of a channel without spend have no return', () => {
    const [email] = performanceRows([methodOf([cell('email', 2, 10)])], spendOf({ search: 1 }), true)
    expect(email).toMatchObject({ spend: 0, costPerConversion: 0, returnOnAdSpend: null })
  })

  it.each([0, -0.5])('of %d conversions have no cost per conversion', (conversions) => {
    const [email] = performanceRows([methodOf([cell('email', conversions, -1)])], spendOf({ email: 4 }), true)
    expect(email).toMatchObject({ conversions, costPerConversion: null, returnOnAdSpend: -0.25 })
  })

  it('are null where conversions or value are not known', () => {
    const rows = [cell('email', null), cell('email', 1), cell('search', 1)]
    const found = performanceRows([methodOf(rows)], spendOf({ email: 4, search: 4, radio: 1 }), false)
    expect(
      found.map(({ conversions, value, costPerConversion, returnOnAdSpend }) => {
        return [conversions, value, costPerConversion, returnOnAdSpend]
      }),
    ).toEqual([
      [null, null, null, null],
      [1, null, 4, null],
      [0, null, null, null],
    ])
  })

  it('have the interval of the conversions turned round, open where there may be none', () => {
    const rows = [cell('email', 4), cell('search', 2), cell('push', 0)]
    const channels = [
      { channel: 'email', lower: 2, upper: 8 },
      { channel: 'search', lower: -1, upper: 5 },
      { channel: 'push', lower: -3, upper: -1 },
    ]
    const spend = spendOf({ email: 16, search: 10, push: 1 })
    const found = performanceRows([methodOf(rows, channels)], spend, false)
    expect(found.map(({ lower, costPerConversion, upper }) => [lower, costPerConversion, upper])).toEqual([
      [2, 4, 8],
      [2, 5, null],
      [null, null, null],
    ])
  })

  it('stand side by side for all methods', () => {
    const methods = [methodOf([cell('email', 4)]), { ...methodOf([cell('email', 2)]), method: 'markov_1' }]
    const found = performanceRows(methods, spendOf({ email: 8 }), false)
    expect(found.map(({ method, costPerConversion }) => [method, costPerConversion])).toEqual([
      ['linear', 2],
      ['markov_1', 4],
    ])
  })
})
