import { expect, it } from 'vitest'
import { areaUnderCurve, binByRank, rankByScore } from '../../src/numerics/ranking.ts'

it('puts equal scores into one group, the lowest first', () => {
  const ranks = rankByScore(Float64Array.of(0.3, 0.1, 0.3, 0.2))
  expect(ranks.map((group) => [...group])).toEqual([[1], [3], [0, 2]])
})

it('has no area where a class is missing', () => {
  const ranks = rankByScore(Float64Array.of(0.3, 0.1))
  expect(areaUnderCurve(ranks, [1, 1], [0, 0])).toBeUndefined()
  expect(areaUnderCurve(ranks, [1, 0], [0, 1])).toBe(1)
})

it('ends with scores that are not numbers', () => {
  expect(rankByScore(Float64Array.of(Number.NaN, Number.NaN))).toHaveLength(2)
})

it('cuts at tenths of the size, never within equal scores', () => {
  const scores = Float64Array.from({ length: 20 }, (_, at) => (at < 5 ? 0 : at))
  const bins = binByRank(rankByScore(scores), new Float64Array(20).fill(1))
  expect(bins[0]).toEqual([0, 1, 2, 3, 4])
  expect(bins.flat()).toHaveLength(20)
  expect(bins.slice(1).map((bin) => bin.length)).toEqual([1, 2, 2, 2, 2, 2, 2, 2])
})
