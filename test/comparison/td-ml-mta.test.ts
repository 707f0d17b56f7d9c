import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePaths } from '../../src/comparison/compare-paths.ts'
import { MOST_ORDERED, orderedShapley } from '../../src/comparison/ordered-shapley.ts'
import { placePaths } from '../../src/comparison/place-paths.ts'
import { transitionRows } from '../../src/comparison/transition-rows.ts'
import { DataError } from '../../src/errors.ts'

/** Ten journeys that convert, three and one that don't; no channel twice in a row but one. */
const journeys: readonly (readonly [path: string, converts: 0 | 1])[] = [
  ['email search email', 1],
  ['search', 1],
  ['display email', 1],
  ['social display search', 1],
  ['social', 0],
  ['email email search', 1],
  ['display', 0],
  ['search social', 1],
  ['email search', 1],
  ['social email display search', 1],
  ['email search', 0],
  ['email display', 0],
  ['social search email display search', 1],
]

const counted = journeys.map(([path, converts]) => ({
  channels: path.split(' '),
  conversions: converts,
  nullPaths: 1 - converts,
  value: converts,
}))
const { paths, channels } = placePaths(counted, { rename: (name) => name, maxChannels: 100 })
const compare = (withNullPaths: boolean) =>
  comparePaths(
    { paths, cells: [], rules: [] },
    { channels, seedFormat: false, hasValue: true, markovOrders: 1, withNullPaths, seed: 1 },
  )

/**
 * What `td-ml-mta` 0.0.16 with `marketing_attribution_models` 2.1.0 (PyPI) gives for these journeys: `build_markov_tables`, and
 * `build_shapley_table` with the conversion on the last touch. Channels: display, email, search, social.
 */
const published = {
  markov: [1.5548325100069254, 2.4741130451205082, 3.2591681459760533, 1.711886298896513],
  removalEffects: [0.3690112130479105, 0.5871857258718574, 0.7735042735042735, 0.40628507295173966],
  markovOfAll: [1.4148990396686378, 2.753882992260439, 3.3580517146966127, 1.4731662533743117],
  /** By `day`, which is the size of coalitions. */
  orderedShapley: [
    [1.0208333333333333, 0.14583333333333334, 7.3125, 0.5208333333333334],
    [1, 1, 6, 1],
    [1, 0.5, 7.5, 0],
    [0.75, 0.4583333333333333, 7.625, 0.16666666666666666],
  ],
} as const

describe('the figures of td-ml-mta', () => {
  it('are those of the Markov chain of order 1', () => {
    const { methods, orders } = compare(false)
    const rows = methods.find(({ method }) => method === 'markov_1')?.rows ?? []
    published.markov.forEach((credit, place) => {
      expect(rows[place]).toMatchObject({ channel: channels[place], conversions: expect.closeTo(credit, 12) })
      expect(orders[0]?.effects[place]).toBeCloseTo(published.removalEffects[place]!, 12)
    })
    const all = compare(true).methods.find(({ method }) => method === 'markov_1')?.rows ?? []
    for (const [place, credit] of published.markovOfAll.entries()) {
      expect(all[place]?.conversions).toBeCloseTo(credit, 12)
    }
  })

  it('are those of its transitions, once those to the same channel are left out', () => {
    const rows = transitionRows(compare(false), channels)
    const leaving = (from: string) => rows.filter((row) => row.fromChannel === from && row.toChannel !== from)
    const email = leaving('email')
    const all = email.reduce((sum, { transitions }) => sum + transitions, 0)
    expect(
      email.map(({ toChannel, transitions }) => [toChannel, Math.round((1000 * transitions) / all) / 1000]),
    ).toEqual([
      ['display', 0.286],
      ['search', 0.429],
      ['(conversion)', 0.286],
    ])
  })

  it.each([0, 1, 2, 3])('are those of its ordered Shapley values of day %i', (size) => {
    const { conversions, value } = orderedShapley(paths, channels.length, size)
    published.orderedShapley[size]!.forEach((credit, place) => {
      expect(conversions[place]).toBeCloseTo(credit, 6)
      expect(value[place]).toBeCloseTo(credit, 6)
    })
  })
})

