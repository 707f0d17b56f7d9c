import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { creditedPatterns } from '../../src/examples/distinct-patterns.ts'
import { cellsOf, type PatternRecord } from '../../src/examples/pattern.ts'

const grid = { lookbackDays: 3, channelCount: 2 }
const record = (daysBefore: number[], channels: number[], count: number, value: number): PatternRecord => {
  return { daysBefore, channels, label: 1, count, validationCount: 0, value }
}

it('adds up conversions and value of equal patterns, in the order in which they first occur', () => {
  const { patterns, conversions, value } = creditedPatterns(grid, [
    record([0, 2], [1, 0], 2, 10),
    record([], [], 1, 5),
    record([0, 2], [1, 0], 3, -4),
  ])
  expect(patterns.count).toBe(2)
  expect([cellsOf(patterns, 0), cellsOf(patterns, 1)]).toEqual([[1, 4], []])
  expect([[...conversions], [...value]]).toEqual([
    [5, 1],
    [6, 5],
  ])
})

it('takes the conversions that are credited, and leaves out patterns without any', () => {
  const { patterns, conversions } = creditedPatterns(grid, [
    { ...record([0], [0], 4, 0), creditedCount: 1 },
    { ...record([1], [0], 4, 0), creditedCount: 0 },
    { ...record([2], [0], 4, 0), label: 0 },
  ])
  expect(cellsOf(patterns, 0)).toEqual([0])
  expect([...conversions]).toEqual([1])
})

it('refuses a touch outside the grid', () => {
  expect(() => creditedPatterns(grid, [record([3], [0], 1, 0)])).toThrow(
    new DataError(
      'patterns: got a touch 3 days before on channel 0, the grid has 3 days and 2 channels; export again',
    ),
  )
})
