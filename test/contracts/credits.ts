import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { creditedCountOf } from '../../src/examples/pattern.ts'
import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import { FindingLog } from '../../src/findings/finding-log.ts'
import { silentLogger } from '../../src/logger.ts'
import type { Config } from '../../src/options/option-table.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { silentProgress } from '../../src/progress.ts'
import { sql } from '../../src/queries/sql.ts'
import { exportTouchpoints } from '../../src/steps/export.ts'
import { explainConversions } from '../../src/steps/shapley.ts'
import { trainModel } from '../../src/steps/train.ts'
import type { World } from '../../src/steps/world.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Row, Warehouse } from '../../src/warehouse/warehouse.ts'
import { quoteTable } from '../fakes/sql-text.ts'
import { conversion, convertingTouch, plainRules, secondsOf, touch } from '../queries/journeys.ts'
import { type JourneyRow, type OracleAnswer, plainExtraction } from '../queries/oracle.ts'
import { randomJourneys } from '../queries/random-journeys.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type LoadedTouchpoints, oracleRules } from './extraction.ts'

const SESSION_SEC = 1_772_323_200

/** A world of one process. */
export function worldOf(warehouse: Warehouse, directory: string): World {
  return {
    warehouse,
    storage: openLocalStorage(directory),
    logger: silentLogger,
    findings: new FindingLog(silentLogger),
    progress: silentProgress,
    signal: new AbortController().signal,
    stop: () => {},
    now: () => 0,
    wallClockSec: () => SESSION_SEC,
    uniqueSuffix: () => '0a0b0c',
    owner: 'test',
    place: 'test',
    isAlive: () => true,
  }
}

/** The options that read the touchpoints by the rules, and ask for credits. */
export function configOf({ source }: LoadedTouchpoints, rules: Partial<ExampleRules>): Config {
  const { table, userColumn, timeColumn, actionColumn, conversionColumn, valueColumn } = source
  return {
    db: table.database,
    table: table.table,
    userColumn,
    timeColumn,
    actionColumn,
    conversionColumn,
    ...(valueColumn === undefined ? {} : { valueColumn }),
    // Random channels are called NULL, too.
    nullTexts: ['no channel'],
    ...(rules.kind === undefined ? {} : { examples: rules.kind }),
    ...(rules.afterConversion === undefined ? {} : { afterConversion: rules.afterConversion }),
    lookbackWindowDays: rules.lookbackDays ?? 3,
    maxChannels: rules.maxChannels ?? 100,
    timeZone: rules.timeZone ?? 'UTC',
    ...(rules.fromSec === undefined ? {} : { from: rules.fromSec }),
    ...(rules.toSec === undefined ? {} : { to: rules.toSec }),
    ...(rules.creditFromSec === undefined ? {} : { creditFrom: rules.creditFromSec }),
    ...(rules.usersPerShard === undefined ? {} : { usersPerTfrecord: rules.usersPerShard }),
    model: 'hazard',
    runId: 'r1',
    sessionTime: SESSION_SEC,
    creditsTable: 'credits',
  }
}

/** A row of the table. */
interface Credit {
  readonly user: string
  readonly atSec: number
  readonly channel: string
  readonly daysBefore: number | null
  readonly influenced: number | null
  readonly incremental: number | null
  readonly value: number | null
}

async function collect(warehouse: Warehouse, text: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(text))) rows.push(...batch)
  return rows
}

const columns =
  'user_id, conversion_time, channel, days_before_conversion, influenced_credit, incremental_credit, value, run_id, session_time'

async function readCredits(warehouse: Warehouse, database: string): Promise<Credit[]> {
  const rows = await collect(
    warehouse,
    `SELECT ${columns} FROM ${quoteTable({ database, table: 'credits' })}`,
  )
  expect(new Set(rows.map(([, , , , , , , runId, session]) => `${runId} ${session}`))).toEqual(
    new Set(['r1 2026-03-01T00:00:00.000Z']),
  )
  return rows.map(([user, at, channel, daysBefore, influenced, incremental, value]) => ({
    user: String(user),
    atSec: Date.parse(String(at)) / 1000,
    channel: String(channel),
    daysBefore: daysBefore as number | null,
    influenced: influenced as number | null,
    incremental: incremental as number | null,
    value: value as number | null,
  }))
}

function byConversion(credits: readonly Credit[]): readonly (readonly Credit[])[] {
  const groups = new Map<string, Credit[]>()
  for (const credit of credits) {
    const key = JSON.stringify([credit.user, credit.atSec])
    groups.set(key, [...(groups.get(key) ?? []), credit])
  }
  return [...groups.values()]
}

const sum = (numbers: readonly (number | null)[]) =>
  numbers.reduce((total: number, one) => total + (one ?? 0), 0)

