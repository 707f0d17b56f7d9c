import { expect, it } from 'vitest'
import type { ExportedConversions } from '../../src/artifacts/pattern-source.ts'
import { addUpGroups, groupExposures } from '../../src/evidence/group-cells.ts'
import { groupInfluences } from '../../src/evidence/hazard-noise.ts'
import { estimateHazardNoise, type HazardNoiseOptions } from '../../src/evidence/intervals.ts'
import type { EvidenceSample } from '../../src/evidence/sample.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { MOMENT_EXPOSURE } from '../../src/hazard/exposure.ts'
import { fitHazard } from '../../src/hazard/hazard.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import { columnsOf } from '../../src/hazard/model.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { packPatterns } from '../pack-patterns.ts'
import { makeSample, type PlainSpan } from './make-sample.ts'
import { countExamples, type ExampleCounts } from './plain-sample.ts'

const grid = { lookbackDays: 3, channelCount: 2 }
const DRAWS = 400

/** Users whose channel 1 works and whose channel 0 doesn't; each has its own rate of touches. */
function makeUsers(count: number): readonly PlainSpan[] {
  const random = createRandom(7, 'users')
  return Array.from({ length: count }, (_, slot) => {
    const rate = 0.1 + 0.5 * random.uniform()
    return Array.from({ length: 8 }, (_, day): PlainSpan => {
      const cells = [0, 1, 2, 3, 4, 5]
        .filter(() => random.uniform() < rate)
        .map((cell) => [cell >> 1, cell & 1] as const)
      const works = cells.filter(([, channel]) => channel === 1)
      const hazard = 0.02 + works.reduce((sum, [daysBefore]) => sum + 0.05 * 2 ** -daysBefore, 0)
      return { slot, day, cells, kind: random.uniform() < hazard ? 1 : 0 }
    })
  }).flat()
}

function recordsOf(examples: ExampleCounts): PatternRecord[] {
  return Object.entries(examples).map(([key, count]): PatternRecord => {
    const [label, ...cells] = key.split(' ')
    const pairs = cells.map((cell) => cell.split('.').map(Number))
    const daysBefore = pairs.map(([day]) => day ?? 0)
    const channels = pairs.map(([, channel]) => channel ?? 0)
    return { label: label === '1' ? 1 : 0, daysBefore, channels, count, validationCount: 0, value: 0 }
  })
}

async function fitTo(records: readonly PatternRecord[]) {
  const of = (label: 0 | 1) =>
    async function* () {
      yield records.filter((record) => record.label === label)
    }
  const positives = records.filter(({ label }) => label === 1)
  const converting = {
    patterns: packPatterns(grid, positives),
    conversions: Float64Array.from(positives, ({ count }) => count),
    value: new Float64Array(positives.length),
  }
  const fit = await fitHazard(grid, { positives: of(1), negatives: of(0) })
  return { fit, converting, credits: attributeByHazard(fit, converting) }
}

function optionsOf(changes: Partial<HazardNoiseOptions> = {}): HazardNoiseOptions {
  return {
    rule: MOMENT_EXPOSURE,
    draws: DRAWS,
    random: createRandom(1, 'noise'),
    entryConversions: 0,
    seedFormat: false,
    ...changes,
  }
}

/** Every conversion is credited. */
const all = (converting: ExportedConversions['learned']) => ({ learned: converting, credited: converting })

const spans = makeUsers(1500)
const sample = makeSample(grid, spans)

it('adds up over groups to what the fit to all was exposed to', async () => {
  const { fit } = await fitTo(recordsOf(countExamples(sample)))
  const added = addUpGroups(groupExposures(sample, columnsOf(fit, grid), MOMENT_EXPOSURE))
  added.forEach((days, column) => {
    expect(Math.abs(days / fit.exposure[column]! - 1)).toBeLessThan(1e-12)
  })
})

it('has scores that cancel where the likelihood has its maximum', async () => {
  const { fit } = await fitTo(recordsOf(countExamples(sample)))
  const { scores } = groupInfluences(fit, sample, MOMENT_EXPOSURE)
  expect(scores.length).toBe(64)
  const sums = addUpGroups(scores)
  sums.forEach((sum, column) => {
    // The groups' own means are taken off; what is left is rounding.
    expect(Math.abs(sum)).toBeLessThan(1e-9 * fit.exposure[column]!)
  })
})

/** The sample with each group of users so many times. */
function resample(times: readonly number[]): EvidenceSample {
  const weight = sample.weight.map((count, span) => count * times[sample.group[span]!]!)
  return { ...sample, weight }
}

