import { expect, it } from 'vitest'
import { drawDecayingArrivals, drawFactor } from '../../src/numerics/distributions.ts'
import { createRandom } from '../../src/numerics/random.ts'

it('draws arrivals of a rate that halves', () => {
  const random = createRandom(1, 'arrivals')
  const draws = Array.from({ length: 40_000 }, () => [...drawDecayingArrivals(random, 0.7, 3)])
  for (const until of [1, 3, 9, Number.MAX_VALUE]) {
    const probability = -Math.expm1(-0.7 * (1 - 2 ** (-until / 3)))
    const arrived = draws.filter(([first = Number.POSITIVE_INFINITY]) => first <= until).length / draws.length
    const standardError = Math.sqrt((probability * (1 - probability)) / draws.length)
    expect(Math.abs(arrived - probability)).toBeLessThan(4.5 * standardError)
  }
  // A Poisson number of them in all, whose variance is its mean.
  const mean = draws.flat().length / draws.length
  expect(Math.abs(mean - 0.7)).toBeLessThan(4.5 * Math.sqrt(0.7 / draws.length))
})

it('never arrives where nothing is expected', () => {
  expect([...drawDecayingArrivals(createRandom(1, 'arrivals'), 0, 3)]).toEqual([])
})

it('draws factors that average 1', () => {
  const random = createRandom(2, 'factors')
  const mean =
    Array.from({ length: 40_000 }, () => drawFactor(random, 0.7)).reduce((sum, x) => sum + x, 0) / 40_000
  // The standard deviation of a lognormal with mean 1: sqrt(exp(0.7^2) - 1).
  expect(Math.abs(mean - 1)).toBeLessThan((4.5 * Math.sqrt(Math.expm1(0.49))) / Math.sqrt(40_000))
})
