import { expect, it } from 'vitest'
import { compareWithTruth } from '../../src/simulation/error-measures.ts'
import { type SimulationTruth, truthWithinWindow } from '../../src/simulation/truth.ts'
import { simulationParameters } from '../../src/simulation/worlds.ts'

const truth: SimulationTruth = {
  meaning: {},
  variant: 'clean',
  users: 10,
  days: 10,
  seed: 1,
  startAtSec: 0,
  rows: 300,
  touches: 200,
  conversions: 100,
  value: 1000,
  baseline: { conversions: 40, value: 400 },
  byChannel: [
    { channel: 'a', touches: 100, conversions: 45, value: 450, startedConversions: 51 },
    { channel: 'b', touches: 100, conversions: 15, value: 150, startedConversions: 9 },
  ],
  byDaysBefore: [
    { channel: 'a', daysBefore: 0, conversions: 40, value: 400, startedBy: { a: 40 } },
    { channel: 'a', daysBefore: 5, conversions: 5, value: 50, startedBy: { a: 5 } },
    { channel: 'b', daysBefore: 4, conversions: 15, value: 150, startedBy: { a: 6, b: 9 } },
  ],
  followUps: [],
  experiment: null,
  parameters: simulationParameters('clean'),
}

it('finds no error in the truth itself, whatever its scale', () => {
  const byChannel = new Map([
    ['a', 450],
    ['b', 150],
  ])
  expect(compareWithTruth(truth, { byChannel, baseline: 400 })).toEqual({ incremental: 0, share: 0 })
})

it('averages absolute errors in percentage points', () => {
  const byChannel = new Map([
    ['a', 30],
    ['b', 20],
    ['c', 10],
  ])
  const error = compareWithTruth(truth, { byChannel, baseline: 40 })
  // Off by 15, 5, 10 and 0 of 100 conversions; of 60 caused ones by 25, 8 1/3 and 16 2/3 points.
  expect(error.incremental).toBeCloseTo(30 / 4, 12)
  expect(error.share).toBeCloseTo(50 / 3, 12)
})

it('has no share where no channel caused anything', () => {
  const error = compareWithTruth(truth, { byChannel: new Map(), baseline: 100 })
  expect(error).toEqual({ incremental: 40, share: null })
})

it('refuses to compare with an attribution of nothing', () => {
  expect(() => compareWithTruth(truth, { byChannel: new Map(), baseline: 0 })).toThrow(
    new RangeError('error measures: there are no conversions to compare'),
  )
})

it('counts what touches before the window caused to the baseline', () => {
  const within = truthWithinWindow(truth, 5)
  expect(within.baseline).toEqual({ conversions: 45, value: 450 })
  expect(within.byChannel).toEqual([
    { channel: 'a', touches: 100, conversions: 40, value: 400, startedConversions: 46 },
    { channel: 'b', touches: 100, conversions: 15, value: 150, startedConversions: 9 },
  ])
  expect(within.byDaysBefore).toHaveLength(2)
  expect(truthWithinWindow(truth, 6).baseline).toEqual(truth.baseline)
})
