import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../src/bilstm/net.ts'
import { type TrainingOptions, trainBiLstm } from '../../src/bilstm/training.ts'
import { startWasm } from '../../src/bilstm/wasm/wasm-backend.ts'
import { DataError } from '../../src/errors.ts'
import type { CellGrid, PatternRecord } from '../../src/examples/pattern.ts'
import { silentLogger } from '../../src/logger.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { silentProgress } from '../../src/progress.ts'
import type { EpochMetrics } from '../../src/tables/metrics.ts'
import { packPatterns } from '../pack-patterns.ts'

const grid: CellGrid = { lookbackDays: 2, channelCount: 2 }

let backend: Backend

beforeAll(async () => {
  backend = await startWasm(1)
})

afterAll(() => backend.close())

/** All sixteen patterns of four cells. */
const cellSets = Array.from({ length: 16 }, (_, mask) => [0, 1, 2, 3].filter((cell) => (mask >> cell) & 1))

function record(
  cells: readonly number[],
  label: 0 | 1,
  count: number,
  validationCount: number,
): PatternRecord {
  return {
    daysBefore: cells.map((cell) => Math.floor(cell / 2)),
    channels: cells.map((cell) => cell % 2),
    label,
    count,
    validationCount,
    value: 0,
  }
}

/** Examples of each pattern, fewer the more it touches, that convert exactly as often as `probabilityOf` says. */
function examples(probabilityOf: (cells: readonly number[]) => number, validates = 0.5): PatternRecord[] {
  return cellSets.flatMap((cells) => {
    const count = 200_000 / 4 ** cells.length
    const converted = Math.round(count * probabilityOf(cells))
    return ([1, 0] as const).map((label) => {
      const ofLabel = label === 1 ? converted : count - converted
      return record(cells, label, ofLabel, Math.round(ofLabel * validates))
    })
  })
}

function sourceOf(records: readonly PatternRecord[]) {
  async function* read(label: 0 | 1) {
    yield records.filter((one) => one.label === label && one.count > 0)
  }
  return { positives: () => read(1), negatives: () => read(0) }
}

function optionsFor(
  records: readonly PatternRecord[],
  changes: Partial<TrainingOptions> = {},
): TrainingOptions {
  const total = (label: 0 | 1, part: (one: PatternRecord) => number) =>
    records.reduce((sum, one) => sum + (one.label === label ? part(one) : 0), 0)
  return {
    grid,
    width: 6,
    dropoutRate: 0.1,
    stepsPerEpoch: 10,
    epochs: 2,
    batchSize: 64,
    validationBatchSize: 32,
    shuffleBufferSize: 1000,
    seed: 1,
    totals: {
      positiveTraining: total(1, (one) => one.count - one.validationCount),
      negativeTraining: total(0, (one) => one.count - one.validationCount),
      positiveValidation: total(1, (one) => one.validationCount),
      negativeValidation: total(0, (one) => one.validationCount),
    },
    ...changes,
  }
}

const effects = () => ({
  progress: silentProgress,
  logger: silentLogger,
  signal: new AbortController().signal,
  now: () => 0,
})

const patterns = packPatterns(
  grid,
  cellSets.map((cells) => record(cells, 1, 1, 0)),
)

async function train(records: readonly PatternRecord[], changes: Partial<TrainingOptions> = {}) {
  const trained = await trainBiLstm(backend, optionsFor(records, changes), sourceOf(records), effects())
  const net = backend.openNet({ grid, width: 6 }, trained.weights)
  const probabilities = await net.predict(patterns)
  net.dispose()
  return { ...trained, probabilities }
}

/** Every touch multiplies what the others leave: 0.02 alone, up to 0.02 * 12 = 0.24. */
const multiplied = (cells: readonly number[]) =>
  cells.reduce((probability, cell) => probability * [3, 1, 2, 2][cell]!, 0.02)

it('learns a table of probabilities from conversions that are one example in thirty', async () => {
  const records = examples(multiplied)
  const { probabilities, metrics, keptEpoch } = await train(records, {
    stepsPerEpoch: 200,
    epochs: 2,
    batchSize: 256,
  })
  // Draws of a batch give the empty pattern's odds a standard error of 1 / sqrt(60) a step; with the falling rate the
  // last hundred steps count, which leaves 1.3 %. Rare patterns are drawn 1 / 20 as often: 6 %, four of which are 24 %.
  cellSets.forEach((cells, at) => {
    expect(Math.abs(Math.log(probabilities[at]! / multiplied(cells)))).toBeLessThan(
      cells.length < 3 ? 0.15 : 0.3,
    )
  })
  expect(keptEpoch).toBe(2)
  const last = metrics.at(-1)!
  // The entropy of the table is what no model can go below.
  const entropy = records.reduce(
    (sum, { daysBefore, channels, label, validationCount }) => {
      const p = multiplied(daysBefore.map((day, k) => 2 * day + channels[k]!))
      return {
        loss: sum.loss - validationCount * Math.log(label === 1 ? p : 1 - p),
        count: sum.count + validationCount,
      }
    },
    { loss: 0, count: 0 },
  )
  expect(last.valLoss).toBeGreaterThan((entropy.loss / entropy.count) * (1 - 1e-6))
  expect(last.valLoss).toBeLessThan((entropy.loss / entropy.count) * 1.003)
  expect(last.calibrationError).toBeLessThan(0.003)
})

