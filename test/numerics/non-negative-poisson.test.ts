import { expect, it } from 'vitest'
import { type EventRows, maximizePoisson } from '../../src/numerics/non-negative-poisson.ts'

/** @param rows dense; @param count events of each. */
function sparse(rows: readonly (readonly number[])[], count: readonly number[]): EventRows {
  const cells = rows.map((row) => row.flatMap((entry, column) => (entry > 0 ? [{ entry, column }] : [])))
  const rowStart = [0]
  for (const row of cells) rowStart.push((rowStart.at(-1) ?? 0) + row.length)
  return {
    rowStart: Uint32Array.from(rowStart),
    column: Uint16Array.from(cells.flat(), ({ column }) => column),
    entry: Float64Array.from(cells.flat(), ({ entry }) => entry),
    count: Float64Array.from(count),
  }
}

it('is the rate of events where columns do not overlap', () => {
  const rows = sparse(
    [
      [2, 0],
      [0, 1],
    ],
    [30, 8],
  )
  const { weights, logLikelihood } = maximizePoisson(rows, Float64Array.of(600, 1000))
  expect(weights[0]).toBeCloseTo(30 / 600, 12)
  expect(weights[1]).toBeCloseTo(8 / 1000, 12)
  expect(logLikelihood).toBeCloseTo(30 * Math.log(0.1) + 8 * Math.log(0.008) - 38, 8)
})

it('gives 0 to a column that is in no row and to one that another explains better', () => {
  // Column 1 has the events of column 0 and twice its exposure; column 2 none at all.
  const rows = sparse([[1, 1, 0]], [10])
  const { weights } = maximizePoisson(rows, Float64Array.of(100, 200, 50))
  expect(weights[0]).toBeCloseTo(0.1, 9)
  expect(weights[1]).toBe(0)
  expect(weights[2]).toBe(0)
})

it('holds where one column is a multiple of another', () => {
  const rows = sparse(
    [
      [1, 2, 0],
      [1, 2, 1],
    ],
    [10, 30],
  )
  const { weights } = maximizePoisson(rows, Float64Array.of(100, 200, 40))
  // Rates a of row 0, b of row 1: 10 / a + 30 / b = 100 and 30 / b = 40, so a = 1 / 6 and b = 3 / 4.
  expect((weights[0] ?? 0) + 2 * (weights[1] ?? 0)).toBeCloseTo(1 / 6, 9)
  expect(weights[2]).toBeCloseTo(3 / 4 - 1 / 6, 9)
})

it('needs few steps where units differ by many orders of magnitude', () => {
  const rows = sparse(
    [
      [1e-6, 0, 1],
      [1e-6, 1e6, 1],
      [0, 1e6, 1],
    ],
    [1, 1e5, 70],
  )
  const { iterations } = maximizePoisson(rows, Float64Array.of(1, 1e12, 1e7))
  expect(iterations).toBeLessThan(30)
})

it('weighs what is known of a sum of weights against the events', () => {
  const rows = sparse([[1]], [100])
  const term = (target: number, deviation: number) => [
    { coefficients: Float64Array.of(1000), target, deviation },
  ]
  const fitted = (target: number, deviation: number) =>
    1000 * (maximizePoisson(rows, Float64Array.of(1000), undefined, term(target, deviation)).weights[0] ?? 0)
  // With m = 1000 w: 100 / m - 1 = (m - 50) / 10^2, so m^2 + 50 m = 10^4.
  expect(fitted(50, 10)).toBeCloseTo((-50 + Math.sqrt(50 ** 2 + 4 * 10 ** 4)) / 2, 6)
  expect(fitted(50, 1e-4)).toBeCloseTo(50, 6)
  expect(fitted(50, 1e9)).toBeCloseTo(100, 6)
})

it('gives way elsewhere for a sum that has to be larger than the events say', () => {
  // Both columns are in all rows alike, so that only their sum is known: the term moves one up, the other makes room.
  const rows = sparse([[1, 1]], [100])
  const terms = [{ coefficients: Float64Array.of(1000, 0), target: 80, deviation: 1e-4 }]
  const near = Float64Array.of(0.02, 0.08)
  const { weights, logLikelihood } = maximizePoisson(rows, Float64Array.of(1000, 1000), near, terms)
  expect([...weights].map((weight) => 1000 * weight)).toEqual([80, 20].map((sum) => expect.closeTo(sum, 4)))
  expect(logLikelihood).toBeCloseTo(100 * Math.log(0.1) - 100, 6)
})

it('leaves out a column of infinite exposure', () => {
  const rows = sparse([[1, 1]], [10])
  const { weights } = maximizePoisson(rows, Float64Array.of(100, Number.POSITIVE_INFINITY))
  expect([...weights]).toEqual([expect.closeTo(0.1, 9), 0])
})

it('finds among thousands of columns in no row what it finds without them', () => {
  const [few, many] = [Float64Array.of(100, 300), new Float64Array(5000).fill(1)]
  const places = [17, 4999]
  places.forEach((place, j) => {
    many[place] = few[j]!
  })
  const rows = sparse(
    [
      [1, 0],
      [1, 2],
      [0, 1],
    ],
    [3, 4, 9],
  )
  const wide = { ...rows, column: rows.column.map((column) => places[column]!) }
  const [alone, among] = [
    maximizePoisson(rows, few),
    maximizePoisson(wide, many, new Float64Array(5000).fill(1)),
  ]
  expect(Array.from(places, (place) => among.weights[place]).map((weight) => weight?.toFixed(9))).toEqual(
    Array.from(alone.weights, (weight) => weight.toFixed(9)),
  )
  expect(among.weights.filter((weight) => weight > 0)).toHaveLength(2)
})
