import { expect, it } from 'vitest'
import { chiSquareTail } from '../../src/numerics/chi-square.ts'

// Critical values at 5 % and 1 %: NIST/SEMATECH e-Handbook, 1.3.6.7.4.
it.each([
  [3.841, 1, 0.05],
  [5.991, 2, 0.05],
  [7.815, 3, 0.05],
  [9.488, 4, 0.05],
  [14.067, 7, 0.05],
  [6.635, 1, 0.01],
  [11.345, 3, 0.01],
  [23.209, 10, 0.01],
])('is above %d with %d degrees of freedom with the probability of the table', (x, degrees, probability) => {
  // The table has three decimals: half of the last one is worth at most that part of the probability.
  expect(Math.abs(chiSquareTail(x, degrees) / probability - 1)).toBeLessThan(0.0005)
})

it('is certain from 0 on', () => {
  expect([0, -1].map((x) => chiSquareTail(x, 3))).toEqual([1, 1])
})