/** What the rows of each conversion promise by themselves. */
function expectConversions(credits: readonly Credit[], seedFormat: boolean): void {
  for (const own of byConversion(credits)) {
    const cells = own.filter(({ daysBefore }) => daysBefore !== null)
    const others = own.filter(({ daysBefore }) => daysBefore === null)
    expect(others.map(({ channel, influenced }) => [channel, influenced])).toEqual(
      seedFormat ? [] : [['(baseline)', null]],
    )
    if (!seedFormat) expect(Math.abs(sum(own.map(({ incremental }) => incremental)) - 1)).toBeLessThan(1e-9)
    const influenced = cells.map((cell) => cell.influenced).filter((one) => one !== null)
    expect([0, cells.length]).toContain(influenced.length)
    if (influenced.length > 0) expect(Math.abs(sum(influenced) - 1)).toBeLessThan(1e-9)
    for (const one of influenced) expect(one).toBeGreaterThanOrEqual(0)
  }
}

/** The conversions and their patterns are those of the oracle. */
function expectPatterns(
  credits: readonly Credit[],
  rows: readonly JourneyRow[],
  answer: OracleAnswer,
  rules: Partial<ExampleRules>,
): void {
  const { toSec = Number.POSITIVE_INFINITY } = rules
  const fromSec = rules.creditFromSec ?? rules.fromSec ?? Number.NEGATIVE_INFINITY
  const converted = rows.flatMap(({ user, atSec, conversion }) =>
    conversion && user !== null && atSec !== null && atSec >= fromSec && atSec < toSec
      ? [JSON.stringify([user, atSec])]
      : [],
  )
  const conversions = byConversion(credits)
  const found = conversions.map(([first]) => JSON.stringify([first!.user, first!.atSec]))
  expect(found.sort()).toEqual([...new Set(converted)].sort())
  const counts = new Map<string, number>()
  const count = (cells: readonly string[], number: number) => {
    const key = JSON.stringify([...cells].sort())
    counts.set(key, (counts.get(key) ?? 0) + number)
  }
  for (const own of conversions) {
    count(
      own.flatMap((one) => (one.daysBefore === null ? [] : [`${one.daysBefore} ${one.channel}`])),
      1,
    )
  }
  for (const record of answer.records.filter(({ label }) => label === 1)) {
    count(
      record.daysBefore.map((day, at) => `${day} ${answer.channels[record.channels[at]!]}`),
      -creditedCountOf(record),
    )
  }
  count([], -answer.totals.creditedEntryConversions)
  expect([...counts].filter(([, number]) => number !== 0)).toEqual([])
}

/** Sums of the table are what `attribution` says, cell for cell; and the value of each conversion is all there. */
async function expectTotals(
  warehouse: Warehouse,
  database: string,
  credits: readonly Credit[],
): Promise<void> {
  const sql = `SELECT channel, days_before_conversion, conversions, value FROM ${quoteTable({ database, table: 'attribution' })}`
  for (const [channel, daysBefore, conversions, value] of await collect(warehouse, sql)) {
    const own = credits.filter((one) => one.channel === channel && one.daysBefore === daysBefore)
    const sizes = own.map((one) => Math.abs(one.incremental ?? 0) + Math.abs(one.value ?? 0))
    // Relative to what was added up: values of both signs may leave next to nothing.
    const tolerance = 1e-6 * (sum(sizes) + Math.abs(Number(conversions)) + 1e-9)
    expect(Math.abs(sum(own.map((one) => one.incremental)) - Number(conversions))).toBeLessThanOrEqual(
      tolerance,
    )
    expect(Math.abs(sum(own.map((one) => one.value)) - Number(value))).toBeLessThanOrEqual(tolerance)
  }
}

/** Runs the steps and checks the table against the oracle. */
async function expectCredits(
  loaded: LoadedTouchpoints,
  rows: readonly JourneyRow[],
  rules: ExampleRules,
): Promise<readonly Credit[]> {
  const options = resolveConfig(configOf(loaded, rules))
  const world = worldOf(loaded.warehouse, makeTemporaryDirectory())
  await exportTouchpoints(options, world)
  await trainModel(options, world)
  await explainConversions(options, world)
  const { database } = loaded.source.table
  const credits = await readCredits(loaded.warehouse, database)
  const answer = plainExtraction(rows, oracleRules(rules, 0, 1))
  expectConversions(credits, answer.seedFormat)
  expectPatterns(credits, rows, answer, rules)
  await expectTotals(loaded.warehouse, database, credits)
  return credits
}

/** A hundred channels, as many as there are by default: two words a day. */
function wideRows(days: number): readonly JourneyRow[] {
  const start = secondsOf('2026-01-05T08:00Z')
  return Array.from({ length: 12 }, (_, user) => user).flatMap((user) => {
    const touches = Array.from({ length: 40 }, (_, at): JourneyRow => {
      const atSec = start + ((at * 7 + user * 3) % days) * 86_400 + at
      return {
        user: `user ${user}`,
        atSec,
        channel: `channel ${(at * 13 + user * 29) % 100}`,
        conversion: false,
        value: null,
      }
    })
    const converts = user % 3 > 0
    return converts
      ? [
          ...touches,
          { ...touches[0]!, channel: null, atSec: start + days * 86_400, conversion: true, value: 1.5 },
        ]
      : touches
  })
}

const berlin = 'Europe/Berlin'

