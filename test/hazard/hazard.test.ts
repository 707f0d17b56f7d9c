import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import type { CellGrid, PatternRecord } from '../../src/examples/pattern.ts'
import { buildCurves, decay, HALF_LIVES, HALF_LIVES_DAYS } from '../../src/hazard/decay.ts'
import { WHOLE_DAY_EXPOSURE } from '../../src/hazard/exposure.ts'
import { fitHazard } from '../../src/hazard/hazard.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import { buildCellHazards, type HazardModel } from '../../src/hazard/model.ts'
import { hazardValueFunction } from '../../src/hazard/terms.ts'
import { createRandom } from '../../src/numerics/random.ts'
import type { PatternCredit } from '../../src/shapley/credit.ts'
import { packPatterns } from '../pack-patterns.ts'

type Cells = readonly (readonly [daysBefore: number, channel: number])[]

function record(cells: Cells, label: 0 | 1, count: number): PatternRecord {
  return {
    daysBefore: cells.map(([daysBefore]) => daysBefore),
    channels: cells.map(([, channel]) => channel),
    label,
    count,
    validationCount: 0,
    value: 0,
  }
}

/** A source that counts how often it is read. */
function examples(records: readonly PatternRecord[], batch = 1000) {
  const passes = { positives: 0, negatives: 0 }
  async function* read(label: 0 | 1) {
    passes[label === 1 ? 'positives' : 'negatives']++
    const chosen = records.filter((one) => one.label === label)
    for (let at = 0; at < chosen.length; at += batch) yield chosen.slice(at, at + batch)
  }
  return { positives: () => read(1), negatives: () => read(0), passes }
}

/** The gradient of the log likelihood, worked out from the definition: one entry a weight, the baseline's first, pairs last. */
function gradient(model: HazardModel, grid: CellGrid, records: readonly PatternRecord[]) {
  const curves = buildCurves(model.decay, grid.lookbackDays)
  const columns = [model.baseline, ...model.weights.flat(), ...model.pairs.map(({ weight }) => weight)]
  const slopes = new Float64Array(columns.length)
  const exposure = new Float64Array(columns.length)
  for (const { daysBefore, channels, label, count } of records) {
    const entries = new Float64Array(columns.length)
    entries[0] = 1
    daysBefore.forEach((day, k) => {
      curves.forEach((curve, b) => {
        entries[1 + (channels[k] ?? 0) * curves.length + b]! += curve[day] ?? 0
      })
    })
    const left = (channel: number) =>
      daysBefore.reduce((sum, day, k) => sum + (channels[k] === channel ? decay(day, 4) : 0), 0)
    model.pairs.forEach(({ channels: [first, second] }, at) => {
      entries[columns.length - model.pairs.length + at] = left(first) * left(second)
    })
    const hazard = entries.reduce((sum, entry, j) => sum + entry * (columns[j] ?? 0), 0)
    entries.forEach((entry, j) => {
      const exposed = count * entry
      slopes[j]! += (label === 1 && entry > 0 ? (count * entry) / hazard : 0) - exposed
      exposure[j]! += exposed
    })
  }
  return { slopes, exposure, weights: columns }
}

/** Karush-Kuhn-Tucker: no weight can rise, each positive one is level; relative to what the column was exposed to. */
function expectMaximum(
  model: HazardModel,
  grid: CellGrid,
  records: readonly PatternRecord[],
  tolerance = 1e-8,
) {
  const { slopes, exposure, weights } = gradient(model, grid, records)
  const events = records.reduce((sum, { label, count }) => sum + label * count, 0)
  weights.forEach((weight, j) => {
    expect(weight).toBeGreaterThanOrEqual(0)
    if (exposure[j] === 0) return
    expect(slopes[j]! / exposure[j]!).toBeLessThanOrEqual(tolerance)
    expect(Math.abs(weight * slopes[j]!) / events).toBeLessThanOrEqual(tolerance)
  })
}

/** Any records on a grid, at least one conversion. */
function anyRecords(grid: CellGrid) {
  const cell = fc.tuple(
    fc.integer({ min: 0, max: grid.lookbackDays - 1 }),
    fc.integer({ min: 0, max: grid.channelCount - 1 }),
  )
  const cells = fc.uniqueArray(cell, { maxLength: 6, selector: ([day, channel]) => day * 1000 + channel })
  const some = fc.tuple(cells, fc.integer({ min: 1, max: 50 }))
  return fc
    .tuple(fc.array(some, { minLength: 1, maxLength: 30 }), fc.array(some, { minLength: 1, maxLength: 60 }))
    .map(([converted, others]) => [
      ...converted.map(([touched, count]) => record(touched, 1, count)),
      ...others.map(([touched, count]) => record(touched, 0, count * 20)),
    ])
}

