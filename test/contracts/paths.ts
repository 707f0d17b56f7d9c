import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placesOf } from '../../src/comparison/path-table.ts'
import { localDaysOf } from '../../src/examples/local-days.ts'
import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import { planExtraction } from '../../src/queries/extraction-plan.ts'
import { type PathsAndCredits, readPaths } from '../../src/queries/read-paths.ts'
import { repeatSql } from '../../src/queries/repeat-sql.ts'
import { sql } from '../../src/queries/sql.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { conversion, convertingTouch, plainRules, secondsOf, touch, visit } from '../queries/journeys.ts'
import type { JourneyRow } from '../queries/oracle.ts'
import { randomJourneys } from '../queries/random-journeys.ts'
import { type LoadedTouchpoints, loadedBy } from './extraction.ts'
import { type PathRules, type PlainPath, plainPaths } from './paths-oracle.ts'

const neverStops = new AbortController().signal

/** What the rules of thumb need in addition to the examples' rules. */
type ThumbOptions = Pick<PathRules, 'direct' | 'positionWeights' | 'halfLifeDays'>

const plainThumbs: ThumbOptions = { direct: ['direct'], positionWeights: [40, 20, 40], halfLifeDays: 7 }

/** A table small enough to work out by hand, and the paths that it holds. */
interface PathCase {
  readonly title: string
  readonly rows: readonly JourneyRow[]
  readonly rules?: Partial<ExampleRules>
  /** Conversions, null paths and value by channels. */
  readonly paths: readonly (readonly [readonly string[], number, number, number])[]
}