/** Journeys, each with the rules that it is read by. */
export const creditCases: readonly {
  readonly title: string
  readonly rows: readonly JourneyRow[]
  readonly rules: Partial<ExampleRules>
}[] = [
  {
    title: 'gives several conversions of a day, and a day of 25 hours, their own touches',
    rows: [
      touch('ann', '2025-10-25T22:30Z', `it's "e" 😀`),
      conversion('ann', '2025-10-26T22:30Z', 7.25),
      touch('ann', '2025-10-26T22:40Z', 'search'),
      convertingTouch('ann', '2025-10-26T22:50Z', 'Search', 2),
      conversion('ann', '2025-10-27T23:00Z'),
      conversion('entry', '2025-10-27T12:00Z', 100),
      touch('o\'neil, "joe"', '2025-10-25T21:59Z', 'search'),
      conversion('o\'neil, "joe"', '2025-10-26T22:59Z', 3),
      touch('never', '2025-10-26T12:00Z', 'search'),
    ],
    rules: { timeZone: berlin, lookbackDays: 2 },
  },
  {
    title: 'folds channels beyond the vocabulary, and takes blank ones for none',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-05T08:00Z', 'email'),
      touch('ann', '2026-01-05T09:00Z', 'rare'),
      touch('ann', '2026-01-06T09:00Z', 'rarer'),
      touch('ann', '2026-01-06T10:00Z', ' \u3000'),
      conversion('ann', '2026-01-06T11:00Z', 5),
      touch('bob', '2026-01-06T10:00Z', '\t'),
      conversion('bob', '2026-01-06T12:00Z', 5),
      touch('eve', '2026-01-06T10:00Z', 'email'),
    ],
    rules: { maxChannels: 1 },
  },
  {
    title: 'gives a second conversion the touches that came before the first, where they keep working',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      conversion('ann', '2026-01-05T09:00Z', 5),
      touch('ann', '2026-01-06T08:00Z', 'search'),
      conversion('ann', '2026-01-06T09:00Z', 3),
      conversion('ann', '2026-01-07T09:00Z', 2),
      touch('bob', '2026-01-06T10:00Z', 'email'),
    ],
    rules: { afterConversion: 'keep' },
  },
  {
    title: 'shares all conversions among the channels where each lies on a touch',
    rows: [
      touch('ann', '2026-01-05T08:00Z', 'email'),
      convertingTouch('ann', '2026-01-06T08:00Z', 'search', 4),
      convertingTouch('bob', '2026-01-06T08:00Z', 'email', 6),
      touch('eve', '2026-01-06T08:00Z', 'search'),
      touch('eve', '2026-01-07T08:00Z', 'email'),
    ],
    rules: {},
  },
]

/** @returns the rules in full. */
function rulesOf(changes: Partial<ExampleRules>): ExampleRules {
  return { ...plainRules, validationFraction: 0.5, ...changes }
}

/**
 * What the table of credits promises in any warehouse.
 * @param load makes a warehouse with just these rows in the table of touchpoints.
 * @param randomTables how many random tables are checked.
 * @param wideDays days of a pattern of many words.
 */
export function creditsContract(
  name: string,
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
  randomTables: number,
  wideDays = 8,
): void {
  const check = async (rows: readonly JourneyRow[], rules: ExampleRules) => {
    const loaded = await load(rows)
    try {
      return await expectCredits(loaded, rows, rules)
    } finally {
      await loaded.warehouse.close()
    }
  }

  describe(`credits of conversions in ${name}`, () => {
    it.each(creditCases)('$title', async ({ rows, rules }) => {
      expect((await check(rows, rulesOf(rules))).length).toBeGreaterThan(0)
    })

    it('joins patterns of many words', async () => {
      const credits = await check(wideRows(wideDays), rulesOf({ lookbackDays: wideDays }))
      expect(credits.length).toBeGreaterThan(0)
    })

    it('are those of the oracle in random journeys, exported in batches or not', async () => {
      await fc.assert(
        fc.asyncProperty(
          randomJourneys,
          fc.constantFrom(undefined, 3),
          fc.constantFrom('keep' as const, 'used-up' as const),
          async ({ rows, rules, range, creditFromSec }, usersPerShard, afterConversion) => {
            const variant = rulesOf({ ...rules, ...range, creditFromSec, usersPerShard, afterConversion })
            fc.pre(hasExamples(rows, variant) && isInRange(creditFromSec, range))
            await check(rows, variant)
          },
        ),
        { numRuns: randomTables },
      )
    })
  })
}

/** Options that name another moment are refused. */
function isInRange(
  atSec: number | undefined,
  { fromSec, toSec }: Pick<ExampleRules, 'fromSec' | 'toSec'>,
): boolean {
  return atSec === undefined || (atSec >= (fromSec ?? atSec) && atSec < (toSec ?? atSec + 1))
}

function hasExamples(rows: readonly JourneyRow[], rules: ExampleRules): boolean {
  const { survey, totals } = plainExtraction(rows, oracleRules(rules, 0, 1))
  const credited = totals.creditedExamples + totals.creditedEntryConversions
  return survey.touches > 0 && totals.positiveExamples > 0 && credited > 0
}