const grid: CellGrid = { lookbackDays: 7, channelCount: 4 }

/** Poisson(mean) by counting exponential gaps. */
function poisson(uniform: () => number, mean: number): number {
  let events = -1
  for (let gone = 0; gone <= mean; events++) gone -= Math.log(1 - uniform())
  return events
}

/** Random patterns, each for a number of days, and the conversions that come to them by `model`. */
function simulate(model: HazardModel, patterns: number, days: number, seed: number): PatternRecord[] {
  const random = createRandom(seed, 'hazard test')
  const hazards = buildCellHazards(model, grid)
  return Array.from({ length: patterns }).flatMap(() => {
    const cells: [number, number][] = []
    for (let day = 0; day < 7; day++)
      for (let channel = 0; channel < 4; channel++) if (random.uniform() < 0.07) cells.push([day, channel])
    const rate = (touched: Cells) =>
      touched.reduce((sum, [day, channel]) => sum + (hazards[day * 4 + channel] ?? 0), model.baseline)
    // The touches of the day itself come at noon: what converts in the morning has not seen them.
    const before = cells.filter(([day]) => day > 0)
    const morning = poisson(random.uniform, (days / 2) * rate(before))
    const evening = poisson(random.uniform, (days / 2) * rate(cells))
    // Days with a conversion are exposed like others here, so that the likelihood is exactly the process's.
    const rest = days - morning - evening
    return [record(before, 1, morning), record(cells, 1, evening), record(cells, 0, rest)].filter(
      ({ count }) => count > 0,
    )
  })
}

const planted: HazardModel = {
  baseline: 0.004,
  decay: HALF_LIVES,
  pairs: [],
  weights: [
    [0.03, 0, 0],
    [0, 0.02, 0],
    [0, 0, 0.008],
    [0, 0, 0],
  ],
  logLikelihood: 0,
  iterations: 0,
}

/**
 * @returns (fitted - planted)' I (fitted - planted) with the observed Fisher information I: about chi-squared with as
 * many degrees as weights or less, since weights >= 0 only bring the estimate nearer (in the metric of I the fit is the
 * projection of the unbounded one onto a convex set that holds the planted weights).
 */
function squaredDistance(fitted: HazardModel, from: HazardModel, records: readonly PatternRecord[]): number {
  const hazards = buildCellHazards(fitted, grid)
  const others = buildCellHazards(from, grid)
  return records.reduce((sum, { daysBefore, channels, label, count }) => {
    const cells = daysBefore.map((day, k) => day * grid.channelCount + (channels[k] ?? 0))
    const hazard = cells.reduce((total, cell) => total + (hazards[cell] ?? 0), fitted.baseline)
    const other = cells.reduce((total, cell) => total + (others[cell] ?? 0), from.baseline)
    return sum + label * count * (1 - other / hazard) ** 2
  }, 0)
}

/** Touches come at noon. */
const EXPOSED_FROM_NOON = { dayZeroExposure: 0.5 }

