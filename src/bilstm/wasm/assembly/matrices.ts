// Products of matrices of 32-bit floats, row by row in memory. Each number of a product is added up in the order of the inner
// index, whatever its neighbours are: the same row gives the same bits in any batch.

/** Columns of a panel: of two vectors. All widths are multiples of it. */
export const PANEL: i32 = 8
/** Rows that are computed together. */
export const TILE: i32 = 4
/** Rows of a transposed product that are added up before the next ones: their panel stays in the first cache. */
const BLOCK: i32 = 256

/** Copies a matrix into panels of 8 columns, one after another, so that a product reads it from front to back. */
export function pack(matrix: usize, rows: i32, columns: i32, packed: usize): void {
  for (let first = 0; first < columns; first += PANEL) {
    packed = packPanel(matrix + (<usize>first << 2), rows, columns, packed)
  }
}

/** @returns where the panel ends. */
function packPanel(from: usize, rows: i32, columns: i32, packed: usize): usize {
  for (let row = 0; row < rows; row++) {
    v128.store(packed, v128.load(from))
    v128.store(packed, v128.load(from, 16), 16)
    from += <usize>columns << 2
    packed += PANEL << 2
  }
  return packed
}

/** The same for the transposed matrix: panels of 8 of its rows. */
export function packTransposed(matrix: usize, rows: i32, columns: i32, packed: usize): void {
  for (let first = 0; first < rows; first += PANEL) {
    for (let column = 0; column < columns; column++) {
      for (let row = first; row < first + PANEL; row++) {
        f32.store(packed, f32.load(matrix + (<usize>(row * columns + column) << 2)))
        packed += 4
      }
    }
  }
}

/**
 * product = left right.
 * @param left rows x inner.
 * @param packed inner x columns, as {@link pack} leaves it.
 * @param product gets rows x columns; up to three rows more are read and written, whose numbers mean nothing.
 */
export function multiply(
  left: usize,
  packed: usize,
  product: usize,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  const leftStride = <usize>inner << 2
  const productStride = <usize>columns << 2
  for (let column = 0; column < columns; column += PANEL) {
    const panel = packed + <usize>(column * inner) * 4
    for (let row = 0; row < rows; row += TILE) {
      multiplyTile(
        left + <usize>row * leftStride,
        leftStride,
        panel,
        product + <usize>row * productStride + (<usize>column << 2),
        productStride,
        inner,
      )
    }
  }
}

// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
function multiplyTile(
  left: usize,
  leftStride: usize,
  panel: usize,
  product: usize,
  productStride: usize,
  inner: i32,
): void {
  let a0 = f32x4.splat(0)
  let a1 = a0
  let b0 = a0
  let b1 = a0
  let c0 = a0
  let c1 = a0
  let d0 = a0
  let d1 = a0
  const second = left + leftStride
  const third = second + leftStride
  const fourth = third + leftStride
  const end = <usize>inner << 2
  for (let k: usize = 0; k < end; k += 4) {
    const right0 = v128.load(panel)
    const right1 = v128.load(panel, 16)
    panel += PANEL << 2
    let x = v128.load32_splat(left + k)
    a0 = f32x4.add(a0, f32x4.mul(x, right0))
    a1 = f32x4.add(a1, f32x4.mul(x, right1))
    x = v128.load32_splat(second + k)
    b0 = f32x4.add(b0, f32x4.mul(x, right0))
    b1 = f32x4.add(b1, f32x4.mul(x, right1))
    x = v128.load32_splat(third + k)
    c0 = f32x4.add(c0, f32x4.mul(x, right0))
    c1 = f32x4.add(c1, f32x4.mul(x, right1))
    x = v128.load32_splat(fourth + k)
    d0 = f32x4.add(d0, f32x4.mul(x, right0))
    d1 = f32x4.add(d1, f32x4.mul(x, right1))
  }
  storePair(product, a0, a1)
  storePair(product + productStride, b0, b1)
  storePair(product + 2 * productStride, c0, c1)
  storePair(product + 3 * productStride, d0, d1)
}

// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
function storePair(to: usize, one: v128, other: v128): void {
  v128.store(to, one)
  v128.store(to, other, 16)
}

/**
 * sum += transposed left times right: what the rows of a batch add to the gradient of a matrix.
 * @param left rows x height.
 * @param right rows x columns.
 * @param sum height x columns.
 * @param panel room for 256 x 8 numbers.
 */
export function addTransposedProduct(
  left: usize,
  right: usize,
  sum: usize,
  rows: i32,
  height: i32,
  columns: i32,
  panel: usize,
): void {
  const leftStride = <usize>height << 2
  const rightStride = <usize>columns << 2
  for (let first = 0; first < rows; first += BLOCK) {
    const some = min(BLOCK, rows - first)
    const block = left + <usize>first * leftStride
    for (let column = 0; column < columns; column += PANEL) {
      const offset = <usize>column << 2
      packPanel(right + <usize>first * rightStride + offset, some, columns, panel)
      for (let row = 0; row < height; row += TILE) {
        addTile(block + (<usize>row << 2), leftStride, panel, sum + <usize>row * rightStride + offset, rightStride, some)
      }
    }
  }
}

// @ts-expect-error: decorators of functions are AssemblyScript's
@inline
function addTile(left: usize, leftStride: usize, panel: usize, sum: usize, sumStride: usize, rows: i32): void {
  let a0 = v128.load(sum)
  let a1 = v128.load(sum, 16)
  let at = sum + sumStride
  let b0 = v128.load(at)
  let b1 = v128.load(at, 16)
  at += sumStride
  let c0 = v128.load(at)
  let c1 = v128.load(at, 16)
  at += sumStride
  let d0 = v128.load(at)
  let d1 = v128.load(at, 16)
  for (let row = 0; row < rows; row++) {
    const right0 = v128.load(panel)
    const right1 = v128.load(panel, 16)
    panel += PANEL << 2
    let x = v128.load32_splat(left)
    a0 = f32x4.add(a0, f32x4.mul(x, right0))
    a1 = f32x4.add(a1, f32x4.mul(x, right1))
    x = v128.load32_splat(left, 4)
    b0 = f32x4.add(b0, f32x4.mul(x, right0))
    b1 = f32x4.add(b1, f32x4.mul(x, right1))
    x = v128.load32_splat(left, 8)
    c0 = f32x4.add(c0, f32x4.mul(x, right0))
    c1 = f32x4.add(c1, f32x4.mul(x, right1))
    x = v128.load32_splat(left, 12)
    d0 = f32x4.add(d0, f32x4.mul(x, right0))
    d1 = f32x4.add(d1, f32x4.mul(x, right1))
    left += leftStride
  }
  storePair(sum, a0, a1)
  storePair(sum + sumStride, b0, b1)
  storePair(sum + 2 * sumStride, c0, c1)
  storePair(sum + 3 * sumStride, d0, d1)
}

/** to += from, `count` numbers, a multiple of 4. */
export function addTo(to: usize, from: usize, count: i32): void {
  const end = to + (<usize>count << 2)
  while (to < end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)))
    to += 16
    from += 16
  }
}

/** sums += the sum of each column. */
export function addRows(sums: usize, matrix: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) addTo(sums, matrix + (<usize>(row * columns) << 2), columns)
}
