import fc from 'fast-check'
import { expect, it } from 'vitest'
import { buildCurves, freeDecay, HALF_LIVES } from '../../src/hazard/decay.ts'

it('ends a step on each day, or on days further and further apart', () => {
  expect(freeDecay(1, 15)).toEqual({ lastDays: [0] })
  expect(freeDecay(7, 7)).toEqual({ lastDays: [0, 1, 2, 3, 4, 5, 6] })
  expect(freeDecay(30, 12)).toEqual({ lastDays: [0, 1, 2, 4, 5, 8, 11, 15, 21, 29] })
})

it('ends steps in order, no more than asked for, and the last one on the oldest day, whatever the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 365 }), fc.integer({ min: 2, max: 20 }), (lookbackDays, most) => {
      const { lastDays } = freeDecay(lookbackDays, most) as { lastDays: readonly number[] }
      expect(lastDays[0]).toBe(0)
      expect(lastDays.at(-1)).toBe(lookbackDays - 1)
      expect(lastDays.length).toBeLessThanOrEqual(most)
      lastDays.forEach((day, at) => {
        expect(day).toBeGreaterThan(lastDays[at - 1] ?? -1)
      })
    }),
  )
})

it('has curves that never rise', () => {
  for (const decayed of [HALF_LIVES, freeDecay(30, 15)]) {
    for (const curve of buildCurves(decayed, 30)) {
      for (let day = 1; day < 30; day++) expect(curve[day]).toBeLessThanOrEqual(curve[day - 1]!)
    }
  }
})