it('is what refits to resampled groups of users scatter by', async () => {
  const { fit, converting } = await fitTo(recordsOf(countExamples(sample)))
  const noise = await estimateHazardNoise(fit, all(converting), sample, optionsOf())
  const random = createRandom(3, 'bootstrap')
  const refits = 150
  const found: number[][] = []
  for (let refit = 0; refit < refits; refit++) {
    const times = Array.from({ length: 64 }, () => 0)
    for (let drawn = 0; drawn < 64; drawn++) times[random.below(64)]!++
    const { credits } = await fitTo(recordsOf(countExamples(resample(times))))
    const channel = (at: number) =>
      [0, 1, 2].reduce((sum, day) => sum + credits.conversions[2 * day + at]!, 0)
    found.push([channel(0), channel(1), credits.baselineConversions])
  }
  const told = [noise.channels[0]!, noise.channels[1]!, noise.baseline]
  told.forEach((deviation, at) => {
    const values = found.map((one) => one[at]!)
    const mean = values.reduce((sum, value) => sum + value, 0) / refits
    const scatter = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (refits - 1))
    // Relative standard errors 1 / sqrt(2 * 150) and 1 / sqrt(2 * 400); and the estimate may lie at the bound.
    expect(Math.abs(deviation / scatter - 1)).toBeLessThan(4 * Math.hypot(0.058, 0.035) + 0.1)
  })
})

it('is that of a sum over groups where nobody is touched', async () => {
  const plain = Array.from({ length: 640 }, (_, slot): PlainSpan => ({ slot, kind: slot % 64 < 16 ? 1 : 0 }))
  const untouched = makeSample(grid, plain)
  const { fit, converting } = await fitTo(recordsOf(countExamples(untouched)))
  const { baseline, cells } = await estimateHazardNoise(fit, all(converting), untouched, optionsOf())
  // 16 groups have 10 conversions, 48 have none: 64 / 63 * sum of squares around 2.5.
  const expected = Math.sqrt((64 / 63) * (16 * 7.5 ** 2 + 48 * 2.5 ** 2))
  expect(Math.abs(baseline / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * DRAWS))
  expect(Math.max(...cells)).toBe(0)
})

it('scales the noise of sampled users up to that of all', async () => {
  const { fit, converting } = await fitTo(recordsOf(countExamples(sample)))
  const whole = await estimateHazardNoise(fit, all(converting), sample, optionsOf())
  const quarter = await estimateHazardNoise(fit, all(converting), { ...sample, rate: 0.25 }, optionsOf())
  // The same users taken for a quarter: twice the noise, but for what the bound at 0 makes of it.
  expect(quarter.channels[1]! / whole.channels[1]!).toBeGreaterThan(1.9)
  expect(quarter.channels[1]! / whole.channels[1]!).toBeLessThan(2.1)
})

it('adds the noise of conversions that the model was not learned from to that of the model', async () => {
  const { fit, converting } = await fitTo(recordsOf(countExamples(sample)))
  // So many users that their groups don't vary.
  const still = { ...sample, rate: 1e12 }
  const noiseOf = async (learned: EvidenceSample, creditedSample: EvidenceSample) =>
    (await estimateHazardNoise(fit, all(converting), learned, optionsOf({ creditedSample }))).channels[1]!
  const ofModel = await noiseOf(sample, still)
  const ofConversions = await noiseOf(still, sample)
  const both = await noiseOf(sample, { ...sample })
  // Standard errors of deviations are 1 / sqrt(2 draws) of them; the two independent parts have half of it in their sum at most.
  expect(Math.abs(both / Math.hypot(ofModel, ofConversions) - 1)).toBeLessThan((4 * 2) / Math.sqrt(2 * DRAWS))
  expect(Math.min(ofModel, ofConversions)).toBeGreaterThan(0.1 * both)
})

it('adds the chance of entry conversions to the baseline, and nothing to channels that share everything', async () => {
  const { fit, converting } = await fitTo(recordsOf(countExamples(sample)))
  const some = await estimateHazardNoise(fit, all(converting), sample, optionsOf())
  const more = await estimateHazardNoise(fit, all(converting), sample, optionsOf({ entryConversions: 1e6 }))
  expect(more.baseline / Math.hypot(some.baseline, 1000)).toBeGreaterThan(1 - 4 / Math.sqrt(2 * DRAWS))
  expect(more.baseline / Math.hypot(some.baseline, 1000)).toBeLessThan(1 + 4 / Math.sqrt(2 * DRAWS))
  const shared = await estimateHazardNoise(fit, all(converting), sample, optionsOf({ seedFormat: true }))
  expect(shared.baseline).toBe(0)
  expect(shared.channels[1]).toBeGreaterThan(0)
})

it('is the same for the same seed', async () => {
  const { fit, converting } = await fitTo(recordsOf(countExamples(sample)))
  const first = await estimateHazardNoise(fit, all(converting), sample, optionsOf())
  expect(await estimateHazardNoise(fit, all(converting), sample, optionsOf())).toEqual(first)
})
