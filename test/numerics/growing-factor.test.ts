import { expect, it } from 'vitest'
import { solvePositiveDefinite } from '../../src/numerics/cholesky.ts'
import { GrowingFactor } from '../../src/numerics/growing-factor.ts'
import { createRandom } from '../../src/numerics/random.ts'

const SIZE = 12
const random = createRandom(5, 'factor')
const root = Float64Array.from({ length: SIZE * SIZE }, () => random.uniform() - 0.5)
const matrix = Float64Array.from({ length: SIZE * SIZE }, (_, at) => {
  const [row, column] = [Math.floor(at / SIZE), at % SIZE]
  let sum = row === column ? 0.1 : 0
  for (let k = 0; k < SIZE; k++) sum += root[row * SIZE + k]! * root[column * SIZE + k]!
  return sum
})
const right = Float64Array.from({ length: SIZE }, () => random.uniform())

/** Of the columns, from a factor of its own. */
function solveAnew(columns: readonly number[]): Float64Array {
  const part = Float64Array.from(
    columns.flatMap((row) => columns.map((column) => matrix[row * SIZE + column]!)),
  )
  const solved = solvePositiveDefinite(
    part,
    Float64Array.from(columns, (column) => right[column]!),
  )
  const whole = new Float64Array(SIZE)
  columns.forEach((column, at) => {
    whole[column] = solved[at]!
  })
  return whole
}

it('solves what a new factor does, whatever came and went', () => {
  const factor = new GrowingFactor(matrix, SIZE, 1e-9)
  for (let change = 0; change < 300; change++) {
    const column = random.below(SIZE)
    if (factor.columns.includes(column)) factor.remove(column)
    else factor.add(column)
    const expected = solveAnew(factor.columns)
    // Eigenvalues are from 0.1 to some 6: 300 changes of rounding errors leave some 1e-12.
    factor.solve(right).forEach((entry, at) => {
      expect(Math.abs(entry - expected[at]!)).toBeLessThan(1e-10)
    })
  }
})
