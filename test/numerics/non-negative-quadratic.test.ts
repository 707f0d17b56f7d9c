import fc from 'fast-check'
import { expect, it } from 'vitest'
import { maximizeQuadratic } from '../../src/numerics/non-negative-quadratic.ts'

const entries = (length: number, min: number) =>
  fc.array(fc.double({ min, max: 1, noNaN: true }), { minLength: length, maxLength: length })

it('ends where no entry gains: held ones want to fall, free ones are level', () => {
  const problem = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      root: entries(size * size, -1),
      gradient: entries(size, -1),
      start: entries(size, 0),
    }),
  )
  fc.assert(
    fc.property(problem, ({ size, root, gradient, start }) => {
      // root * root' + 0.1: positive definite, well conditioned, so that the ridge of 1e-9 stays below 1e-7.
      const hessian = Float64Array.from({ length: size * size }, (_, at) => {
        const row = Math.floor(at / size)
        const column = at % size
        let sum = row === column ? 0.1 : 0
        for (let k = 0; k < size; k++) sum += (root[row * size + k] ?? 0) * (root[column * size + k] ?? 0)
        return sum
      })
      const x = maximizeQuadratic(hessian, Float64Array.from(gradient), Float64Array.from(start))
      x.forEach((entry, row) => {
        let slope = gradient[row] ?? 0
        x.forEach((other, column) => {
          slope -= (hessian[row * size + column] ?? 0) * (other - (start[column] ?? 0))
        })
        expect(entry).toBeGreaterThanOrEqual(0)
        expect(slope).toBeLessThan(1e-6)
        if (entry > 1e-7) expect(Math.abs(slope)).toBeLessThan(1e-6)
      })
    }),
    { seed: 11, numRuns: 500 },
  )
})

it('stays where it is at the maximum, though columns are collinear', () => {
  const start = Float64Array.of(0.2, 0.3)
  const x = maximizeQuadratic(Float64Array.of(1, 1, 1, 1), Float64Array.of(0, 0), start)
  expect(x[0]).toBeCloseTo(0.2, 6)
  expect(x[1]).toBeCloseTo(0.3, 6)
})

it('leaves thousands of entries without curvature as they are, and finds the others as if alone', () => {
  const size = 2000
  const curved = [3, 700, 1999]
  const small = Float64Array.of(2, 0, 0, 1, 2, 0, 0, 1, 2)
  const hessian = new Float64Array(size * size)
  curved.forEach((row, k) => {
    for (let l = 0; l <= k; l++) hessian[row * size + curved[l]!] = small[3 * k + l]!
  })
  const start = new Float64Array(size).fill(0.5)
  const x = maximizeQuadratic(hessian, new Float64Array(size).fill(1), start)
  const alone = maximizeQuadratic(small, new Float64Array(3).fill(1), new Float64Array(3).fill(0.5))
  expect(Array.from(curved, (j) => x[j])).toEqual([...alone])
  expect(alone.every((entry) => entry > 0.5)).toBe(true)
  expect(x.every((entry, j) => curved.includes(j) || entry === 0.5)).toBe(true)
})
