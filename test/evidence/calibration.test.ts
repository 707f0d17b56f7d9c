import { describe, expect, it } from 'vitest'
import { calibrate, type TestedChannels, withoutPlacebos } from '../../src/evidence/calibration.ts'
import type { EvidenceSample } from '../../src/evidence/sample.ts'
import { creditedPatterns } from '../../src/examples/distinct-patterns.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { MOMENT_EXPOSURE } from '../../src/hazard/exposure.ts'
import { fitHazard } from '../../src/hazard/hazard.ts'
import { attributeByHazard } from '../../src/hazard/hazard-credit.ts'
import { makeSample, type PlainSpan } from './make-sample.ts'

const grid = { lookbackDays: 1, channelCount: 3 }
const rule = MOMENT_EXPOSURE

/** Examples by touched channels: days on which nobody converted, and conversions. Channel 2 is never touched. */
const examples: readonly (readonly [touched: readonly number[], days: number, conversions: number])[] = [
  [[], 900, 9],
  [[0], 200, 20],
  [[1], 200, 10],
  [[0, 1], 100, 14],
]

const records = examples.flatMap(([channels, days, conversions]): PatternRecord[] => {
  const touched = { daysBefore: channels.map(() => 0), channels, validationCount: 0, value: 0 }
  return [
    { ...touched, label: 0, count: days },
    { ...touched, label: 1, count: conversions },
  ]
})

/** The same examples one by one: the first half on day 10, the others on day 40. */
const sample: EvidenceSample = makeSample(
  grid,
  examples.flatMap(([channels, days, conversions], at) => {
    return Array.from({ length: days + conversions }, (_, user): PlainSpan => {
      const slot = at * 1024 + (user % 1024)
      const kind = user < conversions ? 1 : 0
      const cells = channels.map((channel) => [0, channel] as const)
      const day = user % 2 === 0 ? 10 : 40
      const rest = channels.length === 0 && kind === 0 ? { endAge: 0, emptyDays: 1 } : { cells }
      return { slot, kind, day, ...rest }
    })
  }),
)

async function inputOf() {
  const deviations = [5, 5, 0]
  const of = (label: 0 | 1) =>
    async function* () {
      yield records.filter((record) => record.label === label)
    }
  const fit = await fitHazard(grid, { positives: of(1), negatives: of(0) })
  const learned = creditedPatterns(
    grid,
    records.filter(({ label }) => label === 1),
  )
  return { fit, learned, sample, rule, deviations }
}

const found = (channels: readonly number[], conversions: number, deviation: number): TestedChannels => {
  return { channels, experiments: [{ fromDay: 0, toDay: 60, conversions, deviation }] }
}

async function creditsAfter(tests: readonly TestedChannels[], effect?: Float64Array) {
  const input = await inputOf()
  const { model, part, tested } = calibrate(input, tests, effect)
  const { conversions, baselineConversions } = attributeByHazard(model, input.learned, undefined, part)
  return { credits: [...conversions], baseline: baselineConversions, tested }
}

const close = (numbers: readonly number[], digits: number) =>
  numbers.map((one) => expect.closeTo(one, digits))

