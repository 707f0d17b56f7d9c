import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import type { TouchpointRow } from '../../src/simulation/user-simulator.ts'
import { SIMULATION_VARIANTS, type SimulationVariant } from '../../src/simulation/worlds.ts'

const START_AT_SEC = 20_000 * 86_400

function simulate(variant: SimulationVariant, users = 3000, seed = 1) {
  const simulation = simulateTouchpoints({ users, days: 60, seed, variant, startAtSec: START_AT_SEC })
  const batches = [...simulation.rows]
  return { rows: batches.flat(), batches, truth: simulation.truth() }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

function rowsByUser(rows: readonly TouchpointRow[]): TouchpointRow[][] {
  const users: TouchpointRow[][] = []
  for (const row of rows) {
    if (users.at(-1)?.[0]?.userId === row.userId) users.at(-1)?.push(row)
    else users.push([row])
  }
  return users
}

describe.each(SIMULATION_VARIANTS)('%s', (variant) => {
  const { rows, truth } = simulate(variant)

  it('has the truth of all its conversions and their value, by channel and by day', () => {
    const conversions = rows.filter(({ conversion }) => conversion === 1)
    expect(truth.conversions).toBe(conversions.length)
    expect(truth.value).toBeCloseTo(sum(conversions.map(({ value }) => value)), 6)
    // Halves and wholes: no rounding.
    expect(truth.baseline.conversions + sum(truth.byChannel.map((one) => one.conversions))).toBe(
      truth.conversions,
    )
    expect(sum(truth.byDaysBefore.map((one) => one.conversions))).toBe(
      truth.conversions - truth.baseline.conversions,
    )
    expect(truth.baseline.value + sum(truth.byChannel.map(({ value }) => value))).toBeCloseTo(truth.value, 6)
  })

  it('counts rows and touches', () => {
    expect(truth.rows).toBe(rows.length)
    expect(truth.touches).toBe(rows.filter(({ channel }) => channel !== null).length)
    for (const { channel, touches } of truth.byChannel) {
      expect(touches).toBe(rows.filter((row) => row.channel === channel).length)
    }
  })

  it('comes user by user, each by time, within its days', () => {
    const users = rowsByUser(rows)
    expect(new Set(users.map(([first]) => first?.userId)).size).toBe(users.length)
    const inOrder = users.every((own) =>
      own.every(({ atSec }, at) => atSec >= (own[at - 1]?.atSec ?? START_AT_SEC)),
    )
    expect(inOrder).toBe(true)
    expect(rows.every(({ atSec }) => Number.isInteger(atSec) && atSec < START_AT_SEC + 60 * 86_400)).toBe(
      true,
    )
  })

  it('gives value to conversions only', () => {
    expect(rows.every(({ conversion, value }) => value > 0 === (conversion === 1))).toBe(true)
  })

  it('is the same for the same seed and another for another', () => {
    expect(simulate(variant, 50).rows).toEqual(simulate(variant, 50).rows)
    expect(simulate(variant, 50).rows).not.toEqual(simulate(variant, 50, 2).rows)
  })

  it('says what each of its numbers is', () => {
    const { parameters, meaning, ...numbers } = truth
    expect(Object.keys(meaning).filter((name) => meaning[name]?.trim() === '')).toEqual([])
    const unexplained = namesOfNumbers(numbers).filter((name) => !(name in meaning))
    expect(new Set(unexplained)).toEqual(new Set())
  })

  it('credits each conversion of a chain of touches to the channel that started it, too', () => {
    const caused = sum(truth.byChannel.map(({ conversions }) => conversions))
    expect(sum(truth.byChannel.map(({ startedConversions }) => startedConversions))).toBe(caused)
    for (const { conversions, startedBy } of truth.byDaysBefore) {
      expect(sum(Object.values(startedBy))).toBe(conversions)
    }
  })
})

/** @returns the names of all fields that hold a number, or are channels' numbers under the name of the whole. */
function namesOfNumbers(value: object): string[] {
  return Object.entries(value).flatMap(([name, field]) => {
    if (typeof field === 'number') return [name]
    if (typeof field !== 'object' || field === null) return []
    if (name === 'startedBy') return [name]
    return [...(Array.isArray(field) ? [] : [name]), ...namesOfNumbers(field)].filter(
      (one) => !/^\d+$/.test(one),
    )
  })
}

it.each([
  'clean',
  'synergy',
  'intent',
  'intent-ends',
  'targeted',
  'seed-format',
  'no-effect',
  'order-confirmations',
  'multiplicative',
  'heavy-users',
  'time-of-day',
  'holdout',
] as const)('has touches and conversions in the amounts of a real table in %s', (variant) => {
  const { touches, conversions, users } = simulate(variant).truth
  expect(touches / users).toBeGreaterThan(8)
  expect(touches / users).toBeLessThan(15)
  expect(conversions / users).toBeGreaterThan(0.25)
  expect(conversions / users).toBeLessThan(0.6)
})

it('leaves about half of the conversions to the baseline', () => {
  const variants = [
    'clean',
    'synergy',
    'intent',
    'order-confirmations',
    'saturation',
    'multiplicative',
  ] as const
  for (const variant of variants) {
    const { baseline, conversions } = simulate(variant).truth
    expect(baseline.conversions / conversions).toBeGreaterThan(0.35)
    expect(baseline.conversions / conversions).toBeLessThan(0.55)
  }
  expect(simulate('no-effect').truth.baseline.conversions).toBe(simulate('no-effect').truth.conversions)
})

it('has a rare channel that causes much and a frequent one that causes nothing', () => {
  const { truth } = simulate('clean')
  const channelOf = (name: string) => truth.byChannel.find(({ channel }) => channel === name)
  expect(channelOf('affiliate')?.touches).toBeLessThan(truth.touches / 50)
  expect(channelOf('affiliate')?.conversions).toBeGreaterThan(truth.conversions / 25)
  expect(channelOf('direct')?.touches).toBeGreaterThan(truth.touches / 10)
  expect(channelOf('direct')?.conversions).toBe(0)
})

it('marks conversions on rows of their own, but in the seed format on touches', () => {
  for (const variant of SIMULATION_VARIANTS) {
    const { rows } = simulate(variant, 500)
    const onTouches = rows.every(({ channel }) => channel !== null)
    const apart = rows.every(({ channel, conversion }) => (channel === null) === (conversion === 1))
    expect({ onTouches, apart }).toEqual({
      onTouches: variant === 'seed-format',
      apart: variant !== 'seed-format',
    })
  }
  expect(simulate('seed-format').truth.baseline.conversions).toBe(0)
})

it('divides what two channels cause together into halves', () => {
  const { byChannel } = simulate('synergy').truth
  const halves = byChannel.filter(({ conversions }) => conversions % 1 !== 0).map(({ channel }) => channel)
  expect(halves.every((channel) => channel === 'display' || channel === 'email')).toBe(true)
  const both = (name: 'clean' | 'synergy') =>
    sum(
      simulate(name)
        .truth.byChannel.filter(({ channel }) => channel === 'display' || channel === 'email')
        .map(({ conversions }) => conversions),
    )
  expect(both('synergy')).toBeGreaterThan(both('clean') * 1.2)
})

it('sends an e-mail within ten minutes of about 60 % of the conversions', () => {
  const { rows, truth } = simulate('order-confirmations')
  const confirmed = rowsByUser(rows).flatMap((own) =>
    own
      .filter(({ conversion }) => conversion === 1)
      .filter(({ atSec }) =>
        own.some((row) => row.channel === 'email' && row.atSec - atSec >= 120 && row.atSec - atSec < 600),
      ),
  )
  // Other e-mails in those 8 minutes, and conversions in the last ones of the data, are a few in a thousand.
  const tolerance = 4.5 * Math.sqrt((0.6 * 0.4) / truth.conversions) + 0.005
  expect(Math.abs(confirmed.length / truth.conversions - 0.6)).toBeLessThan(tolerance)
})

it('keeps the rows of a seed from one version to the next', () => {
  const variants = ['clean', 'synergy', 'intent', 'seed-format', 'no-effect', 'order-confirmations'] as const
  const found = variants.map((variant) => {
    const lines = simulate(variant, 200, 7).rows.map((row) => Object.values(row).join())
    return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)
  })
  expect(found).toEqual([
    '8219627ce162',
    'ecd1a4f85893',
    '8b38990c5157',
    'd0d7f57ad419',
    '2f42b3a45e5e',
    '28932d14f9fe',
  ])
})

it('streams batches of bounded size', () => {
  const { batches } = simulate('clean', 5000)
  expect(batches).toHaveLength(10)
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThan(20_000)
})

it('tells the truth only after the last row', () => {
  const simulation = simulateTouchpoints({
    users: 10,
    days: 5,
    seed: 1,
    variant: 'clean',
    startAtSec: START_AT_SEC,
  })
  expect(() => simulation.truth()).toThrow(
    new Error('simulation: the truth is known only after the last row; read all rows first'),
  )
  for (const batch of simulation.rows) expect(batch.length).toBeGreaterThanOrEqual(0)
  expect(simulation.truth().users).toBe(10)
})

it('refuses to simulate no users and days that begin within a day', () => {
  expect(() =>
    simulateTouchpoints({ users: 0, days: 5, seed: 1, variant: 'clean', startAtSec: START_AT_SEC }),
  ).toThrow(new RangeError('simulation: users is 0, must be a whole number from 1'))
  expect(() =>
    simulateTouchpoints({ users: 1, days: 5, seed: 1, variant: 'clean', startAtSec: 3600 }),
  ).toThrow(new RangeError('simulation: startAtSec is 3600, must be midnight UTC, a multiple of 86400'))
})
