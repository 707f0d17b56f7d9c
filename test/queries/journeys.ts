import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import type { JourneyRow, OracleAnswer } from './oracle.ts'

/** A table small enough to work out by hand, and what is to come of it. */
export interface JourneyCase {
  /** A sentence about behaviour. */
  readonly title: string
  readonly rows: readonly JourneyRow[]
  /** What differs from {@link plainRules}. */
  readonly rules?: Partial<ExampleRules>
  /** Days without a conversion are seen at their moments, as they are but in cases of something else. */
  readonly atMoments?: boolean
  /** Records as `describeRecord` writes them, in any order. */
  readonly records: readonly string[]
  readonly channels?: readonly string[]
  readonly seedFormat?: boolean
  readonly totals?: Partial<OracleAnswer['totals']>
  readonly survey?: Partial<OracleAnswer['survey']>
}

/** Three days, UTC, nobody validates. */
export const plainRules: ExampleRules = {
  kind: 'user-days',
  afterConversion: 'used-up',
  lookbackDays: 3,
  maxChannels: 100,
  timeZone: 'UTC',
  fromSec: undefined,
  toSec: undefined,
  validationFraction: 0,
  seed: 1,
  usersPerShard: undefined,
  userTable: undefined,
  userRndColumn: 'ab_rnd',
}

/** @param at ISO 8601 with a zone. @returns unix seconds. */
export function secondsOf(at: string): number {
  const seconds = Date.parse(at) / 1000
  if (Number.isInteger(seconds)) return seconds
  throw new RangeError(`${at} is no whole second in ISO 8601`)
}

export function touch(user: string, at: string, channel: string): JourneyRow {
  return { user, atSec: secondsOf(at), channel, conversion: false, value: null }
}

/** A conversion that is no touch. */
export function conversion(user: string, at: string, value: number | null = null): JourneyRow {
  return { user, atSec: secondsOf(at), channel: null, conversion: true, value }
}

/** A touch row that converts. */
export function convertingTouch(
  user: string,
  at: string,
  channel: string,
  value: number | null = null,
): JourneyRow {
  return { ...touch(user, at, channel), conversion: true, value }
}

/** Neither touch nor conversion, such as a page view. */
export function visit(user: string, at: string): JourneyRow {
  return { user, atSec: secondsOf(at), channel: null, conversion: null, value: null }
}