/** By the definition: over all orders in which the channels of a path can join, what each adds to the conversion rate. */
function plainOrderedShapley(
  taken: readonly { readonly channels: readonly string[]; conversions: number; nullPaths: number }[],
): ReadonlyMap<string, number> {
  const rateOf = (channels: readonly string[]) => {
    const same = taken.filter((one) => one.channels.join() === channels.join())
    const conversions = same.reduce((sum, one) => sum + one.conversions, 0)
    return conversions === 0 ? 0 : conversions / same.reduce((sum, one) => sum + one.nullPaths, conversions)
  }
  const credits = new Map<string, number>()
  for (const { channels, conversions } of taken.filter((one) => one.conversions > 0)) {
    const values = new Map<string, number>(channels.map((channel) => [channel, 0]))
    for (const joining of permutations(channels)) {
      joining.forEach((channel, at) => {
        const worth = (members: readonly string[]) => rateOf(channels.filter((one) => members.includes(one)))
        const added = worth(joining.slice(0, at + 1)) - worth(joining.slice(0, at))
        values.set(channel, values.get(channel)! + added)
      })
    }
    const sum = [...values.values()].reduce((total, one) => total + one, 0)
    for (const [channel, value] of values) {
      const credit = Math.abs(sum) < 1e-9 ? 0 : (value / sum) * conversions
      credits.set(channel, (credits.get(channel) ?? 0) + credit)
    }
  }
  return credits
}

function permutations(items: readonly string[]): string[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item) =>
    permutations(items.filter((one) => one !== item)).map((rest) => [item, ...rest]),
  )
}

describe('ordered Shapley values', () => {
  it('add up to the conversions', () => {
    for (const size of [0, 1, 2, 3, 4]) {
      const { conversions } = orderedShapley(paths, channels.length, size)
      expect(conversions.reduce((sum, credit) => sum + credit, 0)).toBeCloseTo(9, 12)
    }
  })

  it('are what each channel adds to those before it, over all orders of joining', () => {
    const order = fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 1 })
    const path = fc.record({ channels: order, conversions: fc.nat(3), nullPaths: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 20 }), (all) => {
        const taken = all.map((one) => ({ ...one, value: 0 }))
        const placed = placePaths(taken, { rename: (name) => name, maxChannels: 100 })
        const found = orderedShapley(placed.paths, placed.channels.length, 0).conversions
        const expected = plainOrderedShapley(taken)
        placed.channels.forEach((channel, place) => {
          expect(found[place]).toBeCloseTo(expected.get(channel) ?? 0, 9)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('of thousands of orders of fifteen channels need no list of all coalitions', () => {
    const names = Array.from({ length: MOST_ORDERED }, (_, at) => `c${at}`)
    const [first, ...rest] = names
    // Each order is the others turned by some places, with two of them exchanged.
    const orders = Array.from({ length: 2500 }, (_, at) => {
      const turned = names.map((_, place) => names[(place + at) % MOST_ORDERED]!)
      const [one, other] = [at % 13, Math.floor(at / 15) % MOST_ORDERED]
      ;[turned[one], turned[other]] = [turned[other]!, turned[one]!]
      return { channels: turned, conversions: 1, nullPaths: 1, value: 0 }
    })
    const alone = { channels: [first!], conversions: 1, nullPaths: 1, value: 0 }
    const placed = placePaths([...orders, alone], { rename: (name) => name, maxChannels: 100 })
    const { conversions } = orderedShapley(placed.paths, names.length, 0)
    expect(conversions.reduce((sum, credit) => sum + credit, 0)).toBeCloseTo(2501, 6)
    // What all add together is divided equally; the first adds half a conversion alone, which the others don't.
    const credit = (name: string) => conversions[placed.channels.indexOf(name)]!
    for (const name of rest) expect(credit(name)).toBeLessThan(credit(first!))
  })

  it('of too many channels are refused, and of the last ones are not', () => {
    const names = Array.from({ length: MOST_ORDERED + 1 }, (_, at) => `c${at}`)
    const long = [{ channels: names, conversions: 1, nullPaths: 0, value: 0 }]
    const placed = placePaths(long, { rename: (name) => name, maxChannels: 100 })
    expect(() => orderedShapley(placed.paths, names.length, 0)).toThrow(DataError)
    expect(() => orderedShapley(placed.paths, names.length, 0)).toThrow(
      '16 different channels, 15 are the most',
    )
    const last = orderedShapley(placed.paths, names.length, 1).conversions
    expect(placed.channels.filter((_, place) => last[place] !== 0)).toEqual(['c15'])
  })

  it('are a method of their own where they are asked for', () => {
    const context = {
      channels,
      seedFormat: false,
      hasValue: false,
      markovOrders: 1,
      withNullPaths: true,
      seed: 1,
    }
    const compared = comparePaths({ paths, cells: [], rules: [] }, { ...context, orderedShapley: 0 })
    expect(compared.methods.map(({ method }) => method)).toEqual([
      'simplified_shapley',
      'ordered_shapley',
      'markov_1',
    ])
  })
})