const cases: readonly PathCase[] = [
  {
    title: 'keeps repeats, in the order of time, and adds up equal paths',
    rows: ['ann', 'bob'].flatMap((user) => [
      touch(user, '2026-01-05T11:00Z', 'b'),
      touch(user, '2026-01-05T10:00Z', 'a'),
      touch(user, '2026-01-05T12:00Z', 'b'),
      conversion(user, '2026-01-06T00:00Z', 2.5),
    ]),
    paths: [[['a', 'b', 'b'], 2, 0, 5]],
  },
  {
    title:
      'orders touches of one second by channel, and gives those of the conversion second to the conversion',
    rows: [
      touch('ann', '2026-01-05T10:00Z', 'b'),
      touch('ann', '2026-01-05T10:00Z', 'a'),
      conversion('ann', '2026-01-05T10:00Z', 1),
      touch('ann', '2026-01-05T10:00:01Z', 'c'),
      convertingTouch('ann', '2026-01-05T11:00Z', 'd', 2),
    ],
    paths: [
      [['a', 'b'], 1, 0, 1],
      [['c', 'd'], 1, 0, 2],
    ],
  },
  {
    title: 'takes conversions without a touch for the baseline: entries, and those whose touches are too old',
    rows: [
      conversion('ann', '2026-01-05T10:00Z', 1),
      touch('bob', '2026-01-05T23:59Z', 'a'),
      conversion('bob', '2026-01-08T00:00Z', 2),
      visit('cat', '2026-01-05T10:00Z'),
      conversion('cat', '2026-01-05T11:00Z', 4),
    ],
    paths: [[[], 3, 0, 7]],
  },
  {
    title: 'takes what follows the last conversion for a null path, of the days up to its last touch',
    rows: [
      touch('ann', '2026-01-05T10:00Z', 'a'),
      conversion('ann', '2026-01-05T11:00Z'),
      touch('ann', '2026-01-05T12:00Z', 'old'),
      touch('ann', '2026-01-06T12:00Z', 'b'),
      touch('ann', '2026-01-08T12:00Z', 'c'),
      visit('ann', '2026-01-20T12:00Z'),
      touch('bob', '2026-01-05T12:00Z', 'b'),
      touch('bob', '2026-01-05T13:00Z', 'c'),
      visit('cat', '2026-01-05T12:00Z'),
    ],
    paths: [
      [['a'], 1, 0, 0],
      [['b', 'c'], 0, 2, 0],
    ],
  },
  {
    title: 'merges the conversions of a second, and parts those of a day',
    rows: [
      touch('ann', '2026-01-05T10:00Z', 'a'),
      conversion('ann', '2026-01-05T11:00Z', 1),
      convertingTouch('ann', '2026-01-05T11:00Z', 'b', 2),
      touch('ann', '2026-01-05T12:00Z', 'c'),
      conversion('ann', '2026-01-05T13:00Z', 4),
      conversion('ann', '2026-01-05T14:00Z', 8),
    ],
    paths: [
      [['a', 'b'], 1, 0, 3],
      [['c'], 1, 0, 4],
      [[], 1, 0, 8],
    ],
  },
  {
    title:
      'counts conversions in the range, with touches of the days before it, and null paths of touches within',
    rows: [
      touch('ann', '2026-01-07T23:59:59Z', 'unread'),
      touch('ann', '2026-01-08T00:00Z', 'a'),
      conversion('ann', '2026-01-10T11:59:59Z', 50),
      touch('bob', '2026-01-08T00:00Z', 'a'),
      conversion('bob', '2026-01-10T12:00Z', 5),
      touch('cat', '2026-01-10T11:59:59Z', 'a'),
      touch('cat', '2026-01-10T12:00Z', 'b'),
      touch('dan', '2026-01-09T12:00Z', 'b'),
      touch('eve', '2026-01-12T05:59:59Z', 'c'),
      conversion('eve', '2026-01-12T06:00Z', 500),
    ],
    rules: { fromSec: secondsOf('2026-01-10T12:00Z'), toSec: secondsOf('2026-01-12T06:00Z') },
    paths: [
      [['a'], 1, 0, 5],
      [['b'], 0, 1, 0],
      [['c'], 0, 1, 0],
    ],
  },
  {
    title: 'counts days by the calendar of the zone, across a change of the clocks',
    rows: [
      touch('ann', '2025-03-29T23:30Z', 'a'),
      conversion('ann', '2025-03-31T21:59Z'),
      touch('bob', '2025-03-29T22:59Z', 'a'),
      conversion('bob', '2025-03-31T21:59Z'),
    ],
    rules: { timeZone: 'Europe/Berlin', lookbackDays: 2 },
    paths: [
      [['a'], 1, 0, 0],
      [[], 1, 0, 0],
    ],
  },
  {
    title: 'keeps strange channels apart, white space being none, and puts the rest into one',
    rows: [
      ...[
        'x > y',
        'x',
        'y',
        '"',
        "it's",
        'a,b',
        '😀',
        '\u3000',
        '\u00a0',
        ' ',
        'x > y',
        'x',
        'y',
        '"',
        "it's",
        'a,b',
        '😀',
        'rare',
        '1 2',
      ].map((channel, at) => touch('ann', `2026-01-05T10:00:${String(at).padStart(2, '0')}Z`, channel)),
      conversion('ann', '2026-01-05T11:00Z'),
    ],
    rules: { maxChannels: 7 },
    paths: [
      [
        [
          'x > y',
          'x',
          'y',
          '"',
          "it's",
          'a,b',
          '😀',
          'x > y',
          'x',
          'y',
          '"',
          "it's",
          'a,b',
          '😀',
          '(other)',
          '(other)',
        ],
        1,
        0,
        0,
      ],
    ],
  },
]

interface Found extends PathsAndCredits {
  readonly channels: readonly string[]
}

async function findPaths(
  loaded: LoadedTouchpoints,
  rules: ExampleRules,
  thumbs: ThumbOptions,
): Promise<Found> {
  const { warehouse, source } = loaded
  const survey = await surveyTouchpoints(warehouse, source, rules, neverStops)
  const { channels } = planExtraction(survey, rules)
  const [first, between, last] = thumbs.positionWeights
  const parts = {
    ...survey.scan,
    rules,
    channels,
    otherPosition: survey.touchesByChannel.size > rules.maxChannels ? channels.length - 1 : undefined,
    days: localDaysOf(rules.timeZone, survey.firstAtSec, Math.max(survey.lastAtSec, rules.fromSec ?? 0)),
    ruleOptions: {
      directPlaces: channels.flatMap((channel, place) => (thumbs.direct.includes(channel) ? [place] : [])),
      positionWeights: { first: first / 100, between: between / 100, last: last / 100 },
      halfLifeDays: thumbs.halfLifeDays,
    },
  }
  return { ...(await readPaths(warehouse, parts, neverStops)), channels }
}

