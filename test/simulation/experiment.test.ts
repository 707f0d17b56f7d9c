import { expect, it } from 'vitest'
import { describeExperiment } from '../../src/simulation/experiment.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { simulationParameters } from '../../src/simulation/worlds.ts'

const startAtSec = 20_000 * 86_400
const usual = simulationParameters('holdout')

function experimentOf(users: number, seed: number, parameters = usual) {
  const settings = { users, days: 60, seed, variant: 'holdout', startAtSec, parameters } as const
  const simulation = simulateTouchpoints(settings)
  const rows = [...simulation.rows].flat()
  const truth = simulation.truth()
  if (truth.experiment === null) throw new Error('no experiment')
  return { rows, truth, experiment: truth.experiment }
}

it('withholds one channel from a random half of the users', () => {
  const { experiment, rows, truth } = experimentOf(4000, 1)
  const { exposed, control } = experiment
  expect(exposed.users + control.users).toBe(4000)
  expect(exposed.conversions + control.conversions).toBe(truth.conversions)
  expect(Math.abs(control.users - 2000)).toBeLessThan(4.5 * Math.sqrt(1000))
  const everyone = experimentOf(4000, 1, { ...usual, holdout: { channel: 'video', controlFraction: 0 } })
  const videos = (some: typeof rows) => some.filter(({ channel }) => channel === 'video').length
  // Users' activities differ by exp(0.7^2) - 1 (squared, relative).
  const ratio = videos(rows) / videos(everyone.rows)
  expect(Math.abs(ratio - 0.5)).toBeLessThan(4.5 * 0.5 * Math.sqrt((3 * (Math.expm1(0.49) + 1)) / 4000))
  expect(experiment).toMatchObject({ channel: 'video', from: '2024-10-04', to: '2024-12-03' })
})

it('finds what it would find without chance, give or take its standard error', () => {
  const seeds = Array.from({ length: 60 }, (_, at) => at + 1)
  const errors = seeds.map((seed) => {
    const { incrementalConversions, expectedConversions, standardError } = experimentOf(400, seed).experiment
    return ((incrementalConversions ?? Number.NaN) - expectedConversions) / (standardError ?? Number.NaN)
  })
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
  const variance = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length
  expect(Math.abs(mean)).toBeLessThan(4.5 / Math.sqrt(errors.length))
  // The variance of a squared standard normal number is 2. The spread of the effect itself is in the standard error, not in the error.
  expect(variance).toBeGreaterThan(1 - 4.5 * Math.sqrt(2 / errors.length))
  expect(variance).toBeLessThan(1 + 4.5 * Math.sqrt(2 / errors.length))
})

it('expects nothing of a channel that causes nothing, and leads to nothing', () => {
  const channels = usual.channels.map((one) =>
    one.channel === 'video' ? { ...one, effect: 0, followUps: [] } : one,
  )
  expect(experimentOf(500, 1, { ...usual, channels }).experiment.expectedConversions).toBe(0)
})

it('expects all that stems from the channel where nothing else would come instead', () => {
  const channels = usual.channels.map((one) => ({ ...one, effect: one.channel === 'search' ? 0.5 : 0 }))
  const parameters = {
    ...usual,
    channels,
    baselinePerDay: 0,
    afterConversion: 'keep',
    holdout: { channel: 'video', controlFraction: 0 },
  } as const
  const { truth, experiment } = experimentOf(1000, 1, parameters)
  const video = truth.byChannel.find(({ channel }) => channel === 'video')
  expect(video?.conversions).toBe(0)
  expect(experiment.expectedConversions).toBe(video?.startedConversions)
  expect(experiment.expectedConversions).toBeGreaterThan(0)
})

it('has no result where a group has less than two users', () => {
  const { experiment } = experimentOf(1, 1)
  expect(experiment).toMatchObject({ incrementalConversions: null, standardError: null })
  expect(describeExperiment(experiment)).toBe(
    'a random part of the users never gets video; from 2024-10-04 up to 2024-12-03: too few users for a result (0 in truth)',
  )
})