it('gives the same weights for the same seed, and others for another', async () => {
  const records = examples(multiplied)
  const first = await train(records)
  const second = await train(records)
  expect(second.weights).toEqual(first.weights)
  expect(second.metrics).toEqual(first.metrics)
  expect((await train(records, { seed: 2 })).weights).not.toEqual(first.weights)
})

it('keeps the base rate where the validating users say that nothing was learned', async () => {
  // Training sees the opposite of what validation does.
  const records = cellSets.flatMap((cells) => {
    const even = cells.length % 2 === 0
    return [record(cells, 1, 1000, even ? 900 : 100), record(cells, 0, 9000, even ? 4100 : 4900)]
  })
  const { probabilities, keptEpoch, valLoss, metrics } = await train(records, { stepsPerEpoch: 100 })
  expect(keptEpoch).toBe(0)
  for (const { valLoss: later } of metrics) expect(later).toBeGreaterThan(valLoss!)
  const { positiveTraining, negativeTraining } = optionsFor(records).totals
  probabilities.forEach((probability) => {
    expect(Math.abs(probability - positiveTraining / (positiveTraining + negativeTraining))).toBeLessThan(
      2 ** -24,
    )
  })
})

it('keeps the last epoch where nobody validates, and has no figures of validation', async () => {
  const { metrics, keptEpoch, valLoss } = await train(examples(multiplied, 0))
  expect(keptEpoch).toBe(2)
  expect(valLoss).toBeNull()
  const [first] = metrics as [EpochMetrics, ...EpochMetrics[]]
  expect(first).toMatchObject({ epoch: 1, valLoss: null, valRmse: null, auc: null, calibrationError: null })
  expect(first.examples).toBe(640)
  expect(first.loss).toBeGreaterThan(0)
})

it('ends where a third of the epochs brought no better one', async () => {
  // Validation is certain of what training never sees.
  const records = [record([0], 1, 1000, 0), record([1], 0, 1000, 0), record([0], 0, 500, 500)]
  const { metrics, keptEpoch } = await train(records, { epochs: 7 })
  expect(keptEpoch).toBe(0)
  expect(metrics).toHaveLength(3)
})

it('ends after the last epoch that it is given, at the rates of all epochs', async () => {
  const records = examples(multiplied, 0)
  const whole = await train(records, { epochs: 3 })
  const part = await train(records, { epochs: 3, lastEpoch: 2 })
  expect(part.keptEpoch).toBe(2)
  expect(part.metrics).toEqual(whole.metrics.slice(0, 2))
})

it('trains on records of a bounded buffer', async () => {
  const { metrics } = await train(examples(multiplied), { shuffleBufferSize: 5 })
  expect(metrics).toHaveLength(2)
})

it('tells how far it is, how good and how long it will take', async () => {
  const records = examples(multiplied)
  const told: { done: number; total: number; note: string | undefined }[] = []
  let clockMs = 0
  await trainBiLstm(backend, optionsFor(records), sourceOf(records), {
    ...effects(),
    now: () => {
      clockMs += 500
      return clockMs
    },
    progress: {
      update(phase, done, total, note) {
        expect(phase).toBe('train')
        told.push({ done, total, note })
      },
    },
  })
  expect(told.map(({ done }) => done)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
  expect(told[0]?.total).toBe(20)
  expect(told[4]?.note).toMatch(/^loss 0\.\d{5} {2}val_loss 0\.\d{5} {2}auc 0\.\d{3} {2}\d+ s left$/)
  expect(told[19]?.note).toMatch(/ 0 s left$/)
})

it('stops between two steps when it is aborted', async () => {
  const records = examples(multiplied)
  const stop = new AbortController()
  let steps = 0
  const progress = {
    update() {
      steps++
      if (steps === 7) stop.abort(new Error('stopped'))
    },
  }
  const running = trainBiLstm(backend, optionsFor(records), sourceOf(records), {
    ...effects(),
    progress,
    signal: stop.signal,
  })
  await expect(running).rejects.toThrow('stopped')
  expect(steps).toBe(7)
})

it('refuses one class alone, and streams that are not what the manifest counts', async () => {
  const records = [record([], 0, 9, 3)]
  await expect(trainBiLstm(backend, optionsFor(records), sourceOf(records), effects())).rejects.toThrow(
    new DataError(
      'bilstm: got 0 training examples with a conversion and 6 without, needs at least 1 of each; ' +
        'lower --validation-fraction (VALIDATION_FRACTION) or check the time range',
    ),
  )
  const others = [record([], 0, 9, 3), record([], 1, 2, 1)]
  const longer = optionsFor([record([], 0, 10, 3), record([], 1, 2, 1)])
  await expect(trainBiLstm(backend, longer, sourceOf(others), effects())).rejects.toThrow(
    new DataError('bilstm: found 6 negative training examples, the manifest says 7; export again'),
  )
})

it('draws random numbers of its own for dropout, initial weights and both classes', () => {
  const streams = ['dropout', 'initial weights', 'positive draws', 'negative draws', 'validation sample']
  const firsts = streams.map((name) => createRandom(1, name).uniform())
  expect(new Set(firsts).size).toBe(streams.length)
})
