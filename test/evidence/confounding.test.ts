import { describe, expect, it } from 'vitest'
import { effectWithoutLeads, testLeads } from '../../src/evidence/confounding.ts'
import { readLeads } from '../../src/evidence/leads.ts'
import type { EvidenceSample } from '../../src/evidence/sample.ts'
import { decay, HALF_LIVES, HALF_LIVES_DAYS } from '../../src/hazard/decay.ts'
import { buildCellHazards } from '../../src/hazard/model.ts'
import { createRandom, type Random } from '../../src/numerics/random.ts'
import { makeSample, type PlainSpan } from './make-sample.ts'

const grid = { lookbackDays: 3, channelCount: 2 }
const rule = { dayZeroExposure: 1 }
const columnOf = (channel: number, halfLife: number) => 1 + 3 * channel + halfLife
const DAYS = 60

/** Days of one user on which each channel touches, and on which the user converts. */
interface PlainUser {
  readonly touches: readonly (readonly number[])[]
  readonly conversions: readonly number[]
}

/** @returns a span for each row of the user, as the warehouse would make them. */
function spansOf({ touches, conversions }: PlainUser, slot: number): PlainSpan[] {
  const days = [...new Set([...touches.flat(), ...conversions])].sort((left, right) => left - right)
  return days.map((day, at): PlainSpan => {
    const converts = conversions.includes(day)
    const former = Math.max(-1, ...conversions.filter((one) => one < day))
    const cells = [0, 1, 2].flatMap((daysBefore) =>
      [0, 1].flatMap((channel) => {
        const on = day - daysBefore
        return on > former && touches[channel]?.includes(on) ? [[daysBefore, channel] as const] : []
      }),
    )
    const toNext = (days[at + 1] ?? DAYS) - day
    if (converts) return { kind: 1, slot, day, cells, endAge: 1, emptyDays: toNext - 1 }
    const endAge = Math.min(toNext, 3)
    return { slot, day, cells, endAge, emptyDays: toNext - endAge }
  })
}

const sampleOf = (users: readonly PlainUser[]) => makeSample(grid, users.flatMap(spansOf))

describe('leads', () => {
  const users: readonly PlainUser[] = [
    { touches: [[3, 10], [4]], conversions: [4] },
    { touches: [[], [2, 5, 58]], conversions: [57] },
    { touches: [[1], []], conversions: [] },
  ]
  const examples = readLeads(sampleOf(users), rule)

  it('are the touches of the 1 to 6 days after a conversion, whole, without those of its own day', () => {
    const { rows, activity } = examples
    const rowOf = (at: number) =>
      Object.fromEntries(
        Array.from(rows.column.subarray(rows.rowStart[at], rows.rowStart[at + 1]), (column, k) => {
          return [column, rows.entry[(rows.rowStart[at] ?? 0) + k]] as const
        }),
      )
    const leadsOf = (channel: number, daysAfter: number) =>
      HALF_LIVES_DAYS.map((halfLife, b) => [activity + columnOf(channel, b), decay(daysAfter, halfLife)])
    const lagsOf = (channel: number, daysBefore: number) =>
      HALF_LIVES_DAYS.map((halfLife, b) => [columnOf(channel, b), decay(daysBefore, halfLife)])
    // Three touches on the 57 days from day 3 on; three on the 58 from day 2 on.
    expect(rowOf(0)).toEqual(
      Object.fromEntries([[0, 1], ...lagsOf(0, 1), ...lagsOf(1, 0), [activity, 3 / 57], ...leadsOf(0, 6)]),
    )
    expect(rowOf(1)).toEqual(Object.fromEntries([[0, 1], [activity, 3 / 58], ...leadsOf(1, 1)]))
  })

  it('are looked for on all examples alike', () => {
    // Days of examples before each touch: of channel 0 on day 10 those from 4 on; of channel 1 on day 5 days 2 to 4, on 58 days 52 to 57.
    const exposed = [
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 1, 2, 3, 4, 5, 6, 1],
    ]
    exposed.forEach((daysAfter, channel) => {
      HALF_LIVES_DAYS.forEach((halfLife, b) => {
        const expected = daysAfter.reduce((sum, days) => sum + decay(days, halfLife), 0)
        expect(examples.exposure[examples.activity + columnOf(channel, b)]).toBeCloseTo(expected, 12)
      })
    })
    const activity = 57 * (3 / 57) + 58 * (3 / 58) + 59 * (1 / 59)
    expect(examples.exposure[examples.activity]).toBeCloseTo(activity, 12)
  })
})