const windowCases: readonly JourneyCase[] = [
  {
    title: 'makes an example of every day at risk, including those of converters and empty ones',
    rows: [
      touch('ann', '2026-01-05T10:00Z', 'email'),
      conversion('ann', '2026-01-06T12:00Z'),
      touch('bob', '2026-01-07T00:00Z', 'search'),
    ],
    records: ['+ 1:email x1', '- 0:email x1', '- 0:search x1', '- (no touch) x1'],
    channels: ['email', 'search'],
    seedFormat: false,
    totals: {
      users: 2,
      conversions: 1,
      mergedConversionRows: 0,
      entryConversions: 0,
      positiveExamples: 1,
      negativeExamples: 3,
      emptyNegativeExamples: 1,
    },
    survey: {
      rows: 3,
      touches: 2,
      conversionRows: 1,
      firstAtSec: secondsOf('2026-01-05T10:00Z'),
      lastAtSec: secondsOf('2026-01-07T00:00Z'),
    },
  },
  {
    title: 'counts days before by the calendar: 72 hours less a second are two days',
    rows: [touch('ann', '2026-01-05T00:00Z', 'email'), conversion('ann', '2026-01-07T23:59:59Z')],
    records: ['+ 2:email x1', '- 0:email x1', '- 1:email x1'],
  },
  {
    title: 'leaves out touches before the window',
    rows: [touch('ann', '2026-01-05T23:59:59Z', 'email'), conversion('ann', '2026-01-07T00:00Z')],
    rules: { lookbackDays: 2 },
    records: ['+ (no touch) x1', '- 0:email x1', '- 1:email x1'],
  },
  {
    title: 'gives a conversion at midnight to the day that starts',
    rows: [touch('ann', '2026-01-05T23:59:59Z', 'email'), conversion('ann', '2026-01-06T00:00Z')],
    records: ['+ 1:email x1', '- 0:email x1'],
  },
  {
    title: 'sees only the day itself if the window is one day',
    rows: [
      touch('ann', '2026-01-05T09:00Z', 'email'),
      touch('ann', '2026-01-06T09:00Z', 'search'),
      conversion('ann', '2026-01-06T10:00Z'),
    ],
    rules: { lookbackDays: 1 },
    records: ['+ 0:search x1', '- 0:email x1'],
  },
  {
    title: 'has one cell for many touches of a channel on a day, and one record for equal patterns',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-05T09:00Z', 'email'),
      conversion('ann', '2026-01-05T10:00Z'),
      touch('bob', '2026-01-05T08:00Z', 'email'),
      conversion('bob', '2026-01-05T10:00Z'),
    ],
    records: ['+ 0:email x2'],
    survey: { touches: 3 },
  },
  {
    title: 'holds a user at risk from a row that is neither a touch nor a conversion on',
    rows: [
      visit('ann', '2026-01-05T10:00Z'),
      touch('bob', '2026-01-07T08:00Z', 'email'),
      conversion('bob', '2026-01-07T09:00Z'),
    ],
    records: ['+ 0:email x1', '- (no touch) x3'],
    totals: { emptyNegativeExamples: 3 },
  },
  {
    title: 'distinguishes users by their exact text',
    rows: [
      touch('12', '2026-01-05T08:00Z', 'email'),
      touch('00012', '2026-01-05T08:00Z', 'search'),
      conversion('12', '2026-01-05T09:00Z'),
      touch('Ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-05T08:00Z', 'search'),
      conversion('ann', '2026-01-05T09:00Z'),
      touch(`o'neil, "joe" 😀`, '2026-01-05T08:00Z', 'push'),
    ],
    records: ['+ 0:email x1', '+ 0:search x1', '- 0:email x1', '- 0:push x1', '- 0:search x1'],
    totals: { users: 5 },
  },
  {
    title: 'skips rows without a user or time, and takes a NULL conversion for none',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z'),
      { ...touch('', '2026-01-09T08:00Z', 'search'), user: null },
      { ...conversion('', '2026-01-09T08:00Z', 7), user: null },
      { ...touch('bob', '2026-01-09T08:00Z', 'search'), atSec: null },
      { ...touch('', '2026-01-09T08:00Z', 'search'), user: null, atSec: null },
      { ...touch('cat', '2026-01-05T10:00Z', 'email'), conversion: null },
    ],
    records: ['+ 0:email x1', '- 0:email x1'],
    channels: ['email'],
    totals: { users: 2, conversions: 1, creditedValue: 0 },
    survey: { rows: 7, rowsWithoutUser: 3, rowsWithoutTime: 1, touches: 2, conversionRows: 1 },
  },
]

