import { describe, expect, it } from 'vitest'
import { type BulkRules, type DayRows, findBulk } from '../../src/queries/bulk.ts'

const rules: BulkRules = { gapDays: 30, maySkipFirst: true, maySkipLast: true }

function daysOf(...rows: readonly (readonly [day: number, rows: number])[]): readonly DayRows[] {
  return rows.map(([day, count]) => {
    return { day, rows: count, firstAtSec: day * 86_400, lastAtSec: day * 86_400 + 60 }
  })
}

const full = Array.from({ length: 20 }, (_, at) => [1000 + at, 100] as const)

function bulkOf(rows: readonly (readonly [number, number])[], changes: Partial<BulkRules> = {}) {
  const { firstDay, lastDay, before, after, gaps } = findBulk(daysOf(...rows), { ...rules, ...changes })
  const dayOf = ({ day }: DayRows) => day
  return {
    span: [firstDay, lastDay],
    before: before.map(dayOf),
    after: after.map(dayOf),
    gaps: gaps.map(([former, next]) => [former.day, next.day]),
  }
}

describe('the bulk of the rows', () => {
  it('is all of them where no gap is longer than allowed', () => {
    const rows = [[969, 1] as const, ...full, [1050, 1] as const]
    expect(bulkOf(rows)).toEqual({ span: [969, 1050], before: [], after: [], gaps: [] })
  })

  it('leaves out few rows beyond a longer gap, at either end', () => {
    const rows = [[10, 1], [968, 1], ...full, [1051, 4], [9000, 1]] as const
    expect(bulkOf(rows)).toEqual({ span: [1000, 1019], before: [10, 968], after: [1051, 9000], gaps: [] })
  })

  it('keeps half a per cent of the rows, and says where the gap is', () => {
    // 1,990 rows in the days, and 10 beyond the gap: exactly 0.5 %.
    const rows = [...full.slice(0, 19), [1019, 90], [1051, 10]] as const
    expect(bulkOf(rows)).toEqual({ span: [1000, 1051], before: [], after: [], gaps: [[1019, 1051]] })
    const fewer = [...full.slice(0, 19), [1019, 91], [1051, 9]] as const
    expect(bulkOf(fewer).after).toEqual([1051])
  })

  it('keeps the ends that the user named', () => {
    const rows = [[10, 1], ...full, [9000, 1]] as const
    expect(bulkOf(rows, { maySkipFirst: false })).toMatchObject({ span: [10, 1019], after: [9000] })
    expect(bulkOf(rows, { maySkipLast: false })).toMatchObject({ span: [1000, 9000], before: [10] })
  })

  it('has longer gaps with a longer lookback window', () => {
    const rows = [...full, [1060, 1]] as const
    expect(bulkOf(rows, { gapDays: 40 }).after).toEqual([])
    expect(bulkOf(rows, { gapDays: 39 }).after).toEqual([1060])
  })

  it('of a few rows is all of them', () => {
    expect(
      bulkOf([
        [1, 1],
        [9000, 1],
      ]),
    ).toEqual({ span: [1, 9000], before: [], after: [], gaps: [[1, 9000]] })
  })
})