it('ends where the Karush-Kuhn-Tucker conditions hold, on any examples', async () => {
  const sizes = fc.record({
    lookbackDays: fc.integer({ min: 1, max: 9 }),
    channelCount: fc.integer({ min: 1, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(
      sizes.chain((size) => anyRecords(size).map((records) => ({ size, records }))),
      async ({ size, records }) => expectMaximum(await fitHazard(size, examples(records)), size, records),
    ),
    { seed: 7, numRuns: 300 },
  )
})

it('tells a maximum from a point beside it', async () => {
  const records = simulate(planted, 400, 500, 3)
  const model = await fitHazard(grid, examples(records))
  const beside = { ...model, baseline: model.baseline * 1.001 }
  expect(() => expectMaximum(beside, grid, records)).toThrow()
})

it('recovers planted weights up to the noise that their Fisher information allows', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const records = simulate(planted, 500, 800, seed)
    const model = await fitHazard(grid, examples(records), { exposure: EXPOSED_FROM_NOON })
    // A chi-squared of 13 degrees is above 42 once in 15,000 times.
    expect(squaredDistance(model, planted, records)).toBeLessThan(42)
    const doubled = { ...planted, weights: planted.weights.map((row) => row.map((weight) => weight * 2)) }
    expect(squaredDistance(model, doubled, records)).toBeGreaterThan(42)
  }
})

it('gives a channel without any conversion the weight 0', async () => {
  const records = [record([], 1, 10), record([], 0, 1000), record([[1, 2]], 0, 300), record([[0, 0]], 1, 5)]
  const model = await fitHazard(grid, examples(records))
  expect(model.weights[2]).toEqual([0, 0, 0])
  expect(model.weights[1]).toEqual([0, 0, 0])
})

it('counts conversions over days where nobody is touched', async () => {
  const records = [record([], 1, 30), record([], 0, 970)]
  const model = await fitHazard(grid, examples(records))
  expect(model.baseline).toBeCloseTo(0.03, 12)
  // 30 log(0.03) - 1000 * 0.03
  expect(model.logLikelihood).toBeCloseTo(30 * Math.log(0.03) - 30, 9)
})

it('finds the rate of one channel on one day in closed form', async () => {
  const one: CellGrid = { lookbackDays: 1, channelCount: 1 }
  const records = [record([], 1, 20), record([], 0, 980), record([[0, 0]], 1, 40), record([[0, 0]], 0, 400)]
  const model = await fitHazard(one, examples(records))
  // Two patterns, two rates: with a baseline b and a touch t, 20 / b = 1000 and 40 / (b + t) = 440.
  const withTouch = 40 / 440
  const baseline = 20 / 1000
  expect(model.baseline).toBeCloseTo(baseline, 9)
  expect(buildCellHazards(model, one)[0]).toBeCloseTo(withTouch - baseline, 9)
})

it('exposes the touches of whole days to half of the day', async () => {
  const one: CellGrid = { lookbackDays: 1, channelCount: 1 }
  const records = [record([[0, 0]], 1, 40), record([[0, 0]], 0, 380)]
  const model = await fitHazard(one, examples(records), { exposure: WHOLE_DAY_EXPOSURE })
  expect(buildCellHazards(model, one)[0]).toBeCloseTo(40 / (0.5 * 380 + 40), 9)
})

it('splits evenly between channels that are always touched together', async () => {
  const both: Cells = [
    [1, 0],
    [1, 1],
  ]
  const model = await fitHazard(
    grid,
    examples([record([], 1, 5), record([], 0, 1000), record(both, 1, 50), record(both, 0, 500)]),
  )
  const hazards = buildCellHazards(model, grid)
  expect(hazards[4]).toBeGreaterThan(0)
  // Any split has the same likelihood; the ridge of 1e-9 keeps the even one that the fit starts from.
  expect(hazards[4]).toBeCloseTo(hazards[5] ?? Number.NaN, 6)
})

it('reads each class once, in any batches and order, and gives the same numbers', async () => {
  const records = simulate(planted, 300, 300, 8)
  const source = examples(records, 7)
  const model = await fitHazard(grid, source)
  expect(source.passes).toEqual({ positives: 1, negatives: 1 })
  expect(await fitHazard(grid, examples(records, 500))).toEqual(model)
  const halves = records.flatMap((one) => [
    { ...one, count: one.count / 2 },
    { ...one, count: one.count / 2 },
  ])
  expect(await fitHazard(grid, examples(halves))).toEqual(model)
})

it('fits a hundred channels', async () => {
  const wide: CellGrid = { lookbackDays: 14, channelCount: 101 }
  const random = createRandom(5, 'wide')
  const records = Array.from({ length: 6000 }, (_, at) => {
    const touched = new Set<number>()
    for (let k = random.below(9); k >= 0; k--) touched.add(random.below(14 * 101))
    const cells = [...touched].sort((left, right) => left - right)
    return record(
      cells.map((cell) => [Math.floor(cell / 101), cell % 101] as const),
      at % 3 === 0 ? 1 : 0,
      at % 3 === 0 ? 1 : 20,
    )
  })
  expectMaximum(await fitHazard(wide, examples(records)), wide, records)
})

it('credits every conversion and its value exactly once, and no touch less than 0', () => {
  fc.assert(
    fc.property(
      anyRecords(grid),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 13, maxLength: 13 }),
      (records, drawn) => {
        const model = {
          ...planted,
          baseline: drawn[12] ?? 0,
          weights: [0, 1, 2, 3].map((channel) => drawn.slice(3 * channel, 3 * channel + 3)),
        }
        const conversions = Float64Array.from(records, ({ count }) => count)
        const value = conversions.map((count) => count * 19.99)
        const credits = attributeByHazard(model, {
          patterns: packPatterns(grid, records),
          conversions,
          value,
        })
        const total = conversions.reduce((sum, count) => sum + count, 0)
        const credited = credits.conversions.reduce(
          (sum, credit) => sum + credit,
          credits.baselineConversions,
        )
        const valued = credits.value.reduce((sum, credit) => sum + credit, credits.baselineValue)
        expect(Math.abs(credited / total - 1)).toBeLessThan(1e-12)
        expect(Math.abs(valued / (total * 19.99) - 1)).toBeLessThan(1e-12)
        expect(Math.min(...credits.conversions, credits.baselineConversions)).toBeGreaterThanOrEqual(0)
      },
    ),
    { seed: 3, numRuns: 100 },
  )
})

