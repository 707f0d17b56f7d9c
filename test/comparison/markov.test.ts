import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildMarkovChain } from '../../src/comparison/markov-chain.ts'
import { type PathTable, PathTableBuilder } from '../../src/comparison/path-table.ts'
import { creditsByEffects, removalEffects } from '../../src/comparison/removal-effects.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { type PlainMarkovPath, plainEffects } from './plain-chain.ts'

function path(places: readonly number[], conversions: number, nullPaths = 0, value = 0): PlainMarkovPath {
  return { places, conversions, nullPaths, value }
}

function tableOf(paths: readonly PlainMarkovPath[]): PathTable {
  const builder = new PathTableBuilder()
  for (const { places, ...amounts } of paths) {
    const { conversions, value } = amounts
    builder.add(places, { ...amounts, creditedConversions: conversions, creditedValue: value })
  }
  return builder.build()
}

function effectsOf(paths: readonly PlainMarkovPath[], channelCount: number, order = 1, withNullPaths = true) {
  return removalEffects(buildMarkovChain(tableOf(paths), order, withNullPaths), channelCount, true)
}

const [A, B, C] = [0, 1, 2]

describe('Markov chains', () => {
  it('gives the effects of a chain that was solved by hand', () => {
    // start -> A 2/3, B 1/3; A -> B 1/2, conversion 1/2; B -> conversion 1/2, null 1/2: P = 2/3 x 3/4 + 1/3 x 1/2 = 2/3.
    // Without A: 1/3 x 1/2 = 1/6. Without B: 2/3 x 1/2 = 1/3.
    const { conversions } = effectsOf([path([A], 1), path([A, B], 1), path([B], 0, 1)], 2)
    expect(conversions[A]).toBeCloseTo(3 / 4, 14)
    expect(conversions[B]).toBeCloseTo(1 / 2, 14)
  })

  it('gives the effects of the three customers that the method is taught with', () => {
    // C1 > C2 > C3 > conversion, C1 > null, C2 > C3 > null
    // (Anderl et al. 2014, https://doi.org/10.1016/j.ijresmar.2016.03.001; worked out at analyzecore.com, 2016-08-03):
    // P = 33.3 %; removing C1 leaves 16.7 %, C2 and C3 leave 0.
    const { conversions } = effectsOf([path([A, B, C], 1), path([A], 0, 1), path([B, C], 0, 1)], 3)
    expect(conversions[A]).toBeCloseTo(0.5, 14)
    expect(conversions[B]).toBeCloseTo(1, 14)
    expect(conversions[C]).toBeCloseTo(1, 14)
  })

  it('solves a loop: a path that comes back to a channel, and one that repeats it', () => {
    // start -> A 2/3, B 1/3; A -> A 1/4, B 1/4, conversion 1/2; B -> A 1/2, null 1/2.
    // a = a/4 + b/4 + 1/2 and b = a/2: a = 4/5, b = 2/5, P = 2/3. Without A nothing; without B a = a/4 + 1/2, P = 4/9.
    const { conversions } = effectsOf([path([A, A, B, A], 1), path([A], 1), path([B], 0, 1)], 2)
    expect(conversions[A]).toBeCloseTo(1, 12)
    expect(conversions[B]).toBeCloseTo(1 / 3, 12)
  })

  it('loses all without the only channel, and without one that is in every path', () => {
    expect([...effectsOf([path([A], 3, 5)], 1).conversions]).toEqual([1])
    const { conversions } = effectsOf([path([A, B], 2), path([A, C], 1, 4), path([A], 0, 9)], 3)
    expect(conversions[A]).toBeCloseTo(1, 14)
    expect(conversions[A]).toBeLessThanOrEqual(1)
  })

  it('credits nothing, rather than a share of nothing, where no path converts', () => {
    const effects = effectsOf([path([A, B], 0, 3), path([], 5)], 2)
    expect([...effects.conversions]).toEqual([0, 0])
    const totals = { conversions: 0, value: 0, baselineConversions: 5, baselineValue: 0 }
    expect([...creditsByEffects(effects, totals).conversions]).toEqual([0, 0])
  })

  it('gives a channel that no path has no effect, and loses nothing of small effects to rounding', () => {
    const rare = [path([A], 1e9, 1e9), path([B, A], 1, 3)]
    const { conversions } = effectsOf(rare, 3)
    expect(conversions[C]).toBe(0)
    // 4 of 2e9 + 4 paths go by way of B, and from B all go to A, as the others do: 2e-9 of the conversions.
    expect(conversions[B]! / (4 / (2e9 + 4))).toBeCloseTo(1, 12)
  })

  it('leaves out paths without a conversion where it is told so', () => {
    const paths = [path([A], 1, 7), path([B], 1), path([A, B], 0, 9)]
    expect([...effectsOf(paths, 2, 1, false).conversions]).toEqual([0.5, 0.5])
    expect(effectsOf(paths, 2, 1, true).conversions[A]).not.toBeCloseTo(0.5, 2)
  })

  it('credits value by the value that goes lost, refunds too, and as conversions where there is no value', () => {
    const paths = [path([A], 1, 1, 30), path([B], 1, 1, 10), path([A, B], 2, 0, -4)]
    const effects = effectsOf(paths, 2)
    const expected = plainEffects(paths, 1, 2, 'value')
    effects.value.forEach((effect, channel) => {
      expect(effect).toBeCloseTo(expected[channel]!, 12)
    })
    const free = effectsOf(
      paths.map((one) => ({ ...one, value: 0 })),
      2,
    )
    expect([...free.value]).toEqual([...free.conversions])
    const lost = effectsOf(
      paths.map((one) => ({ ...one, value: -1 })),
      2,
    )
    expect([...lost.value]).toEqual([...lost.conversions])
  })

  it('gives credits that add up to the conversions with a touch, and to their value', () => {
    const paths = [path([A, B], 3, 1, 9), path([C, A], 4, 9, 2), path([B], 2, 2, 5)]
    const totals = { conversions: 9, value: 16, baselineConversions: 0, baselineValue: 0 }
    const { conversions, value } = creditsByEffects(effectsOf(paths, 3), totals)
    const sum = (amounts: Float64Array) => amounts.reduce((all, amount) => all + amount, 0)
    expect(sum(conversions)).toBeCloseTo(9, 12)
    expect(sum(value)).toBeCloseTo(16, 12)
  })

  it('has a state for what the last k touches were, fewer at the beginning', () => {
    const chain = buildMarkovChain(tableOf([path([A, B, A, B], 1), path([B], 0, 1)]), 2, true)
    // start, A, AB, BA, B: the path's second AB is the first one's.
    expect(chain.stateCount).toBe(5)
    expect([...chain.newest]).toEqual([-1, A, B, A, B])
  })
})

