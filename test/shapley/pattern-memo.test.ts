import { describe, expect, it } from 'vitest'
import { PatternMemo } from '../../src/shapley/pattern-memo.ts'
import { SubPatterns } from '../../src/shapley/sub-patterns.ts'

describe('a memo of pattern values', () => {
  const grid = { lookbackDays: 5, channelCount: 8 }

  it('hands out patterns without a value once, in order, as a block of the grid', () => {
    const memo = new PatternMemo(grid)
    const words = Uint32Array.of(1, 0, 2, 0, 1, 0, 3, 4)
    expect([0, 2, 4, 6].map((offset) => memo.intern(words, offset))).toEqual([0, 1, 0, 2])
    expect(memo.pending(2)).toEqual({ grid, count: 2, wordsPerPattern: 2, words: Uint32Array.of(1, 0, 2, 0) })
    memo.store([Float64Array.of(0.1, 0.2)])
    expect(memo.pendingCount).toBe(1)
    expect(memo.pending(2)).toEqual({ grid, count: 1, wordsPerPattern: 2, words: Uint32Array.of(3, 4) })
    memo.store([Float64Array.of(0.3)])
    expect(memo.pendingCount).toBe(0)
    expect(memo.count).toBe(3)
    expect(memo.valuesAt(Uint32Array.of(2, 0, 0, 1))).toEqual(Float64Array.of(0.3, 0.1, 0.1, 0.2))
  })

  it('keeps the values of many patterns while it grows', () => {
    const memo = new PatternMemo(grid)
    for (let batch = 0; batch < 20; batch++) {
      for (let at = 0; at < 100; at++) memo.intern(Uint32Array.of(batch * 100 + at, 7), 0)
      memo.store([Float64Array.from({ length: 100 }, (_, at) => batch * 100 + at)])
    }
    expect(memo.valuesAt(Uint32Array.of(0, 999, 1999))).toEqual(Float64Array.of(0, 999, 1999))
  })

  it('keeps the values of several models apart', () => {
    const memo = new PatternMemo(grid, 2)
    memo.intern(Uint32Array.of(1, 0), 0)
    memo.intern(Uint32Array.of(2, 0), 0)
    memo.store([Float64Array.of(0.1, 0.2), Float64Array.of(0.3, 0.4)])
    const values = [0, 1].map((model) => memo.valuesAt(Uint32Array.of(1, 0), model))
    expect(values).toEqual([Float64Array.of(0.2, 0.1), Float64Array.of(0.4, 0.3)])
    expect(memo.pendingCount).toBe(0)
  })
})

describe('the memo of a game', () => {
  it('tells what is missing, up to a number, and finds what was interned', () => {
    for (const grid of [
      { lookbackDays: 2, channelCount: 8 },
      { lookbackDays: 4, channelCount: 8 },
    ]) {
      const memo = new PatternMemo(grid)
      const coalitions = new SubPatterns(1)
      memo.intern(Uint32Array.of(5), 0)
      coalitions.writeAll([0, 2, 9])
      expect(memo.countMissing(coalitions, 100)).toBe(7)
      expect(memo.countMissing(coalitions, 2)).toBeGreaterThan(2)
      memo.internAll(coalitions)
      expect(memo.countMissing(coalitions, 0)).toBe(0)
      expect(memo.count).toBe(8)
      expect([memo.has(Uint32Array.of(512), 0), memo.has(Uint32Array.of(2), 0)]).toEqual([true, false])
      memo.store([Float64Array.of(5, 0, 1, 4, 512, 513, 516, 517)])
      expect(memo.valuesAt(memo.numbersOf(coalitions))).toEqual(
        Float64Array.of(0, 1, 4, 5, 512, 513, 516, 517),
      )
    }
  })
})