function pathsByChannels({ paths, channels }: Found): ReadonlyMap<string, PlainPath> {
  return new Map(
    Array.from({ length: paths.count }, (_, path) => [
      JSON.stringify(Array.from(placesOf(paths, path), (place) => channels[place])),
      {
        conversions: paths.conversions[path]!,
        nullPaths: paths.nullPaths[path]!,
        microValue: Math.round(paths.value[path]! * 1e6),
        credited: paths.creditedConversions[path]!,
        creditedMicroValue: Math.round(paths.creditedValue[path]! * 1e6),
      },
    ]),
  )
}

/** Credits have 18 decimals, value 12; a value times a credit is off by 2^-53 of it. */
function expectClose(
  found: readonly number[],
  expected: readonly number[],
  touches: number,
  scale: number,
): void {
  expect(found.length).toBe(expected.length)
  found.forEach((amount, rule) => {
    const error = Math.abs(amount - expected[rule]!)
    expect(error).toBeLessThanOrEqual(
      1e-12 * Math.abs(expected[rule]!) + 1e-15 * touches * Math.max(1, scale),
    )
  })
}

/** Everything that is found is what the oracle says. */
function expectAgreement(
  found: Found,
  rows: readonly JourneyRow[],
  rules: ExampleRules,
  thumbs: ThumbOptions,
): void {
  const plain = plainPaths(rows, { ...rules, ...thumbs, channels: found.channels })
  expect(Object.fromEntries(pathsByChannels(found))).toEqual(Object.fromEntries(plain.paths))
  const keys = found.cells.map(({ place, daysBefore }) => JSON.stringify([found.channels[place], daysBefore]))
  expect([...keys].sort()).toEqual([...plain.cells.keys()].sort())
  const most = Math.max(0, ...rows.map(({ value }) => Math.abs(value ?? 0)))
  found.cells.forEach(({ conversions, value }, at) => {
    const expected = plain.cells.get(keys[at]!)!
    expectClose(conversions, expected.conversions, rows.length, 1)
    expectClose(value, expected.value, rows.length, 1000 + most)
  })
}

const thumbOptions: fc.Arbitrary<ThumbOptions> = fc.record({
  direct: fc.constantFrom([], ['email'], ['channel 0', 'channel 1', 'email'], ['no such channel']),
  positionWeights: fc.constantFrom([40, 20, 40], [50, 0, 50], [0, 100, 0], [100, 0, 0], [33.4, 33.3, 33.3]),
  halfLifeDays: fc.constantFrom(7, 0.5, 0.02, 365),
})

/**
 * What the query of paths promises in any warehouse.
 * @param load makes a warehouse with just these rows in the table of touchpoints, value column and all.
 * @param randomTables how many random tables are compared.
 */
