import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/numerics/random.ts'
import { ConversionGenerator } from '../../src/simulation/conversions.ts'
import type { SimulationParameters } from '../../src/simulation/parameters.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { happens } from '../../src/simulation/touches.ts'
import { truthWithinWindow } from '../../src/simulation/truth.ts'
import type { TouchpointRow } from '../../src/simulation/user-simulator.ts'
import { type SimulationVariant, simulationParameters, withConversions } from '../../src/simulation/worlds.ts'

const START_AT_SEC = 20_000 * 86_400
const DAY_SEC = 86_400
const WEEK = { fromSec: 0, toSec: 7 * DAY_SEC }
/** Standard errors that chance exceeds once in 150,000 comparisons. */
const FAR = 4.5

function simulate(
  variant: SimulationVariant,
  changes: Partial<SimulationParameters> = {},
  users = 3000,
  seed = 1,
) {
  const parameters = { ...simulationParameters(variant), ...changes }
  const settings = { users, days: 60, seed, variant, startAtSec: START_AT_SEC, parameters }
  const simulation = simulateTouchpoints(settings)
  const rows = [...simulation.rows].flat()
  return { rows, truth: simulation.truth() }
}

/** Channels that last as long as wanted, no baseline, and nothing else. */
function channelsOf(effects: readonly number[], halfLifeDays: number) {
  return effects.map((effect, at) => ({
    channel: String(at),
    touchesPerDay: 1,
    effect,
    halfLifeDays,
    followUps: [],
    reach: 1,
    intentBoost: 1,
  }))
}

function generator(changes: Partial<SimulationParameters>) {
  return new ConversionGenerator(
    { ...simulationParameters('clean'), ...changes },
    createRandom(1, 'conversions'),
  )
}

const touch = (atSec: number, channel = 0) => ({ atSec, channel })
const near = (observed: number, expected: number, standardError: number) =>
  expect(Math.abs(observed - expected)).toBeLessThan(FAR * standardError)

function touchesByUser(rows: readonly TouchpointRow[]): number[] {
  const counts = new Map<string, number>()
  for (const { userId, channel } of rows) {
    if (channel !== null) counts.set(userId, (counts.get(userId) ?? 0) + 1)
  }
  return [...counts.values()]
}

describe('intent-ends', () => {
  it('ends the intention with a purchase, and the touches and conversions that it would have led to', () => {
    const intent = { periodsPerDay: 0, lengthDays: 1, baselineBoost: 1000, endsWithPurchase: true }
    const make = generator({ channels: channelsOf([0], 1), intent })
    for (let run = 0; run < 50; run++) {
      const intending = { ...WEEK }
      const early = { ...touch(0), intent: intending }
      const late = { ...touch(6 * DAY_SEC), intent: intending }
      const [first, ...others] = make.draw([early, late], 0.1, WEEK, [intending])
      // 100 conversions a day would follow if the intention didn't end; the plain baseline has 0.1 a day.
      expect(others.length).toBeLessThan(10)
      expect(intending.toSec).toBe(first?.atSec)
      expect([early, late].map(happens)).toEqual([true, false])
      expect(happens({ ...touch(7 * DAY_SEC), ledBy: late })).toBe(false)
      expect(happens({ ...touch(7 * DAY_SEC), ledBy: early })).toBe(true)
    }
  })
})

it('shows more ads, not more searches, to those who intend to buy in targeted', () => {
  const clean = simulate('clean').truth
  const targeted = simulate('targeted').truth
  // Intentions last 4 of every 104 days but start with none: a part 1 - 1 / (60 * 0.26) of that in 60 days.
  const intending = (4 / 104) * (1 - 1 / (60 * 0.26))
  const ratio = (name: string) => {
    const touchesIn = (truth: typeof clean) =>
      truth.byChannel.find(({ channel }) => channel === name)?.touches ?? 0
    return touchesIn(targeted) / touchesIn(clean)
  }
  // Users differ in activity by exp(0.7^2) - 1 (squared, relative) in each of the two; boosted touches come in clusters of about 1.
  const standardError = 1.3 * Math.sqrt((2 * (Math.expm1(0.49) + 1)) / 3000)
  near(ratio('display'), 1 + 7 * intending, standardError)
  near(ratio('email'), 1, standardError)
  expect(1 + 7 * intending).toBeGreaterThan(1.2)
})

