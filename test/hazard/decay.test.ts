import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildCurves, freeDecay, HALF_LIVES } from '../../src/hazard/decay.ts'

it('ends a step on each of the first ten days, then fewer and fewer', () => {
  expect(freeDecay(1)).toEqual({ lastDays: [0] })
  expect(freeDecay(7)).toEqual({ lastDays: [0, 1, 2, 3, 4, 5, 6] })
  expect(freeDecay(14)).toEqual({ lastDays: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13] })
  expect(freeDecay(30)).toEqual({ lastDays: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 17, 23, 29] })
})

it('ends steps in order and the last one on the oldest day, whatever the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 365 }), (lookbackDays) => {
      const { lastDays } = freeDecay(lookbackDays) as { lastDays: readonly number[] }
      expect(lastDays.at(-1)).toBe(lookbackDays - 1)
      lastDays.forEach((day, at) => {
        expect(day).toBeGreaterThan(lastDays[at - 1] ?? -1)
      })
    }),
  )
})

it('has curves that never rise', () => {
  for (const decayed of [HALF_LIVES, freeDecay(30)]) {
    for (const curve of buildCurves(decayed, 30)) {
      for (let day = 1; day < 30; day++) expect(curve[day]).toBeLessThanOrEqual(curve[day - 1]!)
    }
  }
})