const conversionCases: readonly JourneyCase[] = [
  {
    title: 'leaves an order confirmation to the days after the conversion',
    rows: [
      touch('ann', '2026-01-05T10:00Z', 'search'),
      conversion('ann', '2026-01-05T12:00Z'),
      touch('ann', '2026-01-05T12:05Z', 'email'),
      visit('ann', '2026-01-07T00:00Z'),
    ],
    records: ['+ 0:search x1', '- 1:email x1', '- 2:email x1'],
  },
  {
    title: 'counts a touch in the second of a conversion for this conversion, and for no later one',
    rows: [
      touch('ann', '2026-01-05T11:00Z', 'search'),
      touch('ann', '2026-01-05T12:00Z', 'email'),
      conversion('ann', '2026-01-05T12:00Z'),
      touch('ann', '2026-01-05T12:00:01Z', 'push'),
      conversion('ann', '2026-01-06T12:00Z'),
    ],
    records: ['+ 0:email 0:search x1', '+ 1:push x1'],
  },
  {
    title: 'makes an example of each conversion of a day, and no negative one of that day',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z'),
      touch('ann', '2026-01-05T10:00Z', 'search'),
      conversion('ann', '2026-01-05T11:00Z'),
      conversion('ann', '2026-01-05T12:00Z'),
      touch('ann', '2026-01-05T13:00Z', 'email'),
    ],
    records: ['+ 0:email x1', '+ 0:search x1', '+ (no touch) x1'],
    totals: { conversions: 3, positiveExamples: 3, negativeExamples: 0 },
  },
  {
    title: 'merges conversions of one second, their values and touches',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z', 10),
      convertingTouch('ann', '2026-01-05T09:00Z', 'search', 2.5),
      conversion('ann', '2026-01-05T09:00Z'),
    ],
    records: ['+ 0:email 0:search x1 =12.5'],
    totals: { conversions: 1, mergedConversionRows: 2, creditedValue: 12.5 },
    survey: { conversionRows: 3 },
  },
  {
    title: 'leaves a conversion that brought its user to the baseline',
    rows: [
      conversion('ann', '2026-01-05T09:00Z', 7),
      touch('ann', '2026-01-06T09:00Z', 'email'),
      conversion('ann', '2026-01-06T10:00Z', 5),
      conversion('zoe', '2026-01-05T09:00Z'),
    ],
    records: ['+ 0:email x1 =5', '- (no touch) x1'],
    totals: {
      conversions: 3,
      entryConversions: 2,
      creditedEntryValue: 7,
      creditedValue: 12,
      positiveExamples: 1,
      emptyNegativeExamples: 1,
    },
  },
  {
    title: 'merges the conversions that brought a user, too',
    rows: [
      conversion('ann', '2026-01-05T09:00Z', 7),
      conversion('ann', '2026-01-05T09:00Z', 1),
      visit('ann', '2026-01-05T09:00Z'),
      touch('bob', '2026-01-05T09:00Z', 'email'),
    ],
    records: ['- 0:email x1'],
    totals: { conversions: 1, mergedConversionRows: 1, entryConversions: 1, creditedEntryValue: 8 },
  },
  {
    title: 'takes a first conversion for an example if there is a touch in its second',
    rows: [touch('ann', '2026-01-05T09:00Z', 'email'), conversion('ann', '2026-01-05T09:00Z')],
    records: ['+ 0:email x1'],
    totals: { entryConversions: 0 },
  },
  {
    title: 'takes a conversion without a touch for an example if the user was there before',
    rows: [
      visit('ann', '2026-01-05T08:00Z'),
      conversion('ann', '2026-01-05T09:00Z', 3),
      touch('bob', '2026-01-05T08:00Z', 'email'),
    ],
    records: ['+ (no touch) x1 =3', '- 0:email x1'],
    totals: { entryConversions: 0, positiveExamples: 1 },
  },
  {
    title: 'ignores values without a conversion, takes missing ones for 0, and adds negative ones',
    rows: [
      { ...touch('ann', '2026-01-05T08:00Z', 'email'), value: 99 },
      conversion('ann', '2026-01-05T09:00Z'),
      conversion('ann', '2026-01-05T10:00Z', -3),
    ],
    records: ['+ 0:email x1', '+ (no touch) x1 =-3'],
    totals: { creditedValue: -3, creditedEntryValue: 0 },
  },
  {
    title: 'adds up values without rounding, to a millionth',
    rows: ['ann', 'bob', 'cat'].flatMap((user, at) => [
      touch(user, '2026-01-05T08:00Z', 'email'),
      conversion(user, '2026-01-05T09:00Z', [0.1, 0.2, 1_234_567.000_001][at]),
    ]),
    records: ['+ 0:email x3 =1234567.300001'],
    totals: { creditedValue: 1_234_567.300_001 },
  },
]

const channelCases: readonly JourneyCase[] = [
  {
    title: 'takes white space for a missing channel, and anything else for a channel',
    rows: [
      ...['', ' ', '\t', ' \n ', '\u00a0', '\u3000', '\ufeff', '\u2028'].map((blank) =>
        touch('ann', '2026-01-05T08:00Z', blank),
      ),
      touch('ann', '2026-01-06T08:00Z', '\u200b'),
      { ...convertingTouch('ann', '2026-01-06T09:00Z', '\u2003'), value: 1 },
    ],
    records: ['+ 0:\u200b x1 =1', '- (no touch) x1'],
    channels: ['\u200b'],
    seedFormat: false,
    survey: { touches: 1 },
  },
  {
    title: 'distinguishes channels that differ in case, space, accent or punctuation, ordered by code point',
    rows: [
      ...['email', 'Email', ' email', 'e,mail', 'e"mail"', "e'mail", 'é', '\uff5e', '😀'].map((channel) =>
        touch('ann', '2026-01-05T08:00Z', channel),
      ),
      touch('ann', '2026-01-05T08:00Z', 'e\u0301'),
      conversion('ann', '2026-01-05T09:00Z'),
    ],
    records: [`+ 0: email 0:Email 0:e"mail" 0:e'mail 0:e,mail 0:email 0:e\u0301 0:é 0:\uff5e 0:😀 x1`],
    channels: [' email', 'Email', 'e"mail"', "e'mail", 'e,mail', 'email', 'e\u0301', 'é', '\uff5e', '😀'],
  },
  {
    title: 'keeps the most touched channels, ties by code point, and merges the rest',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'z'),
      touch('ann', '2026-01-05T08:01Z', 'z'),
      ...['b', 'a', 'c', 'd'].map((channel) => touch('ann', '2026-01-05T08:02Z', channel)),
      conversion('ann', '2026-01-05T09:00Z'),
    ],
    rules: { maxChannels: 2 },
    records: ['+ 0:a 0:z 0:(other) x1'],
    channels: ['a', 'z', '(other)'],
  },
  {
    title: 'counts a channel called (other) among the rest if there is a rest',
    rows: [
      ...['(other)', '(other)', 'b', 'b', 'a'].map((channel) => touch('ann', '2026-01-05T08:00Z', channel)),
      touch('bob', '2026-01-05T08:00Z', '(other)'),
      conversion('ann', '2026-01-05T09:00Z'),
    ],
    rules: { maxChannels: 2 },
    records: ['+ 0:a 0:b 0:(other) x1', '- 0:(other) x1'],
    channels: ['a', 'b', '(other)'],
  },
  {
    title: 'takes a channel called (other) for an ordinary one if there is no rest',
    rows: [
      ...['(other)', '!', 'a'].map((channel) => touch('ann', '2026-01-05T08:00Z', channel)),
      conversion('ann', '2026-01-05T09:00Z'),
    ],
    rules: { maxChannels: 3 },
    records: ['+ 0:! 0:(other) 0:a x1'],
    channels: ['!', '(other)', 'a'],
  },
  {
    title: 'works with one channel',
    rows: [touch('ann', '2026-01-05T08:00Z', 'email'), conversion('ann', '2026-01-05T09:00Z')],
    rules: { lookbackDays: 1 },
    records: ['+ 0:email x1'],
    channels: ['email'],
  },
]