describe('calibration by experiments', () => {
  it('raises none of channels that can’t be as high together as their experiments say', async () => {
    // 44 conversions have a touch of one or the other.
    const tests = [found([0], 33, 1e-3), found([1], 23, 1e-3)]
    const input = await inputOf()
    const { model, isReached } = calibrate(input, tests)
    expect(isReached).toBe(false)
    expect(model).toBe(input.fit)
    expect(calibrate(input, [found([0], 30, 1e-3), found([1], 12, 1e-3)]).isReached).toBe(true)
  })

  it('leaves the part of the credit that the experiment found; the rest is the baseline’s', async () => {
    const [before, after] = [await creditsAfter([]), await creditsAfter([found([0], 5, 1e-9)])]
    const [first = 0, second = 0] = before.credits
    expect(after.credits).toEqual(close([5, second, 0], 6))
    expect(after.baseline).toBeCloseTo(before.baseline + first - 5, 6)
  })

  it('raises the credit to what the experiment found, and the others give way', async () => {
    const [before, after] = [await creditsAfter([]), await creditsAfter([found([1], 18, 1e-9)])]
    expect(after.credits[1]).toBeCloseTo(18, 4)
    expect(after.credits[0]).toBeLessThan(before.credits[0] ?? 0)
    expect(after.baseline).toBeLessThan(before.baseline)
    expect(after.credits.reduce((sum, credit) => sum + credit, after.baseline)).toBeCloseTo(53, 9)
  })

  it('changes nothing by an experiment that tells nothing', async () => {
    const { credits, baseline } = await creditsAfter([])
    const after = await creditsAfter([found([0], 500, Number.POSITIVE_INFINITY)])
    expect([...after.credits, after.baseline]).toEqual([...credits, baseline])
  })

  it('meets several exact experiments at once, upwards and downwards', async () => {
    const { credits } = await creditsAfter([found([0], 3, 1e-9), found([1], 16, 1e-9)])
    expect(credits).toEqual(close([3, 16, 0], 4))
  })

  it('takes the days of an experiment for the part of the exposure that they have', async () => {
    // Each second example is on day 10, so half of all that the channel caused is to be found there.
    const half = { channels: [0], experiments: [{ fromDay: 5, toDay: 15, conversions: 4, deviation: 1 }] }
    const { tested } = await creditsAfter([half])
    expect(tested[0]?.experiment.conversions).toBeCloseTo(8, 9)
    expect(tested[0]?.experiment.deviation).toBeCloseTo(2, 9)
  })

  it('divides what channels have that were tested together as the model does', async () => {
    const [before, after] = [await creditsAfter([]), await creditsAfter([found([0, 1], 10, 1e-9)])]
    const [first = 0, second = 0] = before.credits
    const part = 10 / (first + second)
    expect(after.credits).toEqual(close([first * part, second * part, 0], 6))
  })

  it('says how many conversions a channel can have at most, and gives it no more', async () => {
    const { credits, tested } = await creditsAfter([found([1], 90, 1e-9)])
    expect(tested[0]?.most).toBe(24)
    expect(credits[1]).toBeGreaterThan(18)
    expect(credits[1]).toBeLessThan(24)
  })

  it('starts from what touches after conversions leave, and takes back as much of it as an experiment finds', async () => {
    const half = Float64Array.of(0.5, 1, 1)
    const { credits } = await creditsAfter([])
    const [first = 0, second = 0] = credits
    const withHalf = async (...tests: TestedChannels[]) => (await creditsAfter(tests, half)).credits
    expect(await withHalf()).toEqual(close([first / 2, second, 0], 9))
    expect(await withHalf(found([0], first, Number.POSITIVE_INFINITY))).toEqual(
      close([first / 2, second, 0], 9),
    )
    expect(await withHalf(found([0], first / 4, 1e-9))).toEqual(close([first / 4, second, 0], 6))
    expect(await withHalf(found([0], 0.75 * first, 1e-9))).toEqual(close([0.75 * first, second, 0], 6))
    expect((await withHalf(found([0], first + 2, 1e-9)))[0]).toBeCloseTo(first + 2, 4)
  })

  it('leaves out an experiment on a channel without any exposure', async () => {
    const { credits, tested } = await creditsAfter([found([2], 5, 1)])
    expect(tested).toEqual([])
    expect(credits).toEqual((await creditsAfter([])).credits)
  })
})

it('changes nothing by a placebo channel that was never touched', async () => {
  const { fit, learned } = await inputOf()
  const part = withoutPlacebos(new Float64Array(3).fill(1), grid, [2])
  expect(attributeByHazard(fit, learned, undefined, part)).toEqual(attributeByHazard(fit, learned))
})

it('leaves nothing to placebo channels, and all to the others', () => {
  expect([...withoutPlacebos(Float64Array.of(0.5, 1, 1), grid, [1])]).toEqual([0.5, 0, 1])
  expect([...withoutPlacebos(Float64Array.of(0.5, 1, 1), grid, [])]).toEqual([0.5, 1, 1])
})
