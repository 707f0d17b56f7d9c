import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commonestPaths, pathText } from '../../src/comparison/common-paths.ts'
import { comparePaths, simplifiedShapley } from '../../src/comparison/compare-paths.ts'
import { type PathTable, PathTableBuilder } from '../../src/comparison/path-table.ts'
import { parsePositionWeights } from '../../src/comparison/position-weights.ts'
import { rulesOfThumb } from '../../src/comparison/rules-of-thumb.ts'
import { ConfigError } from '../../src/errors.ts'

interface Counted {
  readonly places: readonly number[]
  readonly conversions: number
  readonly nullPaths: number
  readonly value: number
}

function tableOf(paths: readonly Counted[]): PathTable {
  const builder = new PathTableBuilder()
  for (const { places, ...amounts } of paths) {
    const { conversions, value } = amounts
    builder.add(places, { ...amounts, creditedConversions: conversions, creditedValue: value })
  }
  return builder.build()
}

const randomPaths = fc.array(
  fc.record({
    places: fc.array(fc.nat(4), { maxLength: 7 }),
    conversions: fc.nat(50),
    nullPaths: fc.nat(50),
    value: fc.integer({ min: -100, max: 5000 }),
  }),
  { minLength: 1, maxLength: 12 },
)

/** Shapley values over all orders in which five channels can come. */
function plainShapley(paths: readonly Counted[], amountOf: (path: Counted) => number): readonly number[] {
  const worth = (coalition: ReadonlySet<number>) =>
    paths
      .filter(({ places }) => places.length > 0 && places.every((place) => coalition.has(place)))
      .reduce((sum, path) => sum + amountOf(path), 0)
  const values = [0, 0, 0, 0, 0]
  const orders = permutations([0, 1, 2, 3, 4])
  for (const order of orders) {
    const coalition = new Set<number>()
    for (const channel of order) {
      const before = worth(coalition)
      coalition.add(channel)
      values[channel]! += (worth(coalition) - before) / orders.length
    }
  }
  return values
}

function permutations(all: readonly number[]): readonly (readonly number[])[] {
  if (all.length === 0) return [[]]
  return all.flatMap((first) =>
    permutations(all.filter((one) => one !== first)).map((rest) => [first, ...rest]),
  )
}