it('lets the third touch of a day, and none of another day, add a tenth in saturation', () => {
  const { saturation } = simulationParameters('saturation')
  const make = generator({ saturation, channels: channelsOf([0.5], 0.1), afterConversion: 'keep' })
  const touches = [touch(0), touch(1), touch(2), touch(DAY_SEC)]
  const runs = 4000
  const caused = [0, 0, 0, 0]
  for (let run = 0; run < runs; run++) {
    for (const { causes } of make.draw(touches, 0, WEEK, [])) caused[touches.indexOf(causes[0]!)]!++
  }
  const expected = [0.5, 0.5, 0.05, 0.5]
  caused.forEach((count, at) => {
    near(count / runs, expected[at]!, Math.sqrt(expected[at]! / runs))
  })
})

describe('multiplicative', () => {
  // Lifts of 2 and 3 that hardly decay: effect = lift x half-life x baseline / log 2.
  const [baselinePerDay, halfLifeDays] = [0.05, 1e6]
  const effects = [2, 3].map((lift) => (lift * halfLifeDays * baselinePerDay) / Math.LN2)
  const make = generator({ effects: 'multiply', baselinePerDay, channels: channelsOf(effects, halfLifeDays) })
  const runs = 4000
  const firsts = Array.from(
    { length: runs },
    () => make.draw([touch(0, 0), touch(0, 1)], baselinePerDay, WEEK, [])[0],
  )

  it('multiplies the rates of conversions', () => {
    const converted = firsts.filter((first) => first !== undefined).length / runs
    const probability = -Math.expm1(-7 * baselinePerDay * 3 * 4)
    near(converted, probability, Math.sqrt((probability * (1 - probability)) / runs))
  })

  it('divides conversions by the Shapley values of the product', () => {
    const conversions = firsts.filter((first) => first !== undefined)
    const part = (channel: number | undefined) =>
      conversions.filter(({ causes }) => causes[0]?.channel === channel).length / conversions.length
    // 12 = 1 (baseline) + 2 + 3 (alone) + 6 (both).
    const parts = [undefined, 0, 1].map(part)
    ;[1 / 12, (2 + 3) / 12, (3 + 3) / 12].forEach((expected, at) => {
      near(parts[at]!, expected, Math.sqrt((expected * (1 - expected)) / conversions.length))
    })
  })
})

it('has a tenth of the touches and conversions in sparse', () => {
  const clean = simulate('clean', {}, 20_000).truth
  const sparse = simulate('sparse', {}, 20_000).truth
  // Relative: users differ in activity, and the rarer ones are Poisson.
  const error = (count: number) => Math.sqrt((2 * Math.expm1(0.49)) / 20_000 + 2 / count)
  near(sparse.touches / clean.touches, 0.1, 0.1 * error(sparse.touches))
  // A conversion uses up touches, which is rarer with fewer of them: a hundredth more at most.
  near(sparse.conversions / clean.conversions, 0.1, 0.1 * error(sparse.conversions) + 0.001)
})

it('has half of the touches with 5 % of the users in heavy-users', () => {
  // Else alike, light users have 6 touches on average and heavy ones 120: 30 lies between them for nearly all.
  const alike = { activitySpread: 0, channels: simulationParameters('clean').channels.map(stripped) }
  const counts = touchesByUser(simulate('heavy-users', alike, 6000).rows)
  const heavy = counts.filter((count) => count > 30)
  const total = (some: readonly number[]) => some.reduce((sum, count) => sum + count, 0)
  near(heavy.length / 6000, 0.05, Math.sqrt((0.05 * 0.95) / 6000))
  // The number of heavy users is what varies most: half of the relative error of their number.
  near(total(heavy) / total(counts), 0.5, 0.5 * Math.sqrt(0.95 / (0.05 * 6000)))
})