const rangeRules = {
  fromSec: secondsOf('2026-01-10T12:00Z'),
  toSec: secondsOf('2026-01-12T06:00Z'),
} as const

const rangeCases: readonly JourneyCase[] = [
  {
    title: 'makes examples in [from, to), from rows after the first midnight of the window',
    rows: [
      touch('ann', '2026-01-07T23:59:59Z', 'unread'),
      touch('ann', '2026-01-08T00:00Z', 'b'),
      conversion('ann', '2026-01-10T11:59:59Z', 50),
      touch('ann', '2026-01-10T12:00Z', 'c'),
      conversion('ann', '2026-01-10T12:00Z', 5),
      touch('ann', '2026-01-12T05:59:59Z', 'd'),
      touch('ann', '2026-01-12T06:00Z', 'unread'),
      conversion('ann', '2026-01-12T06:00Z', 70),
      touch('bob', '2026-01-09T10:00Z', 'b'),
      { ...visit('', '2026-01-07T23:59:59Z'), user: null },
      { ...visit('', '2026-01-08T00:00Z'), user: null },
      { ...visit('', '2026-01-12T06:00Z'), user: null },
      { ...visit('cat', '2026-01-12T06:00Z'), atSec: null },
    ],
    rules: rangeRules,
    records: ['+ 0:c x1 =5', '- 0:d x1', '- 1:b x1', '- 2:b x1', '- (no touch) x2'],
    channels: ['b', 'c', 'd'],
    totals: { users: 2, conversions: 1, creditedValue: 5, entryConversions: 0 },
    survey: {
      rows: 8,
      rowsWithoutUser: 1,
      rowsWithoutTime: 1,
      touches: 4,
      conversionRows: 2,
      firstAtSec: secondsOf('2026-01-08T00:00Z'),
      lastAtSec: secondsOf('2026-01-12T05:59:59Z'),
    },
  },
  {
    title: 'takes no day on which the user converted before --from for a negative example',
    rows: [
      touch('ann', '2026-01-10T10:00Z', 'email'),
      conversion('ann', '2026-01-10T11:00Z'),
      touch('ann', '2026-01-10T13:00Z', 'push'),
      conversion('ann', '2026-01-11T13:00Z'),
    ],
    rules: rangeRules,
    records: ['+ 1:push x1'],
  },
  {
    title: 'knows users by rows of the window before --from, and not by earlier ones',
    rows: [
      visit('ann', '2026-01-08T00:00Z'),
      conversion('ann', '2026-01-11T00:00Z', 3),
      visit('zoe', '2026-01-07T23:59:59Z'),
      conversion('zoe', '2026-01-11T00:00Z', 4),
      touch('bob', '2026-01-11T00:00Z', 'email'),
    ],
    rules: rangeRules,
    records: ['+ (no touch) x1 =3', '- 0:email x1', '- (no touch) x1'],
    totals: { conversions: 2, entryConversions: 1, creditedEntryValue: 4, creditedValue: 7 },
  },
  {
    title: 'ends with the last row read, and not with --to',
    rows: [
      touch('ann', '2026-01-10T13:00Z', 'email'),
      conversion('ann', '2026-01-10T14:00Z'),
      visit('bob', '2026-01-11T00:00Z'),
    ],
    rules: { ...rangeRules, toSec: secondsOf('2026-02-01T00:00Z') },
    records: ['+ 0:email x1', '- (no touch) x2'],
  },
  {
    title: 'reads from the midnight of the time zone',
    rows: [
      touch('ann', '2026-01-08T04:59:59Z', 'unread'),
      touch('ann', '2026-01-08T05:00Z', 'email'),
      conversion('ann', '2026-01-10T12:00Z'),
    ],
    rules: { ...rangeRules, timeZone: 'America/New_York' },
    records: ['+ 2:email x1'],
    channels: ['email'],
  },
]

