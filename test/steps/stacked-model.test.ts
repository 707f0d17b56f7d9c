import { describe, expect, it } from 'vitest'
import { gridOf } from '../../src/artifacts/pattern-source.ts'
import { measureModel } from '../../src/evidence/held-out.ts'
import type { CreditNoise } from '../../src/evidence/intervals.ts'
import { cellCount, type PatternRecord, type ValueFunction } from '../../src/examples/pattern.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import type { HazardModel } from '../../src/hazard/model.ts'
import type { WeightedPredictions } from '../../src/numerics/weighted-metrics.ts'
import { attribute } from '../../src/shapley/attribution.ts'
import type { PatternCredit } from '../../src/shapley/credit.ts'
import type { CreditedExamples, JudgedModel } from '../../src/steps/model-answers.ts'
import { StackedModel } from '../../src/steps/stacked-model.ts'
import { packPatterns } from '../pack-patterns.ts'
import { CREDITS, manifestOf, modelOf } from '../report/fixtures.ts'

const manifest = manifestOf(CREDITS)
const grid = gridOf(manifest)
const hazardModel: HazardModel = {
  ...modelOf(CREDITS).hazard,
  decay: { halfLivesDays: [1] },
  weights: manifest.channels.map((_, channel) => [0.01 * (channel + 1)]),
}
const baseRate = 0.02

const record = (daysBefore: readonly number[], channels: readonly number[]): PatternRecord => {
  return { daysBefore, channels, label: 1, count: 1, validationCount: 0, value: 0 }
}
const converting = {
  patterns: packPatterns(grid, [record([], []), record([0, 0, 2], [0, 1, 2]), record([1], [1])]),
  conversions: Float64Array.of(40, 25, 10),
  value: Float64Array.of(400, 1000, 0),
}

/** The more cells the likelier, and two together more than each alone. */
const biLstmValue: ValueFunction = async ({ count, words, wordsPerPattern }) =>
  Float64Array.from({ length: count }, (_, at) => {
    const own = words.subarray(at * wordsPerPattern, (at + 1) * wordsPerPattern)
    const touched = own.reduce((sum, word) => sum + word.toString(2).replaceAll('0', '').length, 0)
    return 0.01 * (1 + touched) ** 2
  })

const noise: CreditNoise = {
  cells: new Float64Array(cellCount(grid)).fill(1),
  channels: new Float64Array(grid.channelCount).fill(2),
  allChannels: 3,
  baseline: 4,
}

/** Held-out examples of two kinds, as predicted. */
function judged(model: string, low: number, high: number, hasLearned = true): JudgedModel {
  const predictions: WeightedPredictions = {
    probabilities: Float64Array.of(low, low, high, high),
    labels: Float32Array.of(1, 0, 1, 0),
    weights: Float64Array.of(1000, 99_000, 5000, 95_000),
  }
  return { predictions, quality: measureModel(model, { baseRate }, predictions), hasLearned }
}

const examples = {
  manifest,
  learned: { model: { hazard: hazardModel } },
  converting,
  heldOut: { baseRate },
  noise,
} as unknown as CreditedExamples

async function stack(hazard: JudgedModel, biLstm: JudgedModel, given = examples) {
  const patterns: PatternCredit[] = []
  const stacked = new StackedModel(given, hazard, biLstm, (one) => void patterns.push(one))
  const progress = { update() {}, end() {} }
  const onPattern = (one: PatternCredit) => stacked.add(one)
  const how = { seed: 1, progress, now: () => 0, onPattern }
  const ofBiLstm = await attribute(converting, biLstmValue, how)
  const ofHazard = attributeByHazard(hazardModel, converting)
  const answer = stacked.answer(
    { method: 'shapley_hazard', credits: ofHazard, campaigns: undefined, noise, least: 0, ...hazard },
    {
      method: 'shapley_bilstm',
      credits: ofBiLstm,
      campaigns: undefined,
      noise: undefined,
      least: -Infinity,
      ...biLstm,
    },
  )
  return { ...stacked.weight, answer, patterns, ofHazard }
}

describe('the stacked model', () => {
  it('is the hazard model to the last bit where the BiLSTM learned nothing, and says so', async () => {
    const { weight, verdict, answer, ofHazard } = await stack(
      judged('hazard', 0.012, 0.048),
      judged('bilstm', 0.01, 0.05, false),
    )
    expect([weight, verdict]).toEqual([0, 'the hazard model alone: the BiLSTM learned nothing'])
    expect(answer).toMatchObject({
      method: 'shapley_stacked',
      credits: ofHazard,
      campaigns: undefined,
      noise,
      least: 0,
    })
  })

  it('is the hazard model where no users were held out', async () => {
    const unheld = { predictions: undefined, quality: undefined, hasLearned: true }
    const { weight, verdict, answer } = await stack(unheld, unheld, { ...examples, heldOut: undefined })
    expect(weight).toBe(0)
    expect(verdict).toBe('the hazard model alone: no users were held out to weigh the BiLSTM against it')
    expect(answer.quality).toBeUndefined()
  })

  it('mixes the credits of each pattern by weight and probability, which add up to the conversions', async () => {
    const { weight, answer, patterns } = await stack(
      judged('hazard', 0.025, 0.035),
      judged('bilstm', 0.005, 0.055),
    )
    expect(weight).toBeGreaterThan(0.6)
    expect(weight).toBeLessThan(1)
    const { credits } = answer
    const all = credits.conversions.reduce((sum, credit) => sum + credit, credits.baselineConversions)
    expect(Math.abs(all - 75)).toBeLessThan(1e-9)
    // After the third pattern, one touch: 0.01 of 0.04 are the baseline's by the BiLSTM; the hazard by its own terms.
    const { credits: byHazard } = attributeOne(2)
    const part = (weight * 0.04) / (weight * 0.04 + (1 - weight) * byHazard.probability)
    const third = patterns.find(({ pattern }) => pattern === 2)
    expect(third?.baseline).toBeCloseTo(part * 0.25 + (1 - part) * byHazard.baseline, 12)
    expect(answer.quality?.model).toBe('stacked')
    expect(answer.noise?.baseline).toBeGreaterThan(noise.baseline)
  })
})

function attributeOne(pattern: number): { readonly credits: PatternCredit } {
  const told: PatternCredit[] = []
  attributeByHazard(hazardModel, converting, (one) => void told.push(one))
  return { credits: told[pattern]! }
}
