import { expect, it } from 'vitest'
import { hasSignal, signalVerdict, testSignal } from '../../src/evidence/signal-test.ts'
import { maybeWindowOn } from '../../src/evidence/user-windows.ts'
import { MOMENT_EXPOSURE } from '../../src/hazard/exposure.ts'
import { createRandom } from '../../src/numerics/random.ts'
import { makeSample, type PlainSpan } from './make-sample.ts'

const grid = { lookbackDays: 3, channelCount: 2 }
const touched = [[0, 1]] as const

function testOf(spans: readonly PlainSpan[], rule = MOMENT_EXPOSURE, seed = 1, draws = 999) {
  return testSignal(makeSample(grid, spans), { rule, draws, random: createRandom(seed, 'test') })
}

/** Users at risk on day 5 without a touch. */
const untouched = (count: number, firstSlot = 100): PlainSpan[] =>
  Array.from({ length: count }, (_, at) => ({ slot: firstSlot + at, day: 5, endAge: 0, emptyDays: 1 }))

it('gives the one conversion of a day to each user at risk on it alike', async () => {
  const converting: PlainSpan = { kind: 1, slot: 1, day: 5, cells: touched }
  const { pValue, statistic, windows, conversions } = await testOf([converting, ...untouched(9)])
  expect(statistic).toBeGreaterThan(0)
  // The converting window counts half in the exposure of touches, in full in the baseline's.
  expect({ windows, conversions }).toEqual({ windows: 10, conversions: 1 })
  // One user of ten has the touch: a draw reaches the statistic with probability 0.1.
  const reached = pValue * 1000 - 1
  expect(Math.abs(reached - 99.9)).toBeLessThan(4 * Math.sqrt(999 * 0.1 * 0.9))
})

it('draws among the users of the same day only', async () => {
  const sameDay: PlainSpan = { kind: 1, slot: 1, day: 5, cells: touched }
  const otherDays = Array.from(
    { length: 50 },
    (_, at): PlainSpan => ({ slot: 10 + at, day: 7, emptyDays: 1, endAge: 0 }),
  )
  expect((await testOf([sameDay, ...otherDays])).pValue).toBe(1)
})

it('gives both conversions of a user to one other user', async () => {
  // Users 0..9 have the touch on both days or on neither: what is drawn has two touches or none, never one.
  const twice = (slot: number): PlainSpan[] => [
    { slot, day: 5, cells: touched, endAge: 1 },
    { slot, day: 9, cells: touched, endAge: 1 },
  ]
  const own: PlainSpan[] = [
    { kind: 1, slot: 0, day: 5, cells: touched },
    { kind: 1, slot: 0, day: 9, cells: touched },
  ]
  const rest = Array.from(
    { length: 5 },
    (_, at): PlainSpan => ({ slot: 50 + at, day: 5, endAge: 0, emptyDays: 5 }),
  )
  const { pValue } = await testOf([...own, ...[1, 2, 3, 4].flatMap(twice), ...rest])
  // Half of the users: 0.5 and not 0.25 of the draws.
  expect(Math.abs(pValue - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 999))
})

it('lets touches up to the previous conversion count no more for the other user either', async () => {
  const spans: PlainSpan[] = [
    { kind: 1, slot: 0, day: 5 },
    { kind: 1, slot: 0, day: 6, cells: touched },
    // The only other user on both days: a touch of day 4, used up by the conversion of day 5.
    { slot: 1, day: 4, cells: [[0, 0]], endAge: 3 },
    ...Array.from(
      { length: 100 },
      (_, at): PlainSpan => ({ slot: 10 + at, day: 20, emptyDays: 1, endAge: 0 }),
    ),
  ]
  // Two conversions after one touch of 100 days would fit better than what was seen: p = 1 without the cut.
  expect(Math.abs((await testOf(spans)).pValue - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 999))
})

it('lets touches before the previous conversion count where they keep working', async () => {
  const spans: PlainSpan[] = [
    { kind: 1, slot: 0, day: 5 },
    { kind: 1, slot: 0, day: 6, cells: touched },
    { slot: 1, day: 4, cells: [[0, 0]], endAge: 3 },
    ...Array.from(
      { length: 100 },
      (_, at): PlainSpan => ({ slot: 10 + at, day: 20, emptyDays: 1, endAge: 0 }),
    ),
  ]
  // Whoever is drawn, two conversions after one touch of 100 days fit as well as what was seen, or better.
  const sample = makeSample(grid, spans, { afterConversion: 'keep' })
  const options = { rule: MOMENT_EXPOSURE, draws: 99, random: createRandom(1, 'test') }
  expect((await testSignal(sample, options)).pValue).toBe(1)
})

it('says the same for the same seed, something else for another', async () => {
  const spans = [
    ...Array.from(
      { length: 5 },
      (_, slot): PlainSpan => ({ kind: 1, slot, day: 5, cells: slot > 2 ? [] : touched }),
    ),
    ...Array.from(
      { length: 40 },
      (_, at): PlainSpan => ({ slot: 10 + at, day: 5, cells: at % 3 ? [] : touched }),
    ),
    ...untouched(20),
  ]
  expect(await testOf(spans)).toEqual(await testOf(spans))
  const other = await testOf(spans, MOMENT_EXPOSURE, 2)
  expect(other.pValue).not.toBe((await testOf(spans)).pValue)
})

it('finds no signal without conversions', async () => {
  const result = await testOf(untouched(3))
  expect(result).toEqual({ statistic: 0, pValue: 1, draws: 999, conversions: 0, windows: 3 })
  expect(hasSignal(result)).toBe(false)
  expect(signalVerdict(result)).toBe('no conversions to test: the shares mean nothing')
})

it('says that a signal is an association', () => {
  const result = { statistic: 9, pValue: 0.005, draws: 199, conversions: 5, windows: 50 }
  expect(signalVerdict(result)).toBe(
    'touches and conversions go together (p = 0.005); this is association, not proof of effect',
  )
  expect(signalVerdict({ ...result, pValue: 0.0501 })).toBe(
    'no signal (p = 0.050): conversions follow touches no more often than by chance, so the shares mean nothing',
  )
  expect([0.05, 0.0501].map((pValue) => hasSignal({ ...result, pValue }))).toEqual([true, false])
})

it('stops when told to', async () => {
  const sample = makeSample(grid, [{ kind: 1, slot: 1, day: 5, cells: touched }, ...untouched(9)])
  const options = { rule: MOMENT_EXPOSURE, draws: 99, random: createRandom(1, 'test') }
  const stopped = testSignal(sample, { ...options, signal: AbortSignal.abort(new Error('stop')) })
  await expect(stopped).rejects.toThrow('stop')
})

it('finds the window of a user on a day, at its age, empty ones too', () => {
  const sample = makeSample(grid, [
    { slot: 3, day: 2, cells: touched, endAge: 3, emptyDays: 4 },
    { slot: 3, day: 9, kind: 1, cells: touched, emptyDays: 1 },
    { slot: 7, day: 0, cells: touched, endAge: 1 },
  ])
  const onDay = (day: number) => maybeWindowOn(sample, 0, day)
  expect(onDay(1)).toBeUndefined()
  expect(onDay(2)).toEqual({ span: 0, age: 0 })
  expect(onDay(4)).toEqual({ span: 0, age: 2 })
  expect([5, 8].map(onDay)).toEqual([5, 8].map(() => ({ span: -1, age: -1 })))
  expect(onDay(9)).toEqual({ span: 1, age: 0 })
  expect(onDay(10)).toMatchObject({ span: -1 })
  expect(onDay(11)).toBeUndefined()
})