/** The day before, on and after a change of the clocks: `[day, offset]`. */
function clockChange(
  zone: string,
  hours: number,
  before: readonly [string, string],
  changed: readonly [string, string, string],
  after: readonly [string, string],
): JourneyCase {
  const [day, offsetFrom, offsetTo] = changed
  return {
    title: `recognises days of ${hours} hours in ${zone}`,
    rows: [
      touch('ann', `${before[0]}T23:59:59${before[1]}`, 'a'),
      touch('ann', `${day}T00:00:00${offsetFrom}`, 'b'),
      touch('ann', `${day}T23:59:59${offsetTo}`, 'c'),
      conversion('ann', `${after[0]}T00:00:00${after[1]}`),
    ],
    rules: { timeZone: zone },
    records: ['+ 1:b 1:c 2:a x1', '- 0:a x1', '- 0:b 0:c 1:a x1'],
  }
}

const zoneCases: readonly JourneyCase[] = [
  clockChange(
    'Europe/Berlin',
    23,
    ['2025-03-29', '+01:00'],
    ['2025-03-30', '+01:00', '+02:00'],
    ['2025-03-31', '+02:00'],
  ),
  clockChange(
    'Europe/Berlin',
    25,
    ['2025-10-25', '+02:00'],
    ['2025-10-26', '+02:00', '+01:00'],
    ['2025-10-27', '+01:00'],
  ),
  clockChange(
    'America/New_York',
    23,
    ['2025-03-08', '-05:00'],
    ['2025-03-09', '-05:00', '-04:00'],
    ['2025-03-10', '-04:00'],
  ),
  clockChange(
    'America/New_York',
    25,
    ['2025-11-01', '-04:00'],
    ['2025-11-02', '-04:00', '-05:00'],
    ['2025-11-03', '-05:00'],
  ),
  clockChange(
    'Asia/Kolkata',
    24,
    ['2025-06-01', '+05:30'],
    ['2025-06-02', '+05:30', '+05:30'],
    ['2025-06-03', '+05:30'],
  ),
  {
    title: 'recognises a day that begins at one in the morning (America/Sao_Paulo)',
    rows: [
      touch('ann', '2018-11-03T23:59:59-03:00', 'email'),
      conversion('ann', '2018-11-04T01:00:00-02:00'),
    ],
    rules: { timeZone: 'America/Sao_Paulo' },
    records: ['+ 1:email x1', '- 0:email x1'],
  },
  {
    title: 'recognises a day that was left out (Pacific/Apia), a second long',
    rows: [
      touch('ann', '2011-12-29T23:59:59-10:00', 'email'),
      conversion('ann', '2011-12-31T00:00:00+14:00'),
    ],
    rules: { timeZone: 'Pacific/Apia' },
    records: ['+ 2:email x1', '- 0:email x1', '- 1:email x1'],
  },
]