it.each(HALF_LIVES_DAYS)('averages a decay of half-life %d over the times of day', (halfLife) => {
  const random = createRandom(1, 'times of day')
  const draws = 200_000
  for (const daysBefore of [0, 1, 3]) {
    let [sum, squares] = [0, 0]
    for (let draw = 0; draw < draws; draw++) {
      const [one, other] = [random.uniform(), random.uniform()]
      const elapsed =
        daysBefore === 0 ? Math.abs(one - other) : daysBefore + random.uniform() - random.uniform()
      const left = 2 ** (-elapsed / halfLife)
      sum += left
      squares += left * left
    }
    const mean = sum / draws
    const error = Math.sqrt((squares / draws - mean ** 2) / draws)
    expect(Math.abs(decay(daysBefore, halfLife) - mean)).toBeLessThan(4 * error)
  }
})

it('credits each cell its term of the hazard', () => {
  const patterns = packPatterns(grid, [
    record(
      [
        [0, 0],
        [3, 1],
      ],
      1,
      1,
    ),
  ])
  const credits = attributeByHazard(planted, {
    patterns,
    conversions: Float64Array.of(8),
    value: Float64Array.of(80),
  })
  const [first, second] = [0.03 * decay(0, 0.3), 0.02 * decay(3, 1)]
  const hazard = first + second + 0.004
  expect(credits.conversions[0]).toBeCloseTo((8 * first) / hazard, 12)
  expect(credits.conversions[13]).toBeCloseTo((8 * second) / hazard, 12)
  expect(credits.baselineConversions).toBeCloseTo((8 * 0.004) / hazard, 12)
  expect(credits.baselineValue).toBeCloseTo((80 * 0.004) / hazard, 12)
  expect(credits.exactPatterns).toBe(1)
})

it('tells the credits of each pattern, those of a conversion adding up to 1', () => {
  const told: PatternCredit[] = []
  const touch = 0.03 * decay(0, 0.3)
  const patterns = packPatterns(grid, [record([], 1, 1), record([[0, 0]], 1, 1)])
  const counts = Float64Array.of(8, 4)
  attributeByHazard(planted, { patterns, conversions: counts, value: counts }, (credit) => told.push(credit))
  expect(told).toEqual([
    {
      pattern: 0,
      cells: [],
      credits: new Float64Array(0),
      baseline: 1,
      standardErrors: new Float64Array(0),
      probability: -Math.expm1(-0.004),
    },
    {
      pattern: 1,
      cells: [0],
      credits: Float64Array.of(touch / (0.004 + touch)),
      baseline: 0.004 / (0.004 + touch),
      standardErrors: Float64Array.of(0),
      probability: -Math.expm1(-(0.004 + touch)),
    },
  ])
})

it('credits the baseline where no term explains a conversion', () => {
  const nothing = { ...planted, baseline: 0 }
  const told: PatternCredit[] = []
  const converting = {
    patterns: packPatterns(grid, [record([[2, 3]], 1, 1)]),
    conversions: Float64Array.of(5),
    value: Float64Array.of(0),
  }
  const credits = attributeByHazard(nothing, converting, (credit) => told.push(credit))
  expect(credits.baselineConversions).toBe(5)
  expect(told).toMatchObject([
    { pattern: 0, cells: [11], credits: Float64Array.of(0), baseline: 1, probability: 0 },
  ])
})

it('turns hazards into probabilities', async () => {
  const evaluate = hazardValueFunction(planted, grid)
  const probabilities = await evaluate(packPatterns(grid, [record([], 1, 1), record([[0, 0]], 1, 1)]))
  expect(Array.from(probabilities)).toEqual([-Math.expm1(-0.004), -Math.expm1(-0.004 - 0.03 * decay(0, 0.3))])
  const ofDay = hazardValueFunction(planted, grid, 0.5)
  const [half] = await ofDay(packPatterns(grid, [record([[0, 0]], 1, 1)]))
  expect(half).toBe(-Math.expm1(-(0.004 + 0.03 * decay(0, 0.3) * 0.5)))
})

it('refuses what it can not fit, and patterns of other channels', async () => {
  await expect(fitHazard(grid, examples([record([], 0, 9)]))).rejects.toThrow(
    new DataError('hazard model: got 0 conversions, needs at least 1; check the time range'),
  )
  await expect(fitHazard(grid, examples([record([[7, 0]], 1, 1)]))).rejects.toThrow(
    new DataError(
      'patterns: got a touch 7 days before on channel 0, the grid has 7 days and 4 channels; export again',
    ),
  )
  expect(() => hazardValueFunction(planted, { lookbackDays: 7, channelCount: 3 })).toThrow(
    new DataError('hazard model: has 4 channels, the patterns have 3; train the model again'),
  )
})

it('stops when it is told to', async () => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  await expect(fitHazard(grid, examples([record([], 1, 1)]), { signal: stop.signal })).rejects.toThrow(
    'stopped',
  )
})
