import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import type { ExampleRules, TouchpointSource } from '../../src/examples/touchpoints.ts'
import { type Survey, surveyTouchpoints } from '../../src/queries/survey.ts'
import type { LoadedTouchpoints } from '../contracts/extraction.ts'
import { openCsv, openParquet } from './duckdb-touchpoints.ts'
import { plainRules, secondsOf } from './journeys.ts'

const HEADER = 'user_id,time,source,conversion,value\n'
/** Enough for examples: a touch, and a conversion two hours later. */
const GOOD = 'ann,1767600000,email,0,\nann,1767607200,,1,5\n'
const clock = { sessionSec: 1_767_700_000, nowSec: 1_767_800_000 }

interface Changes {
  readonly source?: Partial<TouchpointSource>
  readonly rules?: Partial<ExampleRules>
  readonly signal?: AbortSignal
}

async function survey(opening: Promise<LoadedTouchpoints>, changes: Changes = {}): Promise<Survey> {
  const { warehouse, source } = await opening
  const { signal } = changes
  try {
    return await surveyTouchpoints(
      warehouse,
      { ...source, ...changes.source },
      { ...plainRules, ...changes.rules },
      signal ?? new AbortController().signal,
    )
  } finally {
    await warehouse.close()
  }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

it('counts rows, touches and conversions', async () => {
  const found = await survey(
    openCsv(`${HEADER}${GOOD},1767600000,email,1,\nbob,,email,0,\nbob,1767600001,push,1,\n`),
  )
  expect(found).toMatchObject({
    rows: 5,
    rowsWithoutUser: 1,
    rowsWithoutTime: 1,
    touches: 2,
    conversionRows: 2,
    conversionRowsWithoutTouch: 1,
    firstAtSec: 1767600000,
    lastAtSec: 1767607200,
  })
  expect(Object.fromEntries(found.touchesByChannel)).toEqual({ email: 1, push: 1 })
})

describe('a missing table or column', () => {
  it.each<[keyof TouchpointSource, string]>([
    ['userColumn', '--user-column (USER_COLUMN)'],
    ['timeColumn', '--time-column (TIME_COLUMN)'],
    ['actionColumn', '--action-column (ACTION_COLUMN)'],
    ['conversionColumn', '--conversion-column (CONVERSION_COLUMN)'],
    ['valueColumn', '--value-column (VALUE_COLUMN)'],
  ])('is reported with the existing columns: %s', async (column, option) => {
    const error = await errorOf(survey(openCsv(`${HEADER}${GOOD}`), { source: { [column]: 'no "such' } }))
    expect(error).toEqual(
      new ConfigError(
        `${option} is "no "such": table mta.mock_data has no such column; it has user_id, time, source, conversion, value`,
      ),
    )
  })

  it('is reported with the database if it is a table', async () => {
    const source = { table: { database: 'mta', table: 'touches' } }
    expect(await errorOf(survey(openCsv(`${HEADER}${GOOD}`), { source }))).toEqual(
      new ConfigError(
        '--table (DATA_TABLE): there is no table mta.touches in duckdb; check --db (DB) and the name',
      ),
    )
  })

  it('may be the value column', async () => {
    const found = await survey(openCsv('user_id,time,source,conversion\nann,1767600000,email,1\n'), {
      source: { valueColumn: undefined },
    })
    expect(found.conversionRows).toBe(1)
  })

  it('is not a column whose name is written in another case', async () => {
    const found = await survey(openCsv(`${HEADER}${GOOD}`), { source: { actionColumn: 'SOURCE' } })
    expect(found.touches).toBe(1)
  })
})

describe('rows that make no examples are refused', () => {
  const noRows =
    'table mta.mock_data has no rows (in the range): check --table (DATA_TABLE), --from (FROM) and --to (TO)'

  it.each<[string, string, Changes, string]>([
    ['an empty table', '', {}, noRows],
    ['nothing before --to', GOOD, { rules: { toSec: 1767600000 } }, noRows],
    ['nothing from --from on', GOOD, { rules: { fromSec: 1767600000 + 86_400 * 5 } }, noRows],
    [
      'no user',
      ',1767600000,email,0,\n,1767607200,,1,5\n',
      {},
      'table mta.mock_data: all 2 rows lack a user or a time: check --user-column (USER_COLUMN) and --time-column (TIME_COLUMN)',
    ],
    [
      'no time',
      'ann,,email,0,\nann,,,1,5\n',
      {},
      'table mta.mock_data: all 2 rows lack a user or a time: check --user-column (USER_COLUMN) and --time-column (TIME_COLUMN)',
    ],
    [
      'no conversion',
      'ann,1767600000,email,0,\nann,1767607200,,,5\n',
      {},
      'table mta.mock_data: no row of 2 has conversion = 1: check --conversion-column (CONVERSION_COLUMN) and the time range',
    ],
    [
      'no touch',
      'ann,1767600000,,0,\nann,1767607200," ",1,5\n',
      {},
      'table mta.mock_data: no row of 2 has a channel in source: check --action-column (ACTION_COLUMN)',
    ],
  ])('%s', async (_, rows, changes, message) => {
    expect(await errorOf(survey(openCsv(`${HEADER}${rows}`), changes))).toEqual(new DataError(message))
  })
})

describe('times', () => {
  const noTime = (example: string) =>
    'table mta.mock_data: column time (--time-column, TIME_COLUMN) has 1 rows that are not unix seconds, a timestamp or ' +
    `ISO 8601 text, such as "${example}": correct them, or name another column`

  it.each([
    'yesterday',
    '05/01/2026',
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-05T25:00:00Z',
    '1767600000000000000000',
  ])('that are none are refused: %s', async (text) => {
    expect(await errorOf(survey(openCsv(`${HEADER}${GOOD}bob,${text},email,0,\n`)))).toEqual(
      new DataError(noTime(text)),
    )
  })

  it('that are not times are skipped on a row without a user', async () => {
    const found = await survey(openCsv(`${HEADER}${GOOD},yesterday,email,0,\n`))
    expect([found.rows, found.rowsWithoutUser, found.rowsWithoutTime]).toEqual([3, 1, 0])
  })

  it.each(['0', '-5', '1767600', '1767600000000'])('that are impossible are left out: %s', async (atSec) => {
    const found = await survey(openCsv(`${HEADER}${GOOD}bob,${atSec},email,0,\n`), { rules: { clock } })
    expect(found).toMatchObject({ rows: 3, touches: 1, findings: [{ code: 'impossible-times', count: 1 }] })
  })

  it('in 1970 before --from are not read', async () => {
    const rules = { fromSec: secondsOf('2026-01-05T00:00Z') }
    const found = await survey(openCsv(`${HEADER}${GOOD}bob,0,email,0,\n`), { rules })
    expect(found.rows).toBe(2)
  })

  it.each([
    ['2026-01-05T08:00:00Z', '2026-01-05T08:00Z'],
    ['2026-01-05T08:00:00.999Z', '2026-01-05T08:00Z'],
    ['2026-01-05T08:00:00.123456+09:00', '2026-01-04T23:00Z'],
    ['2026-01-05 08:00:00', '2026-01-05T08:00Z'],
    ['2026-01-05 08:00:00-03:30', '2026-01-05T11:30Z'],
    ['2026-01-05T08:00', '2026-01-05T08:00Z'],
    ['2026-01-05', '2026-01-05T00:00Z'],
    [' 1767600000 ', '2026-01-05T08:00Z'],
  ])('are read from text: %s', async (text, instant) => {
    const found = await survey(openCsv(`${HEADER}ann,${text},email,1,\n`))
    expect(found.firstAtSec).toBe(secondsOf(instant))
  })

  it.each([
    ['1767600000::INTEGER', '2026-01-05T08:00Z'],
    ['1767600000.75::DOUBLE', '2026-01-05T08:00Z'],
    ['1767600000.999::DECIMAL(18,3)', '2026-01-05T08:00Z'],
    ["TIMESTAMP '2026-01-05 08:00:00.999'", '2026-01-05T08:00Z'],
    ["TIMESTAMP_MS '2026-01-05 08:00:00.999'", '2026-01-05T08:00Z'],
    ["TIMESTAMP_NS '2026-01-05 08:00:00.999999999'", '2026-01-05T08:00Z'],
    ["TIMESTAMPTZ '2026-01-05 08:00:00+09:00'", '2026-01-04T23:00Z'],
    ["DATE '2026-01-05'", '2026-01-05T00:00Z'],
  ])('are read from the type of %s', async (time, instant) => {
    const select = `SELECT 'ann' AS user_id, ${time} AS "time", 'email' AS source, true AS conversion, 1 AS value`
    expect((await survey(openParquet(select))).firstAtSec).toBe(secondsOf(instant))
  })
})

describe('times without a zone', () => {
  const rows = `${HEADER}ann,2026-01-05 08:00:00,email,0,\nann,2026-01-05T09:00:00Z,,1,5\nbob,2026-01-06,email,0,\n`
  const inTokyo = { rules: { timeZone: 'Asia/Tokyo' } }
  const zoneless = async (opening: Promise<LoadedTouchpoints>, changes: Changes) =>
    (await survey(opening, changes)).findings.filter(({ code }) => code === 'zoneless-times')

  it('are found where days are not those of UTC', async () => {
    expect(await zoneless(openCsv(rows), inTokyo)).toMatchObject([
      {
        count: 2,
        example: '2026-01-05 08:00:00',
        what: '2 rows with a time in time that names no zone, while days are those of Asia/Tokyo',
      },
    ])
    expect(await zoneless(openCsv(rows), {})).toEqual([])
  })

  it.each([
    ["TIMESTAMP '2026-01-05 08:00:00'", 1],
    ["DATE '2026-01-05'", 1],
    ["TIMESTAMPTZ '2026-01-05 08:00:00+09:00'", 0],
    ['1767600000', 0],
  ])('are found by the type of the column: %s', async (time, found) => {
    const select = `SELECT 'ann' AS user_id, ${time} AS "time", 'email' AS source, true AS conversion, 1 AS value`
    expect(await zoneless(openParquet(select), inTokyo)).toHaveLength(found)
  })

  it('are no finding where their zone is known, even if it is UTC', async () => {
    for (const inputTimeZone of ['UTC', 'Asia/Tokyo']) {
      const changes = { ...inTokyo, source: { timeReading: { unit: 's', inputTimeZone } } } as const
      expect(await zoneless(openCsv(rows), changes)).toEqual([])
    }
  })

  it('are read in their zone', async () => {
    const source = { timeReading: { unit: 's', inputTimeZone: 'Asia/Tokyo' } } as const
    const { firstAtSec, lastAtSec } = await survey(openCsv(rows), { source })
    expect([firstAtSec, lastAtSec]).toEqual(
      ['2026-01-04T23:00Z', '2026-01-05T15:00Z'].map((time) => secondsOf(time)),
    )
  })
})

describe('channels', () => {
  const found = async (channels: readonly string[], changes: Changes = {}) => {
    const rows = channels.map((channel, at) => `ann,${1767600100 + at},"${channel}",0,\n`)
    const { findings } = await survey(openCsv(`${HEADER}${GOOD}${rows.join('')}`), changes)
    return findings.filter(({ counts, code }) => counts === 'names' || code === 'channel-called-other')
  }

  it('that differ only in case, blanks or the form of letters are found', async () => {
    expect(await found(['Email', 'email ', '\uff45mail', 'push'])).toMatchObject([
      {
        code: 'similar-channels',
        severity: 'warning',
        count: 4,
        what: '4 names in source that are alike but for case or blanks: "Email", "email", "email ", "\uff45mail"',
      },
    ])
  })

  it.each(['(baseline)', '(start)', '(conversion)', '(null)'])('called %s are an error', async (channel) => {
    expect(await found([channel])).toMatchObject([
      { code: 'reserved-channels', severity: 'error', count: 1, example: channel },
    ])
  })

  it('called (other) are found where others are folded into one of that name', async () => {
    expect(await found(['(other)', 'push'])).toEqual([])
    expect(await found(['(other)', 'push'], { rules: { maxChannels: 2 } })).toMatchObject([
      { code: 'channel-called-other', severity: 'warning', count: 1 },
    ])
  })
})

it('finds users without a number in the user table, and those who have only one', async () => {
  const opened = await openCsv(`${HEADER}${GOOD}bob,1767600000,email,0,\ncat,1767600000,email,0,\n`)
  const userTable = { database: 'mta', table: 'user_rnd' }
  const write = (rows: readonly (readonly [string, number | null])[]) =>
    opened.warehouse.writeTables([
      {
        table: userTable,
        columns: [
          { name: 'user_id', type: 'varchar' },
          { name: 'ab_rnd', type: 'double' },
        ],
        rows,
        ifExists: 'overwrite',
        runId: 'test',
      },
    ])
  const look = async () => {
    const { warehouse, source } = opened
    return (await surveyTouchpoints(warehouse, source, { ...plainRules, userTable })).findings
  }
  await write([
    ['ann', 0.5],
    ['Bob', 0.25],
    ['cat', null],
  ])
  expect(await look()).toMatchObject([
    {
      code: 'users-without-number',
      count: 2,
      example: 'bob',
      what: '2 users of 3 without a number in mta.user_rnd, which has 1 that the touchpoints lack, such as "Bob"',
    },
  ])
  await write([
    ['ann', 0.5],
    ['bob', 0.25],
    ['cat', 0],
    ['dan', 0.1],
  ])
  expect(await look()).toEqual([])
  await opened.warehouse.close()
})

it('refuses a user table that is not there', async () => {
  const rules = { userTable: { database: 'mta', table: 'users' } }
  expect(await errorOf(survey(openCsv(`${HEADER}${GOOD}`), { rules }))).toEqual(
    new ConfigError(
      '--user-table (USER_TABLE): there is no table mta.users in duckdb; check --db (DB) and the name',
    ),
  )
})

describe('conversions', () => {
  const orCounts = '; --conversion-counts (CONVERSION_COUNTS) reads numbers of conversions'

  it.each([
    ['2', orCounts],
    ['-1', ''],
    ['yes', ''],
    ['0.5', ''],
  ])('that are neither 0 nor 1 are refused: %s', async (text, remedy) => {
    expect(await errorOf(survey(openCsv(`${HEADER}${GOOD}bob,1767600000,email,${text},\n`)))).toEqual(
      new DataError(
        'table mta.mock_data: column conversion (--conversion-column, CONVERSION_COLUMN) has 1 rows that are not 0, 1, true, ' +
          `false or NULL, such as "${text}": correct them, or name another column${remedy}`,
      ),
    )
  })

  it.each([
    ['2::INTEGER', orCounts],
    ['0.5::DOUBLE', ''],
  ])('of a number type are refused, too: %s', async (number, remedy) => {
    const select = `SELECT 'ann' AS user_id, 1767600000 AS "time", 'email' AS source, ${number} AS conversion, 1 AS value`
    expect(await errorOf(survey(openParquet(select)))).toEqual(
      new DataError(
        'table mta.mock_data: column conversion (--conversion-column, CONVERSION_COLUMN) has 1 rows that are not 0, 1, true, ' +
          `false or NULL, such as "${number.split(':')[0]}": correct them, or name another column${remedy}`,
      ),
    )
  })

  it.each([
    ['1', 1],
    ['0', 0],
    ['true', 1],
    ['TRUE', 1],
    ['False', 0],
    ['', 0],
  ])('are read from text: "%s"', async (text, converts) => {
    const found = await survey(openCsv(`${HEADER}${GOOD}bob,1767600000,email,${text},\n`))
    expect(found.conversionRows).toBe(1 + converts)
  })

  it.each(['1::TINYINT', '1::UBIGINT', '1.0::DOUBLE', '1::DECIMAL(3,1)', 'true', "'true'"])(
    'are read from the type of %s',
    async (conversion) => {
      const select = `SELECT 'ann' AS user_id, 1767600000 AS "time", 'email' AS source, ${conversion} AS conversion, 1 AS value`
      expect((await survey(openParquet(select))).conversionRows).toBe(1)
    },
  )

  it('that are not read are not looked at', async () => {
    const rules = { toSec: 1767607201 }
    const found = await survey(openCsv(`${HEADER}${GOOD}bob,1767607201,email,2,\n`), { rules })
    expect(found.rows).toBe(2)
  })
})

describe('values', () => {
  const noNumber = (example: string) =>
    'table mta.mock_data: column value (--value-column, VALUE_COLUMN) has 1 rows that are not a number or NULL, ' +
    `such as "${example}": correct them, or name another column`

  it.each(['ten', '12 EUR', '"1,5"', 'NaN', '1e40'])(
    'of conversions that are no numbers are refused: %s',
    async (text) => {
      const error = await errorOf(survey(openCsv(`${HEADER}${GOOD}bob,1767600000,email,1,${text}\n`)))
      expect(error).toEqual(new DataError(noNumber(text.replaceAll('"', ''))))
    },
  )

  it('beside no conversion are not looked at', async () => {
    const found = await survey(openCsv(`${HEADER}${GOOD}bob,1767600000,email,0,ten\n`))
    expect(found.conversionRows).toBe(1)
  })
})

it('reads channels of another type as text', async () => {
  const select = `SELECT 1 AS user_id, 1767600000 AS "time", 7 AS source, 1 AS conversion, 1 AS value`
  expect([...(await survey(openParquet(select))).touchesByChannel]).toEqual([['7', 1]])
})

it('stops with the reason of the signal', async () => {
  const signal = AbortSignal.abort(new Error('told to stop'))
  await expect(survey(openCsv(`${HEADER}${GOOD}`), { signal })).rejects.toThrow('told to stop')
})