const seedFormatCases: readonly JourneyCase[] = [
  {
    title: 'makes negatives only of days with a touch if all conversions lie on touch rows',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      convertingTouch('ann', '2026-01-06T09:00Z', 'search', 3),
      touch('ann', '2026-01-06T10:00Z', 'push'),
      touch('ann', '2026-01-08T09:00Z', 'email'),
      visit('bob', '2026-01-10T09:00Z'),
    ],
    records: ['+ 0:search 1:email x1 =3', '- 0:email x1', '- 0:email 2:push x1'],
    seedFormat: true,
    totals: { emptyNegativeExamples: 0, entryConversions: 0 },
  },
  {
    title: 'is not misled by a touch in the second of a conversion that is not a touch',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T08:00Z'),
      visit('bob', '2026-01-05T09:00Z'),
    ],
    records: ['+ 0:email x1', '- (no touch) x1'],
    seedFormat: false,
  },
  {
    title: 'recognises the seed format by only the rows read',
    rows: [
      visit('ann', '2026-01-07T00:00Z'),
      conversion('ann', '2026-01-07T23:59:59Z'),
      convertingTouch('ann', '2026-01-11T00:00Z', 'email'),
      conversion('ann', '2026-01-12T06:00Z'),
      visit('bob', '2026-01-10T23:00Z'),
    ],
    rules: rangeRules,
    records: ['+ 0:email x1'],
    seedFormat: true,
  },
]

const tdMtaCases: readonly JourneyCase[] = [
  {
    title:
      'takes the window of each day of users that never convert, and cuts the last one day by day (td-mta)',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-06T08:00Z', 'search'),
      touch('ann', '2026-01-08T08:00Z', 'push'),
      touch('ann', '2026-01-08T09:00Z', 'email'),
      touch('bob', '2026-01-05T08:00Z', 'email'),
      conversion('bob', '2026-01-05T09:00Z', 1),
      touch('bob', '2026-01-05T10:00Z', 'push'),
    ],
    rules: { kind: 'td-mta', lookbackDays: 4 },
    records: [
      '+ 0:email x1 =1',
      '- 0:email x1',
      '- 0:search 1:email x1',
      '- 0:email 0:push 2:search 3:email x1',
      '- 0:email 0:push 2:search x1',
      '- 0:email 0:push x1',
    ],
    totals: { negativeExamples: 5, emptyNegativeExamples: 0 },
  },
  {
    title: 'leaves out empty windows and users without a touch (td-mta)',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-09T08:00Z', 'email'),
      visit('bob', '2026-01-05T08:00Z'),
      touch('cat', '2026-01-05T08:00Z', 'email'),
      conversion('cat', '2026-01-05T09:00Z'),
    ],
    rules: { kind: 'td-mta', lookbackDays: 2 },
    records: ['+ 0:email x1', '- 0:email x2'],
  },
  {
    title: 'takes no window of a day without a touch, whatever rows it has (td-mta)',
    rows: [
      touch('ann', '2026-01-10T08:00Z', 'email'),
      visit('ann', '2026-01-11T08:00Z'),
      touch('ann', '2026-01-20T08:00Z', 'email'),
      visit('ann', '2026-01-20T09:00Z'),
      visit('ann', '2026-01-22T09:00Z'),
      convertingTouch('bob', '2026-01-10T08:00Z', 'email'),
    ],
    rules: { kind: 'td-mta' },
    records: ['+ 0:email x1', '- 0:email x2'],
    totals: { negativeExamples: 2, emptyNegativeExamples: 0 },
  },
  {
    title: 'leaves every conversion without a touch to the baseline (td-mta)',
    rows: [
      visit('ann', '2026-01-05T08:00Z'),
      conversion('ann', '2026-01-05T09:00Z', 2),
      touch('ann', '2026-01-06T08:00Z', 'email'),
      conversion('ann', '2026-01-06T09:00Z', 4),
      conversion('ann', '2026-01-06T10:00Z', 8),
    ],
    rules: { kind: 'td-mta' },
    records: ['+ 0:email x1 =4'],
    totals: { conversions: 3, entryConversions: 2, creditedEntryValue: 10, creditedValue: 14 },
  },
  {
    title:
      'takes windows from the day of --from on, of users that convert neither in the range nor before (td-mta)',
    rows: [
      touch('ann', '2026-01-09T08:00Z', 'email'),
      touch('eve', '2026-01-09T08:00Z', 'email'),
      touch('eve', '2026-01-11T08:00Z', 'push'),
      touch('bob', '2026-01-09T08:00Z', 'push'),
      conversion('bob', '2026-01-09T09:00Z'),
      touch('bob', '2026-01-11T08:00Z', 'push'),
      touch('cat', '2026-01-11T08:00Z', 'search'),
      conversion('cat', '2026-01-11T09:00Z'),
      touch('dan', '2026-01-12T05:00Z', 'search'),
      conversion('dan', '2026-01-12T06:00Z'),
    ],
    rules: { ...rangeRules, kind: 'td-mta' },
    records: ['+ 0:search x1', '- 0:push 2:email x1', '- 0:push x1', '- 0:search x1'],
  },
  {
    title: 'is the same in the seed format (td-mta)',
    rows: [touch('ann', '2026-01-05T08:00Z', 'email'), convertingTouch('bob', '2026-01-05T09:00Z', 'search')],
    rules: { kind: 'td-mta' },
    records: ['+ 0:search x1', '- 0:email x1'],
    seedFormat: true,
  },
]

