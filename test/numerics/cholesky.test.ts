import { describe, expect, it } from 'vitest'
import { solvePositiveDefinite } from '../../src/numerics/cholesky.ts'
import { createRandom } from '../../src/numerics/random.ts'

describe('solving a positive definite system', () => {
  it('solves one by hand', () => {
    // 4x + 2y = 8, 2x + 5y = 12: x = 1, y = 2; the factor is (2, 0; 1, 2), no rounding.
    const solution = solvePositiveDefinite(Float64Array.of(4, 2, 2, 5), Float64Array.of(8, 12))
    expect(solution).toEqual(Float64Array.of(1, 2))
  })

  it('gives back the vector that the right-hand side was made of', () => {
    const size = 30
    const random = createRandom(1, 'matrix')
    const root = Float64Array.from({ length: size * size }, () => random.uniform() - 0.5)
    const wanted = Float64Array.from({ length: size }, (_, at) => at - 10)
    const matrix = new Float64Array(size * size)
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        let sum = row === column ? 1 : 0
        for (let k = 0; k < size; k++) sum += (root[row * size + k] ?? 0) * (root[column * size + k] ?? 0)
        matrix[row * size + column] = sum
      }
    }
    const right = Float64Array.from({ length: size }, (_, row) =>
      wanted.reduce((sum, entry, column) => sum + (matrix[row * size + column] ?? 0) * entry, 0),
    )
    const solution = solvePositiveDefinite(matrix, right)
    // Eigenvalues lie from 1 to size + 1: condition number times size times 2^-53 times the largest entry.
    const tolerance = (size + 1) * size * 2 ** -53 * 20
    const errors = solution.map((entry, at) => Math.abs(entry - (wanted[at] ?? 0)))
    expect(Math.max(...errors)).toBeLessThan(tolerance)
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(() => solvePositiveDefinite(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow(
      new Error('matrix is not positive definite: pivot 1 is -3'),
    )
  })
})
