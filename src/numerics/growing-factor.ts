/**
 * The Cholesky factor of some rows and columns of a matrix, which come and go one by one (Golub and Van Loan, Matrix
 * Computations, 6.5.4): O(columns^2) for each instead of the O(columns^3) of a new factor.
 */
export class GrowingFactor {
  /** In the order in which they came. */
  readonly columns: number[] = []
  private readonly matrix: Float64Array
  private readonly size: number
  private readonly least: number
  /** Row by row, its lower triangle. */
  private readonly rows: Float64Array[] = []

  /**
   * @param matrix symmetric, row by row.
   * @param least no pivot is below this part of the matrix's diagonal but for rounding, since such a ridge is in it.
   */
  constructor(matrix: Float64Array, size: number, least: number) {
    this.matrix = matrix
    this.size = size
    this.least = least
  }

  /** @param column none of those that are in. */
  add(column: number): void {
    const { columns, rows } = this
    const from = column * this.size
    const row = new Float64Array(this.size)
    let rest = this.matrix[from + column]!
    const pivot = this.least * rest
    for (let at = 0; at < columns.length; at++) {
      const other = rows[at]!
      let entry = this.matrix[from + columns[at]!]!
      for (let k = 0; k < at; k++) entry -= row[k]! * other[k]!
      row[at] = entry / other[at]!
      rest -= row[at]! ** 2
    }
    row[columns.length] = Math.sqrt(Math.max(rest, pivot))
    columns.push(column)
    rows.push(row)
  }

  /** @param column one of those that are in. */
  remove(column: number): void {
    const { columns, rows } = this
    const place = columns.indexOf(column)
    columns.splice(place, 1)
    rows.splice(place, 1)
    // Each row below has one entry too many right of the diagonal, which rotations of pairs of columns turn to 0.
    for (let pair = place; pair < rows.length; pair++) {
      const [left, right] = [rows[pair]![pair]!, rows[pair]![pair + 1]!]
      const length = Math.hypot(left, right)
      const [cosine, sine] = [left / length, right / length]
      for (let at = pair; at < rows.length; at++) {
        const row = rows[at]!
        const [one, other] = [row[pair]!, row[pair + 1]!]
        row[pair] = cosine * one + sine * other
        row[pair + 1] = cosine * other - sine * one
      }
    }
  }

  /** @returns the solution of the system of the columns that are in, at their places; 0 at the others. O(columns^2). */
  solve(right: Float64Array): Float64Array {
    const { columns, rows } = this
    const solved = Float64Array.from(columns, (column) => right[column]!)
    for (let at = 0; at < solved.length; at++) {
      const row = rows[at]!
      for (let k = 0; k < at; k++) solved[at]! -= row[k]! * solved[k]!
      solved[at]! /= row[at]!
    }
    for (let at = solved.length - 1; at >= 0; at--) {
      const row = rows[at]!
      solved[at]! /= row[at]!
      for (let k = 0; k < at; k++) solved[k]! -= row[k]! * solved[at]!
    }
    const whole = new Float64Array(this.size)
    columns.forEach((column, at) => {
      whole[column] = solved[at]!
    })
    return whole
  }
}