const splitCases: readonly JourneyCase[] = [
  {
    // By md5sum, validation:1:ann begins with 04cc (0.019 of all), validation:1:bob with f5b8 (0.960).
    title: 'counts users that validate separately',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z'),
      touch('bob', '2026-01-05T08:00Z', 'email'),
      conversion('bob', '2026-01-05T09:00Z'),
      touch('ann', '2026-01-06T08:00Z', 'email'),
    ],
    rules: { validationFraction: 0.5 },
    records: ['+ 0:email x2 (1 validate)', '- 0:email x1 (1 validate)', '- (no touch) x1'],
    totals: { positiveValidationExamples: 1, negativeValidationExamples: 1 },
  },
  {
    title: 'chooses who validates by the seed',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z'),
      visit('bob', '2026-01-05T08:00Z'),
    ],
    // validation:3:ann begins with f6b4 (0.963 of all), validation:3:bob with 61df (0.382).
    rules: { validationFraction: 0.5, seed: 3 },
    records: ['+ 0:email x1', '- (no touch) x1 (1 validate)'],
    totals: { positiveValidationExamples: 0, negativeValidationExamples: 1 },
  },
]

/** A hundred users who do nothing but convert, evenly over an hour. */
function conversionsWithin(hour: string): readonly JourneyRow[] {
  return Array.from({ length: 100 }, (_, at) => {
    return { ...conversion(`buyer ${at}`, hour), atSec: secondsOf(hour) + at * 36 }
  })
}

const keptCases: readonly JourneyCase[] = [
  {
    title: 'keeps touches at work after a conversion, whatever the stretch of the day (keep)',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z', 1),
      touch('ann', '2026-01-05T10:00Z', 'email'),
      touch('ann', '2026-01-05T10:00Z', 'search'),
      conversion('ann', '2026-01-05T11:00Z', 2),
      touch('ann', '2026-01-05T12:00Z', 'push'),
      conversion('ann', '2026-01-07T09:00Z', 4),
      visit('bob', '2026-01-09T09:00Z'),
    ],
    rules: { afterConversion: 'keep' },
    records: [
      '+ 0:email x1 =1',
      '+ 0:email 0:search x1 =2',
      '+ 2:email 2:push 2:search x1 =4',
      '- 1:email 1:push 1:search x1',
      '- (no touch) x3',
    ],
  },
  {
    title: 'lets the pattern of a conversion grow older until it leaves the window (keep)',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-06T09:00Z', 1),
      conversion('zoe', '2026-01-06T09:00Z', 1),
      visit('zoe', '2026-01-09T09:00Z'),
    ],
    rules: { afterConversion: 'keep' },
    records: ['+ 1:email x1 =1', '- 0:email x1', '- 2:email x1', '- (no touch) x5'],
    totals: { entryConversions: 1 },
  },
]

const momentCases: readonly JourneyCase[] = [
  {
    // 5 January is day 20458. By md5sum, moment:1:20458:ann begins with da92 (0.854 of a day, 20:29), moment:1:20459:ann with
    // 266b (03:36), moment:1:20459:bob with 6026 (09:00), moment:1:20458:cat with 2eef (04:24).
    title:
      'sees a day without a conversion at a moment by the hash of user and day, and days before it whole',
    atMoments: true,
    rows: [
      touch('ann', '2026-01-05T20:29Z', 'email'),
      touch('ann', '2026-01-05T20:30Z', 'push'),
      touch('ann', '2026-01-06T03:36Z', 'search'),
      visit('bob', '2026-01-05T08:00Z'),
      touch('bob', '2026-01-06T10:00Z', 'push'),
      conversion('bob', '2026-01-07T00:00Z'),
      touch('cat', '2026-01-05T08:00Z', 'email'),
    ],
    records: [
      '+ 1:push x1',
      '- 0:email x1',
      '- 0:search 1:email 1:push x1',
      '- 1:search 2:email 2:push x1',
      '- 1:email x1',
      '- 2:email x1',
      '- (no touch) x2',
    ],
    totals: { positiveExamples: 1, negativeExamples: 7 },
  },
  {
    title: 'draws moments from the local times of day of the conversions',
    atMoments: true,
    rows: [
      ...conversionsWithin('2026-01-05T14:00Z'),
      visit('ann', '2026-01-04T12:00Z'),
      touch('ann', '2026-01-05T13:30Z', 'before'),
      touch('ann', '2026-01-05T15:30Z', 'after'),
      touch('bob', '2026-01-05T15:30Z', 'after'),
      visit('dan', '2026-01-06T00:00Z'),
    ],
    rules: { timeZone: 'Asia/Kolkata' },
    // From half past seven to half past eight in the evening: in two hours of the local day. Of bob's first day the moment has
    // passed before he comes.
    records: ['- (no touch) x102', '- 0:before x1', '- 1:after 1:before x1', '- 1:after x1'],
    totals: { entryConversions: 100 },
  },
]

