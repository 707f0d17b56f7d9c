import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { pathText } from '../../src/comparison/common-paths.ts'
import { type Comparison, comparePaths } from '../../src/comparison/compare-paths.ts'
import { creditPaths, shapesOf, timelessRules } from '../../src/comparison/credit-paths.ts'
import { placePaths } from '../../src/comparison/place-paths.ts'
import { DataError } from '../../src/errors.ts'
import { localDaysOf } from '../../src/examples/local-days.ts'
import { silentLogger } from '../../src/logger.ts'
import { readPathTable } from '../../src/queries/read-path-table.ts'
import { readPaths } from '../../src/queries/read-paths.ts'
import { readRuleShares } from '../../src/queries/rule-shares.ts'
import { sql } from '../../src/queries/sql.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { openCsv, openWithoutInput } from './duckdb-touchpoints.ts'
import { plainRules } from './journeys.ts'

const directory = mkdtempSync(join(tmpdir(), 'td-mta-test-'))
const opened = openWithoutInput(directory)
afterAll(async () => {
  await (await opened).close()
  rmSync(directory, { recursive: true })
})

let files = 0

function fileOf(text: string): string {
  const path = join(directory, `paths-${files++}.csv`)
  writeFileSync(path, text)
  return path
}

async function read(table: string) {
  return await readPathTable(await opened, { database: 'mta', table }, ['none'])
}

const signal = new AbortController().signal
const ruleOptions = {
  directPlaces: [0],
  positionWeights: { first: 0.4, between: 0.2, last: 0.4 },
  halfLifeDays: 7,
}
const comparing = { seedFormat: false, hasValue: true, markovOrders: 3, withNullPaths: true, seed: 1 }

/** A path, and the value of each conversion that it led to. */
interface Journey {
  readonly channels: readonly string[]
  readonly values: readonly number[]
  readonly nullPaths: number
}

function pathCsv(journeys: readonly Journey[]): string {
  const lines = journeys.map(({ channels, values, nullPaths }) => {
    const path = pathText(channels).replaceAll('"', '""')
    return `"${path}",${values.length},${values.reduce((sum, value) => sum + value, 0)},${nullPaths}`
  })
  return `path,total_conversions,total_conversion_value,total_null\n${lines.join('\n')}\n`
}

/** Each path of a user of its own, its touches a second apart. */
function touchpointCsv(journeys: readonly Journey[]): string {
  const start = 1_767_600_000
  const rows: string[] = []
  let users = 0
  const add = (channels: readonly string[], value: number | undefined) => {
    const user = `u${users++}`
    for (const [at, channel] of channels.entries()) {
      rows.push(`${user},${start + at},"${channel.replaceAll('"', '""')}",0,`)
    }
    if (value !== undefined) rows.push(`${user},${start + channels.length},,1,${value}`)
  }
  for (const { channels, values, nullPaths } of journeys) {
    for (const value of values) add(channels, value)
    for (let at = 0; at < nullPaths; at++) add(channels, undefined)
  }
  return `user_id,time,source,conversion,value\n${rows.join('\n')}\n`
}

async function ofTouchpoints(journeys: readonly Journey[]): Promise<Comparison> {
  const { warehouse, source } = await openCsv(touchpointCsv(journeys))
  try {
    const withValue = { ...source, valueColumn: 'value' }
    const survey = await surveyTouchpoints(warehouse, withValue, plainRules)
    const channels = [...survey.touchesByChannel.keys()].sort()
    const days = localDaysOf('UTC', survey.firstAtSec, survey.lastAtSec)
    const parts = { ...survey.scan, rules: plainRules, channels, otherPosition: undefined, days, ruleOptions }
    return comparePaths(await readPaths(warehouse, parts, signal), { ...comparing, channels })
  } finally {
    await warehouse.close()
  }
}

async function ofPaths(text: string): Promise<Comparison> {
  const { paths: counted } = await read(fileOf(text))
  const { paths, channels } = placePaths(counted, { rename: (name) => name, maxChannels: 100 })
  const { directPlaces } = ruleOptions
  const shares = await readRuleShares(await opened, shapesOf(paths, directPlaces), ruleOptions, signal)
  const cells = creditPaths(paths, channels.length, directPlaces, shares)
  return comparePaths({ paths, cells, rules: timelessRules }, { ...comparing, channels })
}

/** Credits of methods without days, by channel. */
function creditsOf({ methods }: Comparison): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { method, rows } of methods.filter((one) => one.method !== 'time_decay')) {
    for (const { channel, conversions, value, share } of rows) {
      for (const [name, amount] of Object.entries({ conversions, value, share })) {
        const key = `${method} ${channel} ${name}`
        sums[key] = (sums[key] ?? 0) + (amount ?? 0)
      }
    }
  }
  return sums
}

