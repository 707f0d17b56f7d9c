import fc from 'fast-check'
import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import { plainRules, secondsOf } from './journeys.ts'
import type { JourneyRow } from './oracle.ts'

/** A table of several users and the rules to read it by. */
export interface RandomJourneys {
  readonly rows: readonly JourneyRow[]
  /** `user-days` on the whole table; a range and the rest is for the test to choose. */
  readonly rules: ExampleRules
  /** A range within the table, at odd seconds, open at an end or both. */
  /** A second of the table, in that range or not. */
  readonly creditFromSec: number | undefined
  readonly range: Pick<ExampleRules, 'fromSec' | 'toSec'>
}

/** A local midnight, and a change of the clocks, or of the date, some days after. */
const calendars: readonly (readonly [string, string])[] = [
  ['UTC', '2026-01-05T00:00:00Z'],
  ['Europe/Berlin', '2025-03-27T00:00:00+01:00'],
  ['Europe/Berlin', '2025-10-23T00:00:00+02:00'],
  ['America/New_York', '2025-03-06T00:00:00-05:00'],
  ['America/New_York', '2025-10-30T00:00:00-04:00'],
  ['America/Sao_Paulo', '2018-11-01T00:00:00-03:00'],
  ['Asia/Kolkata', '2026-01-05T00:00:00+05:30'],
  ['Australia/Lord_Howe', '2025-04-03T00:00:00+11:00'],
  ['Pacific/Apia', '2011-12-27T00:00:00-10:00'],
]

const strangeNames = [
  'email',
  'Email',
  ' email',
  'e,mail',
  `say "hi"`,
  "it's",
  '(other)',
  '😀',
  '\uff5e',
  'é',
  'e\u0301',
  'a\nb',
  '0',
  'NULL',
  ';--',
  '\\',
]
const blankNames = ['', ' ', '\t', '\u00a0 ', '\u3000']

/** Midnight, its neighbours, and where midnight lies after the clocks changed. */
const second = fc.oneof(
  fc.constantFrom(0, 1, 86_399, 3600, 3599, 82_800, 82_799, 1800, 43_200),
  fc.nat(86_399),
)

/** What one row does; `at` picks one of the table's few seconds, so that users share days and seconds. */
const step = fc.record({
  at: fc.nat(1000),
  channel: fc.oneof({ weight: 5, arbitrary: fc.nat(1000) }, { weight: 2, arbitrary: fc.constant(-1) }),
  conversion: fc.constantFrom(false, false, null, true),
  value: fc.option(fc.integer({ min: -5_000_000, max: 2_000_000_000 }).map((micros) => micros / 1e6)),
})

const MOST_CELLS = 600

/** Users whose names are as strange as channels. */
const userNames = ['ann', 'Ann', 'ann ', '00012', '12', `o'neil, "joe"`, '😀', 'é', 'user\t7', '#8']

/** Journeys in which ties, several conversions a day, midnights and changes of the clocks are common. */
export const randomJourneys: fc.Arbitrary<RandomJourneys> = fc
  .record({
    calendar: fc.constantFrom(...calendars),
    lookbackDays: fc.integer({ min: 1, max: 30 }),
    spanDays: fc.integer({ min: 1, max: 45 }),
    channelCount: fc.oneof(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 53, max: 120 }),
    ),
    names: fc.shuffledSubarray(strangeNames),
    maxChannels: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 121 })),
    seconds: fc.array(fc.tuple(fc.nat(1000), second), { minLength: 2, maxLength: 30 }),
    journeys: fc.array(fc.array(step, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 25 }),
    everyChannel: fc.boolean(),
    onTouchesOnly: fc.constantFrom(false, false, false, false, true),
    creditFrom: fc.option(fc.nat(1000)),
    ends: fc.tuple(fc.option(fc.nat(1000)), fc.option(fc.nat(1000)), fc.integer({ min: -1, max: 1 })),
    seed: fc.nat(1000),
  })
  .map((drawn) => {
    const [timeZone, midnight] = drawn.calendar
    const seconds = drawn.seconds.map(
      ([day, ofDay]) => secondsOf(midnight) + (day % drawn.spanDays) * 86_400 + ofDay,
    )
    const pick = <T>(all: readonly T[], at: number): T => all[at % all.length]!
    const channels = [
      ...drawn.names,
      ...Array.from({ length: drawn.channelCount }, (_, at) => `channel ${at}`),
    ].slice(0, drawn.channelCount)
    const rows = drawn.journeys.flatMap((steps, user) =>
      steps.map((one): JourneyRow => {
        const isTouch = one.channel >= 0
        return {
          user: user < userNames.length ? userNames[user]! : `user ${user}`,
          atSec: pick(seconds, one.at),
          channel: isTouch ? pick(channels, one.channel) : pick([null, ...blankNames], one.at),
          conversion: drawn.onTouchesOnly && !isTouch ? false : one.conversion,
          value: one.value,
        }
      }),
    )
    if (drawn.everyChannel) {
      const every = channels.map((channel, at) => ({ user: 'every', atSec: pick(seconds, at), channel }))
      rows.push(...every.map((row) => ({ ...row, conversion: false, value: null })))
    }
    const [from, to, aside] = drawn.ends
    const bounds = [from, to].map((end) => (end === null ? undefined : pick(seconds, end) + aside))
    const isTurned = bounds[0] !== undefined && bounds[1] !== undefined && bounds[0] >= bounds[1]
    const { maxChannels, seed } = drawn
    // Queries of few words are planned soonest.
    const lookbackDays = Math.min(
      drawn.lookbackDays,
      Math.max(1, Math.floor(MOST_CELLS / drawn.channelCount)),
    )
    const creditFromSec = drawn.creditFrom === null ? undefined : pick(seconds, drawn.creditFrom)
    return {
      rows,
      creditFromSec,
      rules: { ...plainRules, lookbackDays, maxChannels, timeZone, seed },
      range: { fromSec: bounds[0], toSec: isTurned ? undefined : bounds[1] },
    }
  })
