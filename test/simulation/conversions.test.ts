import { expect, it } from 'vitest'
import { createRandom } from '../../src/numerics/random.ts'
import { ConversionGenerator } from '../../src/simulation/conversions.ts'
import type { SimulationParameters } from '../../src/simulation/parameters.ts'
import { simulationParameters } from '../../src/simulation/worlds.ts'

const DAY_SEC = 86_400
const span = { fromSec: 0, toSec: 100 * DAY_SEC }

/** One channel of a given effect, and nothing else. */
function world(effect: number, halfLifeDays: number): SimulationParameters {
  const channel = {
    channel: 'a',
    touchesPerDay: 1,
    effect,
    halfLifeDays,
    followUps: [],
    reach: 1,
    intentBoost: 1,
  }
  return { ...simulationParameters('clean'), channels: [channel] }
}

function generator(parameters: SimulationParameters, seed = 1) {
  return new ConversionGenerator(parameters, createRandom(seed, 'conversions'))
}

const touch = (atSec: number, channel = 0) => ({ atSec, channel })

it('lets a touch cause one conversion at most, soon after it', () => {
  // With 1000 expected arrivals at once, a touch that causes nothing has probability exp(-1000).
  const touches = [touch(0), touch(10 * DAY_SEC), touch(20 * DAY_SEC)]
  const conversions = generator(world(1000, 0.1)).draw(touches, 0, span, [])
  expect(conversions.map(({ causes }) => causes)).toEqual(touches.map((one) => [one]))
  conversions.forEach(({ atSec }, at) => {
    expect(atSec).toBeGreaterThan(touches[at]?.atSec ?? 0)
    expect(atSec).toBeLessThan((touches[at]?.atSec ?? 0) + DAY_SEC)
  })
})

it('uses up all touches before a conversion', () => {
  // Three touches within three seconds: their arrivals come minutes later, the first one takes them all.
  const touches = [touch(0), touch(1), touch(2)]
  for (let seed = 1; seed <= 50; seed++) {
    const conversions = generator(world(1000, 100), seed).draw(touches, 0, span, [])
    expect(conversions).toHaveLength(1)
  }
})

it('credits equal touches equally often', () => {
  const touches = [touch(0), touch(1)]
  const runs = 4000
  let first = 0
  const make = generator(world(1000, 1000))
  for (let run = 0; run < runs; run++) {
    if (make.draw(touches, 0, span, [])[0]?.causes[0] === touches[0]) first++
  }
  // The second is one second late, against arrivals after about two minutes.
  expect(Math.abs(first / runs - 0.5)).toBeLessThan(4.5 * Math.sqrt(0.25 / runs) + 0.01)
})

it('adds baseline conversions at their rate, more of them while the user intends to buy', () => {
  const parameters = {
    ...world(0, 1),
    intent: { periodsPerDay: 0, lengthDays: 1, baselineBoost: 5, endsWithPurchase: false },
  }
  const intents = [{ fromSec: 0, toSec: 7 * DAY_SEC }]
  const weeks = { fromSec: 0, toSec: 14 * DAY_SEC }
  const make = generator(parameters)
  const times = Array.from({ length: 500 }, () => make.draw([], 0.3, weeks, intents)).flat()
  expect(times.every(({ causes }) => causes.length === 0)).toBe(true)
  // A week's seven days average out the weekdays.
  const early = times.filter(({ atSec }) => atSec < 7 * DAY_SEC).length
  const expected = 500 * 7 * 0.3
  expect(Math.abs(early - 5 * expected)).toBeLessThan(4.5 * Math.sqrt(5 * expected))
  expect(Math.abs(times.length - early - expected)).toBeLessThan(4.5 * Math.sqrt(expected))
})

it('starts a joint source at the second touch of a pair, in either order', () => {
  const { channels } = simulationParameters('clean')
  const parameters: SimulationParameters = {
    ...simulationParameters('clean'),
    channels: channels.map((channel) => ({ ...channel, effect: 0 })),
    synergy: { channels: ['display', 'email'], effect: 1000, halfLifeDays: 1, withinDays: 3 },
  }
  const place = (name: string) => channels.findIndex(({ channel }) => channel === name)
  const display = touch(0, place('display'))
  const email = touch(DAY_SEC, place('email'))
  const late = touch(10 * DAY_SEC, place('display'))
  const conversions = generator(parameters).draw([display, email, late], 0, span, [])
  expect(conversions.map(({ causes }) => causes)).toEqual([[display, email]])
  expect(generator(parameters).draw([email, { ...display, atSec: 2 * DAY_SEC }], 0, span, [])).toHaveLength(1)
})

it('converts at touches in the seed format, by this touch or an earlier one', () => {
  const touches = [touch(0), touch(DAY_SEC)]
  const runs = 4000
  const make = generator({ ...world(0.4, 1), effects: 'at-touches' })
  const outcomes = Array.from({ length: runs }, () => make.draw(touches, 0, span, []))
  const part = (chosen: (outcome: (typeof outcomes)[number]) => boolean) =>
    outcomes.filter(chosen).length / runs
  const near = (observed: number, probability: number) =>
    expect(Math.abs(observed - probability)).toBeLessThan(
      4.5 * Math.sqrt((probability * (1 - probability)) / runs),
    )
  const atFirst = -Math.expm1(-0.4)
  near(
    part(([first]) => first?.onTouch === touches[0]),
    atFirst,
  )
  // Without one before, the second has its own 0.4 and half of the first's: a third of 0.6.
  near(
    part(([first]) => first?.onTouch === touches[1] && first?.causes[0] === touches[0]),
    ((1 - atFirst) * -Math.expm1(-0.6)) / 3,
  )
  // With one before, only its own.
  near(
    part(({ length }) => length === 2),
    atFirst ** 2,
  )
})