/** Four channels on each day, all of them in the window of the last: cells by the square of the days, more than a number has bits. */
function wideCase(days: number): JourneyCase {
  const channels = Array.from({ length: 4 * days }, (_, at) => `channel ${String(at).padStart(3, '0')}`)
  const dayOf = (channel: number) => Math.floor(channel / 4)
  /** What is touched on the days up to `day`, the latest first. */
  const pattern = (day: number) =>
    Array.from({ length: day + 1 }, (_, daysBefore) => daysBefore)
      .flatMap((daysBefore) =>
        channels
          .filter((_, at) => dayOf(at) === day - daysBefore)
          .map((channel) => `${daysBefore}:${channel}`),
      )
      .join(' ')
  const firstSec = secondsOf('2026-01-01T08:00Z')
  return {
    title: `distinguishes ${days} days of ${channels.length} channels`,
    rows: [
      ...channels.map((channel, at) => ({
        ...touch('ann', '2026-01-01T08:00Z', channel),
        atSec: firstSec + dayOf(at) * 86_400,
      })),
      { ...conversion('ann', '2026-01-01T09:00Z', 1), atSec: firstSec + (days - 1) * 86_400 + 3600 },
    ],
    rules: { lookbackDays: days, maxChannels: channels.length },
    records: [
      `+ ${pattern(days - 1)} x1 =1`,
      ...Array.from({ length: days - 1 }, (_, day) => `- ${pattern(day)} x1`),
    ],
  }
}

/** What only a table of its own shows, as it takes the whole table: its format, its clock changes, many words. */
export const wholeTableCases: readonly JourneyCase[] = [
  ...seedFormatCases,
  ...momentCases,
  keptCases[0]!,
  zoneCases[0]!,
  wideCase(8),
]

/** The journeys of the cases of January 2026 in one table: users and conversions of each case are its own. */
export const pooledJourneys: readonly JourneyRow[] = [
  ...windowCases,
  ...conversionCases,
  ...channelCases,
  ...rangeCases,
  ...tdMtaCases,
  ...splitCases,
].flatMap(({ rows }, at) =>
  rows.map((row) => (row.user?.trim() ? { ...row, user: `${row.user} ${at}` } : row)),
)

/** Rules that read the pooled journeys: each value of a rule that a case has, with others than in the cases. */
export const pooledRules: readonly Partial<ExampleRules>[] = [
  {},
  { lookbackDays: 1, maxChannels: 2 },
  { lookbackDays: 5, afterConversion: 'keep', validationFraction: 0.5 },
  { ...rangeRules, afterConversion: 'keep', maxChannels: 3 },
  { ...rangeRules, creditFromSec: secondsOf('2026-01-11T00:00Z'), validationFraction: 0.5 },
  { toSec: rangeRules.toSec, timeZone: 'America/New_York', lookbackDays: 2, usersPerShard: 40 },
  { lookbackDays: 4, afterConversion: 'used-up', validationFraction: 0.5, negativePatterns: 100 },
  { ...rangeRules, afterConversion: 'keep', maxChannels: 3, negativePatterns: 30, seed: 2 },
  { kind: 'td-mta', lookbackDays: 4, validationFraction: 0.5, seed: 3, negativePatterns: 1 },
  { ...rangeRules, kind: 'td-mta', timeZone: 'Asia/Kolkata', maxChannels: 3 },
]

export const journeyCases: readonly JourneyCase[] = [
  ...windowCases,
  ...conversionCases,
  ...channelCases,
  ...rangeCases,
  ...zoneCases,
  ...seedFormatCases,
  ...tdMtaCases,
  ...splitCases,
  ...keptCases,
  ...momentCases,
  wideCase(30),
]