describe('a table of paths', () => {
  it('gives what touchpoints with the same paths give', async () => {
    const channel = fc.constantFrom('direct', 'email', 'search', 'social', 'a > b', '検索')
    const journey = fc.record({
      channels: fc.array(channel, { maxLength: 6 }),
      values: fc.array(
        fc.integer({ min: 0, max: 5000 }).map((cents) => cents / 100),
        { maxLength: 3 },
      ),
      nullPaths: fc.nat(3),
    })
    const journeys = fc
      .array(journey, { minLength: 3, maxLength: 25 })
      .filter((all) => all.some(({ channels, values }) => channels.length > 0 && values.length > 0))
    await fc.assert(
      fc.asyncProperty(journeys, async (all) => {
        const [found, expected] = [await ofPaths(pathCsv(all)), await ofTouchpoints(all)]
        const [credits, others] = [creditsOf(found), creditsOf(expected)]
        expect(Object.keys(credits).sort()).toEqual(Object.keys(others).sort())
        for (const [key, amount] of Object.entries(credits))
          expect([key, amount]).toEqual([key, expect.closeTo(others[key]!, 9)])
        expect(found.orders).toEqual(expected.orders)
        expect([found.chosenOrder, found.firstChain]).toEqual([expected.chosenOrder, expected.firstChain])
      }),
      { numRuns: 3 },
    )
  })

  it('is read from arrays, too', async () => {
    const warehouse = await opened
    const path = join(directory, 'arrays.parquet')
    const copy = sql`COPY (SELECT * FROM (VALUES (['a', 'b > c', NULL], 2, 1), ([], 1, 0), (NULL, 1, 0)) AS paths (path, conversions, nulls)) TO ${sql.literal(path)}`
    for await (const _ of warehouse.query(copy));
    const { paths, hasValue } = await read(path)
    expect(hasValue).toBe(false)
    expect(paths).toContainEqual({ channels: ['a', 'b > c'], conversions: 2, nullPaths: 1, value: 0 })
    expect(
      paths.filter(({ channels }) => channels.length === 0).reduce((sum, one) => sum + one.conversions, 0),
    ).toBe(2)
  })

  it('may say yes or no instead of a number, and repeat paths', async () => {
    const { paths, findings } = await read(fileOf('path,conversion\na > b,true\na > b,0\na > b,1\nb,false\n'))
    expect(findings).toEqual([])
    expect([...paths].sort((one, other) => other.conversions - one.conversions)).toEqual([
      { channels: ['a', 'b'], conversions: 2, nullPaths: 1, value: 0 },
      { channels: ['b'], conversions: 0, nullPaths: 1, value: 0 },
    ])
  })

  it('has findings for gaps, and for paths that nobody took', async () => {
    const { paths, findings } = await read(fileOf('path,conversions\na > > b,1\nc,0\nc,\na > None,2\n'))
    expect([...paths].sort((one, other) => one.conversions - other.conversions)).toEqual([
      { channels: ['a', 'b'], conversions: 1, nullPaths: 0, value: 0 },
      { channels: ['a'], conversions: 2, nullPaths: 0, value: 0 },
    ])
    expect(findings).toMatchObject([
      { code: 'empty-path-touches', count: 1, example: 'a > > b' },
      { code: 'null-text-channels', count: 1, example: 'a > None' },
      { code: 'paths-never-taken', count: 2, example: 'c' },
    ])
  })

  it.each([
    ['path,conversions\n', 'has no rows'],
    [
      'path,conversions\na,1.5\n',
      'column conversions is "1.5" for the path "a", a whole number from 0 to 2^53 is needed',
    ],
    ['path,conversions\na,-1\n', 'column conversions is "-1" for the path "a"'],
    ['path,conversions\na,1e300\n', 'column conversions is "1e300" for the path "a"'],
    ['path,conversions\na,many\n', 'column conversions is "many" for the path "a"'],
    ['path,conversions,nulls\na,1,x\n', 'column nulls is "x" for the path "a"'],
    ['path,conversions,value\na,1,1 000\n', 'column value is "1 000" for the path "a", a number is needed'],
    ['path,conversions,value\na,0,5\n', 'the path "a" has a value of 5 without a conversion'],
    ['path,conversions\na,0\n', 'has no conversion: there is nothing to credit'],
    ['path,conversions\n,3\n', 'has no path with a channel'],
    ['path,conversions\nNone > none,3\n', 'as in "None > none", are none: --null-texts (NULL_TEXTS)'],
    ['path,conversion\na,1\nb,12\n', 'column conversion is "12" for the path "b", 0 or 1 is needed'],
    ['path,total_conversions\na,x\n', 'column total_conversions is "x"'],
  ])('that cannot be used is refused: %j', async (text, message) => {
    const error = await read(fileOf(text)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(DataError)
    expect(String(error)).toContain(message)
  })

  it('of a broken file is named with its option and line', async () => {
    const [broken, closed] = [fileOf('path,conversions\na,1\nb,1,2\n'), fileOf('path,conversions\n"a,1\n')]
    await expect(read(broken)).rejects.toThrow(`--paths (PATHS): ${broken}: line 3 has 3 fields`)
    await expect(read(closed)).rejects.toThrow(`--paths (PATHS): ${closed}: line 2 has a quote`)
    const wrong = fileOf('path,conversions\na,x\n')
    await expect(read(wrong)).rejects.toThrow(`--paths (PATHS) ${wrong}: column conversions`)
  })

  it('in a file has the delimiter that is given, where there is no other input', async () => {
    const table = { database: 'mta', table: fileOf('path|conversions|a,b,c,d\nx|1|\n') }
    const warehouse = await openDuckDb({
      file: join(directory, 'other.duckdb'),
      csvDirectory: undefined,
      input: [],
      inputTable: { database: 'mta', table: 'mock_data' },
      delimiter: '|',
      logger: silentLogger,
    })
    onTestFinished(() => warehouse.close())
    expect((await readPathTable(warehouse, table, [])).paths).toMatchObject([{ channels: ['x'] }])
    await expect(read(table.table)).rejects.toThrow('has no column path')
  })

  it('needs its columns', async () => {
    await expect(read(fileOf('way,conversions\na,1\n'))).rejects.toThrow('--paths (PATHS)')
  })
})