/** Without follow-ups, and for everyone. */
function stripped<Channel extends object>(channel: Channel) {
  return { ...channel, followUps: [], reach: 1 }
}

it('touches in the morning and sells in the evening in time-of-day', () => {
  const channels = simulationParameters('clean').channels.map(stripped)
  const { rows, truth } = simulate('time-of-day', { channels })
  const hours = (some: readonly TouchpointRow[]) =>
    some.map(({ atSec }) => Math.floor((atSec % DAY_SEC) / 3600))
  const touched = hours(rows.filter(({ channel }) => channel !== null))
  const sold = hours(rows.filter(({ conversion }) => conversion === 1))
  expect([Math.min(...touched), Math.max(...touched)]).toEqual([5, 11])
  expect([Math.min(...sold), Math.max(...sold)]).toEqual([16, 23])
  // What touches cause waits for the evening, most of it for that of the same day.
  const sameDay = truth.byDaysBefore.filter(({ daysBefore }) => daysBefore === 0)
  const caused = truth.conversions - truth.baseline.conversions
  expect(sameDay.reduce((sum, { conversions }) => sum + conversions, 0)).toBeGreaterThan(0.4 * caused)
})

describe('repeat', () => {
  it('lets one touch cause any number of conversions', () => {
    const make = generator({ channels: channelsOf([2], 0.1), afterConversion: 'keep' })
    const runs = 2000
    const counts = Array.from({ length: runs }, () => make.draw([touch(0)], 0, WEEK, []).length)
    near(counts.reduce((sum, count) => sum + count, 0) / runs, 2, Math.sqrt(2 / runs))
    near(counts.filter((count) => count === 0).length / runs, Math.exp(-2), Math.sqrt((0.14 * 0.86) / runs))
  })

  it('has about 13,900 conversions of 60,000 users, 8.6 % of them without a touch in the last 7 days', () => {
    const { conversions, baseline, users } = truthWithinWindow(simulate('repeat', {}, 20_000).truth, 7)
    // 13,863 and 8.6 % are those of another simulator; touched users buy again, so that variances are about twice Poisson's.
    near(conversions / users, 13_863 / 60_000, Math.sqrt((2 * 0.231) / users))
    near(baseline.conversions / conversions, 0.086, Math.sqrt(0.086 / conversions))
  })
})

it('leads to touches as often as its parameters say', () => {
  const { followUps, byChannel } = simulate('clean', {}, 6000).truth
  const videos = byChannel.find(({ channel }) => channel === 'video')?.touches ?? 0
  const led = followUps.find(({ from, to }) => from === 'video' && to === 'search')?.touches ?? 0
  // Mean delay: 10 hours, which those of the last of 60 days run out of.
  near(led / videos, 0.4 * (1 - 10 / 24 / 60), Math.sqrt((0.4 * 0.6) / videos))
  expect(followUps.some(({ from }) => from === 'direct')).toBe(false)
})

it('counts a search after a video towards the video that started the chain', () => {
  const { byChannel } = simulate('clean', {}, 6000).truth
  const channelOf = (name: string) => byChannel.find(({ channel }) => channel === name)
  expect(channelOf('search')?.startedConversions).toBeLessThan(channelOf('search')?.conversions ?? 0)
  expect(channelOf('video')?.startedConversions).toBeGreaterThan(channelOf('video')?.conversions ?? 0)
  expect(channelOf('email')?.startedConversions).toBe(channelOf('email')?.conversions)
})

it('has more conversions of every cause on demand', () => {
  const usual = simulationParameters('synergy')
  const more = withConversions(usual, 6)
  expect(more.baselinePerDay).toBe(6 * usual.baselinePerDay)
  expect(more.synergy?.effect).toBe(6 * (usual.synergy?.effect ?? 0))
  expect(more.channels.map(({ effect }) => effect)).toEqual(usual.channels.map(({ effect }) => 6 * effect))
  expect(withConversions(usual, 1)).toEqual(usual)
})
