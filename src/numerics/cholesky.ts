/**
 * Solves a linear system by the square-root-like factor of its matrix (Golub and Van Loan, Matrix Computations, 4.2).
 * @param matrix symmetric positive definite, row by row; its lower triangle is overwritten by the factor.
 * @param right right-hand side; overwritten by the solution.
 * @returns the solution. O(size^3 / 6).
 * @throws Error where the matrix is not positive definite.
 */
export function solvePositiveDefinite(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length
  factorPositiveDefinite(matrix, size)
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) right[row]! -= matrix[row * size + k]! * right[k]!
    right[row]! /= matrix[row * size + row]!
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) right[row]! -= matrix[k * size + row]! * right[k]!
    right[row]! /= matrix[row * size + row]!
  }
  return right
}

/**
 * @param matrix symmetric positive definite, row by row; its lower triangle is overwritten by the factor.
 * @throws Error where the matrix is not positive definite. O(size^3 / 6).
 */
export function factorPositiveDefinite(matrix: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column]!
      for (let k = 0; k < column; k++) rest -= matrix[row * size + k]! * matrix[column * size + k]!
      if (row > column) matrix[row * size + column] = rest / matrix[column * size + column]!
      else if (rest > 0) matrix[row * size + row] = Math.sqrt(rest)
      else throw new Error(`matrix is not positive definite: pivot ${row} is ${rest}`)
    }
  }
}

/** @param factor of {@link factorPositiveDefinite}. @returns the logarithm of the matrix's determinant. O(size). */
export function logDeterminant(factor: Float64Array, size: number): number {
  let sum = 0
  for (let row = 0; row < size; row++) sum += 2 * Math.log(factor[row * size + row]!)
  return sum
}

/** @param factor of {@link factorPositiveDefinite}. @returns the diagonal of the matrix's inverse. O(size^3 / 6). */
export function inverseDiagonal(factor: Float64Array, size: number): Float64Array {
  const diagonal = new Float64Array(size)
  const solved = new Float64Array(size)
  for (let column = 0; column < size; column++) {
    // The column of the factor's inverse.
    for (let row = column; row < size; row++) {
      let rest = row === column ? 1 : 0
      for (let k = column; k < row; k++) rest -= factor[row * size + k]! * solved[k]!
      solved[row] = rest / factor[row * size + row]!
      diagonal[column]! += solved[row]! ** 2
    }
  }
  return diagonal
}