describe('simplified Shapley', () => {
  it('gives the Shapley values of the game of channels, over all orders', () => {
    fc.assert(
      fc.property(randomPaths, (paths) => {
        const found = simplifiedShapley(tableOf(paths), 5)
        const conversions = plainShapley(paths, (path) => path.conversions)
        const value = plainShapley(paths, (path) => path.value)
        found.conversions.forEach((credit, channel) => {
          expect(Math.abs(credit - conversions[channel]!)).toBeLessThan(1e-10)
        })
        found.value.forEach((credit, channel) => {
          expect(Math.abs(credit - value[channel]!)).toBeLessThan(1e-8)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('parts a conversion among distinct channels, however often each was touched', () => {
    const paths = tableOf([{ places: [0, 0, 0, 1], conversions: 4, nullPaths: 9, value: 10 }])
    const { conversions, value } = simplifiedShapley(paths, 3)
    expect([...conversions]).toEqual([2, 2, 0])
    expect([...value]).toEqual([5, 5, 0])
  })
})

const options = { channels: ['a', 'b', 'c', 'd', 'e'], markovOrders: 3, withNullPaths: true, seed: 1 }
const noCells = { cells: [], rules: rulesOfThumb }

describe('rows of methods without days', () => {
  it('add up to all conversions and all value, the baseline among them, and shares to 1', () => {
    let shared = 0
    fc.assert(
      fc.property(randomPaths, (paths) => {
        const comparison = comparePaths(
          { ...noCells, paths: tableOf(paths) },
          { ...options, seedFormat: false, hasValue: true },
        )
        const all = paths.reduce((sum, path) => sum + path.conversions, 0)
        const touched = paths.some(({ places, conversions }) => places.length > 0 && conversions > 0)
        const allValue = paths.reduce((sum, path) => sum + path.value, 0)
        for (const { method, rows } of comparison.methods.slice(7)) {
          expect(rows.at(-1)).toMatchObject({ channel: '(baseline)', share: null, daysBefore: null })
          const sum = (name: 'conversions' | 'value' | 'share') =>
            rows.reduce((total, row) => total + (row[name] ?? 0), 0)
          expect(sum('conversions'), method).toBeCloseTo(all, 8)
          if (!touched) continue
          expect(sum('value'), method).toBeCloseTo(allValue, 7)
          expect(sum('share'), method).toBeCloseTo(1, 12)
          shared++
        }
      }),
    )
    expect(shared).toBeGreaterThan(50)
  })

  it('have no baseline where every conversion sits on a touch, no value without its column, no share of nothing', () => {
    const paths = tableOf([{ places: [0], conversions: 2, nullPaths: 1, value: 0 }])
    const seed = comparePaths({ ...noCells, paths }, { ...options, seedFormat: true, hasValue: false })
    for (const { rows } of seed.methods) {
      expect(rows.map(({ channel }) => channel)).toEqual(options.channels)
      expect(rows.map(({ value }) => value)).toEqual([null, null, null, null, null])
    }
    const untouched = tableOf([{ places: [], conversions: 2, nullPaths: 0, value: 0 }])
    const none = comparePaths(
      { ...noCells, paths: untouched },
      { ...options, seedFormat: false, hasValue: false },
    )
    expect(none.chosenOrder).toBe(1)
    for (const { rows } of none.methods) {
      expect(rows.map(({ conversions }) => conversions)).toEqual([0, 0, 0, 0, 0, 2])
      expect(rows.map(({ share }) => share)).toEqual([null, null, null, null, null, null])
    }
  })

  it('name the methods in the order of the table', () => {
    const paths = tableOf([{ places: [0], conversions: 2, nullPaths: 1, value: 0 }])
    const { methods } = comparePaths(
      { ...noCells, paths },
      { ...options, seedFormat: false, hasValue: false },
    )
    expect(methods.map(({ method }) => method)).toEqual([
      'first_touch',
      'last_touch',
      'last_non_direct',
      'linear',
      'position',
      'w_shaped',
      'time_decay',
      'simplified_shapley',
      'markov_1',
      'markov_2',
      'markov_3',
    ])
  })
})

describe('the commonest paths', () => {
  it('are those with the most conversions, then null paths', () => {
    const paths = tableOf([
      { places: [0], conversions: 1, nullPaths: 5, value: 3 },
      { places: [1, 0], conversions: 7, nullPaths: 0, value: 70 },
      { places: [], conversions: 3, nullPaths: 0, value: 9 },
      { places: [2], conversions: 1, nullPaths: 6, value: 2 },
    ])
    expect(commonestPaths(paths, ['a', 'b', 'c'], 3)).toEqual([
      { channels: ['b', 'a'], conversions: 7, learnedConversions: 7, nullPaths: 0, value: 70 },
      { channels: [], conversions: 3, learnedConversions: 3, nullPaths: 0, value: 9 },
      { channels: ['c'], conversions: 1, learnedConversions: 1, nullPaths: 6, value: 2 },
    ])
  })

  it('are no machine: paths of above a hundred touches are not shown', () => {
    const long = (touches: number) => ({
      places: Array<number>(touches).fill(0),
      conversions: touches,
      nullPaths: 0,
      value: 0,
    })
    const shown = commonestPaths(tableOf([long(100), long(101)]), ['a'], 10)
    expect(shown.map(({ channels }) => channels.length)).toEqual([100])
  })

  it('are written so that no two look alike', () => {
    expect(pathText(['email', '検索', 'e-mail, 2'])).toBe('email > 検索 > e-mail, 2')
    expect(pathText([])).toBe('(baseline)')
    expect(pathText(['(baseline)'])).toBe('"(baseline)"')
    expect(pathText(['a > b', 'c"', ' d', 'e\n'])).toBe('"a > b" > "c\\"" > " d" > "e\\n"')
  })
})

describe('position weights', () => {
  it('are per cent', () => {
    expect(parsePositionWeights('40/20/40')).toEqual({ first: 0.4, between: 0.2, last: 0.4 })
    expect(parsePositionWeights(' 33.4 / 33.3 / 33.3')).toEqual({
      first: 33.4 / 100,
      between: 33.3 / 100,
      last: 33.3 / 100,
    })
    expect(parsePositionWeights('0/0/100')).toEqual({ first: 0, between: 0, last: 1 })
  })

  it.each(['40/20', '40/20/40/0', '40/20/30', '-10/60/50', 'a/b/c', '', '40//60', '1e2/0/0'])(
    'refuses "%s"',
    (written) => {
      expect(() => parsePositionWeights(written)).toThrow(
        new ConfigError(
          `--position-weights (POSITION_WEIGHTS) is "${written}": it must be three numbers that add up to 100, ` +
            'for the first touch, those in between and the last, such as 40/20/40',
        ),
      )
    },
  )
})
