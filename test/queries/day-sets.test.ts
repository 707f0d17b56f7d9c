import { expect, it } from 'vitest'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import { DaySets } from '../../src/queries/day-sets.ts'
import { checkOf, NUMBER_STEP, setLayoutOf } from '../../src/queries/day-sets-sql.ts'

const wide = wordLayoutOf({ lookbackDays: 3, channelCount: 60 })

it('numbers sets of channels only where touches take many words', () => {
  expect(setLayoutOf(wordLayoutOf({ lookbackDays: 30, channelCount: 52 }), 1000)).toBeUndefined()
  expect(setLayoutOf(wordLayoutOf({ lookbackDays: 14, channelCount: 300 }), 2_000_000)?.count).toBe(7)
})

/** Sets of two words at the places 1 and 2. */
function twoSets() {
  const numbers = setLayoutOf(wide, 30)!
  expect(numbers).toMatchObject({ count: 1, channelsPerWord: 10 })
  const sets = new DaySets(numbers, wide)
  sets.add(1 * 2 + 0, 5)
  sets.add(1 * 2 + 1, 7)
  sets.add(2 * 2 + 0, 9)
  return sets
}
const first = NUMBER_STEP + checkOf([5, 7])
const second = 2 * NUMBER_STEP + checkOf([9, 0])

it('gives each number of a set its words, and 0 those of none', () => {
  const patterns = [Float64Array.of(first + second * 2 ** 20, second * 2 ** 10)]
  expect(
    twoSets()
      .wordsOf(patterns)
      .map((word) => [...word]),
  ).toEqual([
    [5, 0],
    [7, 0],
    [0, 9],
    [0, 0],
    [9, 0],
    [0, 0],
  ])
})

it('refuses numbers that were given when other sets were there', () => {
  const shifted = [
    2 * NUMBER_STEP + checkOf([5, 7]),
    NUMBER_STEP + checkOf([9, 0]),
    3 * NUMBER_STEP + checkOf([9, 0]),
  ]
  for (const number of shifted) {
    expect(() => twoSets().wordsOf([Float64Array.of(number)])).toThrow('rows of touchpoints came or went')
  }
})