/** Days of [0, DAYS) with a probability each. */
function drawDays(random: Random, probability: (day: number) => number): number[] {
  return Array.from({ length: DAYS }, (_, day) => day).filter((day) => random.uniform() < probability(day))
}

/**
 * Users with touches on random days.
 * @param world `intent`: each user has six days of more touches of channel 0 and more conversions; `heavy users`: a tenth is
 *   touched on ten times as many days, and several times a day, of which a pattern shows one.
 */
function drawUsers(random: Random, world: 'intent' | 'heavy users'): PlainUser[] {
  return Array.from({ length: 400 }, () => {
    const isHeavy = world === 'heavy users' && random.uniform() < 0.1
    const activity = isHeavy ? 0.5 : 0.05
    const start = world === 'intent' ? random.below(DAYS) : DAYS
    const isIntent = (day: number) => day >= start && day < start + 6
    const touches = [
      drawDays(random, (day) => (isIntent(day) ? 0.5 : activity)),
      drawDays(random, () => activity),
    ]
    const isAfter = (day: number) => touches.flat().some((on) => on <= day && day < on + 2)
    const effect = isHeavy ? 0.1 : 0.02
    const conversions = drawDays(random, (day) => (isIntent(day) ? 0.15 : isAfter(day) ? effect : 0.003))
    return { touches, conversions }
  })
}

const testsOf = (sample: EvidenceSample) => testLeads(sample, rule)

describe('touches after conversions', () => {
  it('tell of an intention that leads to touches and conversions, and of the channel that it leads to', () => {
    const tests = testsOf(sampleOf(drawUsers(createRandom(3, 'intent'), 'intent')))
    expect(tests.map(({ isSignificant }) => isSignificant)).toEqual([true, false])
    expect(tests[0]?.pValue).toBeLessThan(0.001)
    expect([...(tests[1]?.weights ?? [])]).toEqual([0, 0, 0])
  })

  it('tell nothing where touches cause conversions, of very active users neither', () => {
    const found = Array.from({ length: 10 }, (_, seed) => {
      const tests = testsOf(sampleOf(drawUsers(createRandom(seed, 'heavy'), 'heavy users')))
      return tests.some(({ isSignificant }) => isSignificant)
    })
    // 5 % of 10 data sets, and twice the standard error of that.
    expect(found.filter(Boolean).length).toBeLessThanOrEqual(1)
  })

  it('say nothing where there are none', () => {
    const tests = testsOf(sampleOf([{ touches: [[1], [2]], conversions: [4] }]))
    expect(tests.map(({ likelihoodRatio, pValue }) => [likelihoodRatio, pValue])).toEqual([
      [0, 1],
      [0, 1],
    ])
  })
})

it('finds nothing, without failing, where no conversion was sampled', () => {
  const tests = testLeads(sampleOf([{ touches: [[1, 4], [2]], conversions: [] }]), rule)
  expect(
    tests.map(({ likelihoodRatio, pValue, isSignificant }) => [likelihoodRatio, pValue, isSignificant]),
  ).toEqual([
    [0, 1, false],
    [0, 1, false],
  ])
})

describe('the part of the credit that is left as effect', () => {
  const model = {
    baseline: 0.01,
    decay: HALF_LIVES,
    pairs: [],
    weights: [
      [0, 0.2, 0],
      [0, 0, 0.1],
    ],
    logLikelihood: 0,
    iterations: 0,
  }
  const leads = (...weights: number[]) => {
    return { likelihoodRatio: 20, pValue: 0.001, isSignificant: true, weights: Float64Array.from(weights) }
  }

  it('is what the leads at the same distance leave of each cell, and never below 0', () => {
    const part = effectWithoutLeads(buildCellHazards(model, grid), grid, [
      leads(0, 0.05, 0),
      leads(0, 0.2, 0),
    ])
    expect([0, 2, 4].map((cell) => part[cell])).toEqual(
      [0.75, 0.75, 0.75].map((left) => expect.closeTo(left, 12)),
    )
    const ofSecond = [0, 1, 2].map((days) => Math.max(0, 1 - (0.2 * decay(days, 1)) / (0.1 * decay(days, 4))))
    expect([1, 3, 5].map((cell) => part[cell])).toEqual(ofSecond.map((left) => expect.closeTo(left, 12)))
  })

  it('is all of it without leads, also of a cell without credit', () => {
    const still = {
      ...model,
      weights: [
        [0, 0.2, 0],
        [0, 0, 0],
      ],
    }
    expect([
      ...effectWithoutLeads(buildCellHazards(still, grid), grid, [leads(0, 0, 0), leads(0, 0, 0)]),
    ]).toEqual(Array(6).fill(1))
  })
})
