import { expect, it } from 'vitest'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import { DaySets } from '../../src/queries/day-sets.ts'
import { setLayoutOf } from '../../src/queries/day-sets-sql.ts'

const wide = wordLayoutOf({ lookbackDays: 3, channelCount: 60 })

it('numbers sets of channels only where touches take many words', () => {
  expect(setLayoutOf(wordLayoutOf({ lookbackDays: 30, channelCount: 52 }), 1000)).toBeUndefined()
  expect(setLayoutOf(wordLayoutOf({ lookbackDays: 14, channelCount: 300 }), 2_000_000)?.count).toBe(7)
})

it('gives each number of a set its words, and 0 those of none', () => {
  const numbers = setLayoutOf(wide, 100)!
  expect(numbers).toMatchObject({ count: 1, channelsPerWord: 8 })
  const sets = new DaySets(numbers, wide)
  sets.add(1 * 2 + 0, 5)
  sets.add(1 * 2 + 1, 7)
  sets.add(2 * 2 + 0, 9)
  const patterns = [Float64Array.of(1 + 2 * 2 ** 16, 2 * 2 ** 8)]
  expect(sets.wordsOf(patterns).map((word) => [...word])).toEqual([
    [5, 0],
    [7, 0],
    [0, 9],
    [0, 0],
    [9, 0],
    [0, 0],
  ])
})