const randomPaths = fc.array(
  fc.record({
    places: fc.array(fc.nat(5), { maxLength: 9 }),
    conversions: fc.oneof(fc.nat(3), fc.nat(1_000_000)),
    nullPaths: fc.oneof(fc.nat(3), fc.nat(1_000_000)),
    value: fc.integer({ min: 0, max: 5000 }),
  }),
  { minLength: 1, maxLength: 14 },
)

it('agrees with elimination of the dense matrix of a chain built anew without each channel, orders 1 to 4', () => {
  let compared = 0
  fc.assert(
    fc.property(randomPaths, fc.integer({ min: 1, max: 4 }), (paths, order) => {
      const effects = effectsOf(paths, 6, order)
      for (const reward of ['conversions', 'value'] as const) {
        const expected = plainEffects(paths, order, 6, reward)
        // The oracle takes 1 less a quotient, so that it is exact to some 1e-12 of 1, and not of a small effect.
        if (reward === 'value' && !paths.some(({ places, value }) => places.length > 0 && value > 0)) continue
        effects[reward].forEach((effect, channel) => {
          expect(Math.abs(effect - expected[channel]!)).toBeLessThanOrEqual(
            1e-9 * Math.abs(expected[channel]!) + 1e-11,
          )
          expect(effect).toBeGreaterThanOrEqual(0)
          expect(effect).toBeLessThanOrEqual(1 + 1e-12)
          if (effect > 0 && effect < 1) compared++
        })
      }
    }),
    { numRuns: 300 },
  )
  expect(compared).toBeGreaterThan(500)
})

/** Random walks over channels that like to go on to the next one. */
function walks(channelCount: number, count: number, length: number): readonly PlainMarkovPath[] {
  const random = createRandom(5, 'walks')
  return Array.from({ length: count }, () => {
    let place = random.below(channelCount)
    const places = Array.from({ length: 1 + random.below(length) }, () => {
      place = random.uniform() < 0.3 ? (place + 1) % channelCount : random.below(channelCount)
      return place
    })
    return path(places, random.below(3), random.below(9), random.below(100))
  })
}

it('solves thousands of states of hundreds of channels, in whatever order they are met', () => {
  const paths = walks(200, 8000, 8)
  const chain = buildMarkovChain(tableOf(paths), 2, true)
  expect(chain.stateCount).toBeGreaterThan(10_000)
  const { conversions } = removalEffects(chain, 200, false)
  const shuffled = buildMarkovChain(tableOf(renumbered(paths, 7)), 2, true)
  removalEffects(shuffled, 200, false).conversions.forEach((effect, channel) => {
    expect(effect / conversions[channel]!).toBeCloseTo(1, 10)
  })
  // Each path that converts touches some channel, so that no effect is lost; and a path touches a few of them.
  const sum = conversions.reduce((all, effect) => all + effect, 0)
  expect(sum).toBeGreaterThan(1)
  expect(sum).toBeLessThan(20)
})

/** The same paths in another order, so that states are numbered and swept in another order. */
function renumbered(paths: readonly PlainMarkovPath[], seed: number): readonly PlainMarkovPath[] {
  const random = createRandom(seed, 'order')
  return paths
    .map((one) => [random.uniform(), one] as const)
    .sort(([left], [right]) => left - right)
    .map(([, one]) => one)
}

describe('a machine that goes round for thousands of touches', () => {
  /** Two of three touches are B, the third one is A. */
  const round = (touches: number) => Array.from({ length: touches }, (_, at) => (at % 3 === 0 ? A : B))
  const people = [path([A], 5, 5), path([B, C], 3, 20), path([C], 1, 100)]

  it('is solved where people share its channels', () => {
    const paths = [path(round(10_000), 0, 1), ...people]
    for (const order of [1, 2, 3]) {
      const expected = plainEffects(paths, order, 3)
      effectsOf(paths, 3, order).conversions.forEach((effect, channel) => {
        expect(Math.abs(effect - expected[channel]!)).toBeLessThanOrEqual(1e-9 * expected[channel]!)
      })
    }
  })

  it('is solved where it has channels of its own and converts at last', () => {
    const others = people.map((one) => ({ ...one, places: one.places.map((place) => place + 2) }))
    const { conversions } = effectsOf([path(round(200_000), 1, 0), ...others], 5)
    // It is 1 of 135 paths and 1 of 10 conversions: neither of its channels can be missed.
    expect(conversions[A]).toBeCloseTo(0.1, 9)
    expect(conversions[B]).toBeCloseTo(0.1, 9)
    // The other 9 conversions are as without it.
    const plain = plainEffects(others, 1, 5)
    for (const channel of [2, 3, 4]) expect(conversions[channel]).toBeCloseTo(0.9 * plain[channel]!, 9)
  })
})