export function pathContract(
  name: string,
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
  randomTables: number,
): void {
  const withLoaded = loadedBy(load)

  describe(`paths from ${name}`, () => {
    it.each(cases)('$title', (journey) =>
      withLoaded(journey.rows, async (loaded) => {
        const rules = { ...plainRules, ...journey.rules }
        const found = await findPaths(loaded, rules, plainThumbs)
        const expected = journey.paths.map(([channels, conversions, nullPaths, value]) => [
          JSON.stringify(channels),
          {
            conversions,
            nullPaths,
            microValue: value * 1e6,
            credited: conversions,
            creditedMicroValue: value * 1e6,
          },
        ])
        expect(Object.fromEntries(pathsByChannels(found))).toEqual(Object.fromEntries(expected))
        expectAgreement(found, journey.rows, rules, plainThumbs)
      }),
    )

    it('finds the paths and credits of the oracle in random journeys', async () => {
      let withCredits = 0
      await fc.assert(
        fc.asyncProperty(
          randomJourneys,
          thumbOptions,
          async ({ rows, rules, range, creditFromSec }, thumbs) => {
            const isTouched = rows.some(({ channel }) => channel !== null && !/^\s*$/.test(channel))
            fc.pre(isTouched && rows.some((row) => row.conversion === true))
            await withLoaded(rows, async (loaded) => {
              for (const variant of [rules, { ...rules, ...range, creditFromSec }]) {
                if (!hasBoth(rows, variant)) continue
                const found = await findPaths(loaded, variant, thumbs)
                expectAgreement(found, rows, variant, thumbs)
                withCredits += found.cells.length
              }
            })
          },
        ),
        { numRuns: randomTables },
      )
      expect(withCredits).toBeGreaterThan(randomTables)
    })

    it('returns the same numbers, to the last bit, whatever the order of the rows', async () => {
      const [rows] = fc.sample(randomJourneys, { numRuns: 1, seed: 4 }).map((drawn) => drawn.rows)
      const found: Found[] = []
      for (const some of [rows!, [...rows!].reverse()]) {
        await withLoaded(some, async (loaded) => {
          found.push(await findPaths(loaded, { ...plainRules, lookbackDays: 7 }, plainThumbs))
        })
      }
      expect(found[0]!.cells.length).toBeGreaterThan(5)
      expect(found[1]).toEqual(found[0])
    })
  })
}

/** Trino makes sequences of 10,000 entries at most: an active user of a shop has more touches than that before an order. */
export function longPathContract(
  name: string,
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
): void {
  const touches = 10_001

  it(`a path of ${touches} touches from ${name} credits its one cell with the whole conversion`, async () => {
    const begin = secondsOf('2026-01-05T00:00Z')
    const walked = Array.from({ length: touches }, (_, at) => ({
      ...touch('a', '2026-01-05T00:00Z', 'b'),
      atSec: begin + at,
    }))
    await loadedBy(load)([...walked, conversion('a', '2026-01-05T20:00Z', 2)], async (loaded) => {
      const found = await findPaths(loaded, plainRules, plainThumbs)
      const { cells } = found
      const path = JSON.stringify(Array.from({ length: touches }, () => 'b'))
      expect([...pathsByChannels(found)]).toMatchObject([
        [path, { conversions: 1, nullPaths: 0, microValue: 2e6 }],
      ])
      const [cell] = cells
      expect(cells.map(({ place, daysBefore }) => [place, daysBefore])).toEqual([[0, 0]])
      expectClose(cell?.conversions ?? [], cell?.conversions.map(() => 1) ?? [], touches, 1)
      expectClose(cell?.value ?? [], cell?.value.map(() => 2) ?? [], touches, 1000)
    })
  })

  it(`rows from ${name} are repeated more often than a sequence is long`, async () => {
    await loadedBy(load)([], async ({ warehouse }) => {
      const repeated = sql`SELECT times, count(*) FROM (VALUES (CAST(1 AS bigint)), (10000), (10001), (25000)) AS rows (times)
${repeatSql(sql`times`)} GROUP BY times ORDER BY times`
      const found: unknown[] = []
      for await (const batch of warehouse.query(repeated)) found.push(...batch)
      expect(found).toEqual([1, 10_000, 10_001, 25_000].map((times) => [times, times]))
    })
  })
}

/** Tables without a touch or a conversion in reach are refused by the survey. */
function hasBoth(rows: readonly JourneyRow[], rules: ExampleRules): boolean {
  const inReach = rows.filter(
    ({ user, atSec }) =>
      user !== null &&
      atSec !== null &&
      (rules.fromSec === undefined || atSec >= rules.fromSec) &&
      (rules.toSec === undefined || atSec < rules.toSec),
  )
  return (
    inReach.some(({ channel }) => channel !== null && !/^\s*$/.test(channel)) &&
    inReach.some((row) => row.conversion === true)
  )
}
