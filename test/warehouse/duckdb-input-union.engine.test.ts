import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { readTouchpointColumns } from '../../src/queries/touchpoint-columns.ts'
import { errorOf, filesIn, HEADER, open, read, touchpoints } from './duckdb-files.ts'

const source = {
  table: touchpoints,
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: undefined,
  conversionKind: undefined,
}

/** @param queries what each file holds, in order. @returns a directory with 0.parquet, 1.parquet and so on. */
async function parquetIn(...queries: readonly string[]): Promise<string> {
  const directory = filesIn({})
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const [at, query] of queries.entries()) {
    await connection.run(`COPY (${query}) TO '${join(directory, `${at}.parquet`)}' (FORMAT parquet)`)
  }
  connection.closeSync()
  instance.closeSync()
  return directory
}

async function columnsOf(directory: string, pattern: string) {
  const warehouse = await open(directory, [join(directory, pattern)])
  try {
    const columns = await warehouse.describeTable(touchpoints)
    return JSON.parse(JSON.stringify(columns).replaceAll(`${directory}/`, ''))
  } finally {
    await warehouse.close()
  }
}

describe('a column that a file lacks', () => {
  it('is told with the file and what it has instead', async () => {
    const directory = filesIn({
      'a.csv': `${HEADER}u,1,x\n`,
      'b.csv': 'user_id,time,channel\nu,1,x\n',
      'c.csv.gz': gzipSync(`${HEADER}u,1,x\n`),
    })
    expect(await columnsOf(directory, '*')).toEqual([
      { name: 'user_id', type: 'varchar' },
      { name: 'time', type: 'varchar' },
      {
        name: 'source',
        type: 'varchar',
        absentFrom: [{ file: 'b.csv', columns: ['user_id', 'time', 'channel'] }],
      },
      {
        name: 'channel',
        type: 'varchar',
        absentFrom: [
          { file: 'a.csv', columns: ['user_id', 'time', 'source'] },
          { file: 'c.csv.gz', columns: ['user_id', 'time', 'source'] },
        ],
      },
    ])
  })

  it('is told of Parquet, too', async () => {
    const directory = await parquetIn('SELECT 1 AS user_id, 2 AS "time"', 'SELECT 1 AS user_id')
    expect(await columnsOf(directory, '*.parquet')).toEqual([
      { name: 'user_id', type: 'integer' },
      { name: 'time', type: 'integer', absentFrom: [{ file: '1.parquet', columns: ['user_id'] }] },
    ])
  })

  it('is none where names differ in case only, or the file has no rows', async () => {
    const directory = filesIn({
      'a.csv': `${HEADER}u,1,x\n`,
      'b.csv': 'Time,SOURCE,user_id\n2,y,v\n',
      'c.csv': 'user_id,time\n\n',
    })
    expect(await read(directory, ['*.csv'])).toEqual([
      ['u', '1', 'x'],
      ['v', '2', 'y'],
    ])
    expect(await columnsOf(directory, '*.csv')).toEqual([
      { name: 'user_id', type: 'varchar' },
      { name: 'time', type: 'varchar' },
      { name: 'source', type: 'varchar' },
    ])
  })

  it.each([
    [
      'user',
      'uid,time,source,conversion\nv,2,y,0\n',
      '--user-column (USER_COLUMN) is "user_id": DIR/b.csv has no such column, as other files of the input have; it has uid, time, source, conversion: ' +
        'name the columns alike (in CSV by the first line), or leave this file out',
    ],
    [
      'time, having no first line of names',
      'v,2,y,0\nv,3,y,0\n',
      '--user-column (USER_COLUMN) is "user_id": DIR/b.csv has no such column, as other files of the input have; it has v, 2, y, 0: ' +
        'name the columns alike (in CSV by the first line), or leave this file out',
    ],
    [
      'time',
      'user_id,date,source,conversion\nv,2,y,0\n',
      '--time-column (TIME_COLUMN) is "time": DIR/b.csv has no such column, as other files of the input have; it has user_id, date, source, conversion: ' +
        'name the columns alike (in CSV by the first line), or leave this file out',
    ],
  ])('is an error where it is that of the %s', async (_, content, message) => {
    const directory = filesIn({ 'a.csv': 'user_id,time,source,conversion\nu,1,x,0\n', 'b.csv': content })
    const warehouse = await open(directory, [join(directory, '*.csv')])
    const error = await errorOf(readTouchpointColumns(warehouse, source))
    await warehouse.close()
    expect(error).toEqual(new DataError(message.replace('DIR', directory)))
  })
})

describe('a column of several types', () => {
  it.each([
    ['whole numbers and texts', "'00012'", '12::bigint', ['00012', '12']],
    // A double can't hold 2^53 + 1.
    ['whole numbers and doubles', '9007199254740993::bigint', '12::double', ['12', '9007199254740993']],
    ['doubles and texts', "'12'", '12.5::double', ['12', '12.5']],
    ['doubles that are no numbers', "'12'", "'nan'::double", ['12', 'nan']],
    ['decimals and texts', "'x'", '12.00::decimal(10,2)', ['12', 'x']],
    ['booleans and texts', "'0'", 'true', ['0', 'true']],
    [
      'times and unix seconds',
      '1767225600::bigint',
      "TIMESTAMP '2026-01-01 00:00:00.5'",
      ['1767225600', '2026-01-01T00:00:00.500000'],
    ],
    [
      'times with and without a zone',
      "TIMESTAMP '2026-01-01'",
      "TIMESTAMPTZ '2026-01-01 00:00:00+01'",
      ['2025-12-31T23:00:00.000000Z', '2026-01-01T00:00:00.000000'],
    ],
    [
      'dates and times',
      "DATE '2026-01-01'",
      "TIMESTAMP '2026-01-02'",
      ['2026-01-01', '2026-01-02T00:00:00.000000'],
    ],
    ['bytes and texts', "'é'", "encode('ü')", ['é', 'ü']],
    ['lists and whole numbers', '[1, 2]', '1', ['1', '[1, 2]']],
  ])('holds %s as texts', async (_, one, other, texts) => {
    const queries = [one, other].map((user) => `SELECT ${user} AS user_id, 1 AS "time", 'x' AS source`)
    const directory = await parquetIn(...queries)
    expect(await read(directory, ['*.parquet'])).toEqual(texts.map((text) => [text, 1, 'x']))
  })

  it('is told with a file of each type', async () => {
    const directory = await parquetIn('SELECT 1::bigint AS id', "SELECT 'x' AS id", 'SELECT 2::bigint AS ID')
    expect(await columnsOf(directory, '*.parquet')).toEqual([
      {
        name: 'id',
        type: 'varchar',
        mixedTypes: [
          { type: 'BIGINT', files: 2, file: '0.parquet' },
          { type: 'VARCHAR', files: 1, file: '1.parquet' },
        ],
      },
    ])
  })

  it('is none where whole numbers differ in size only', async () => {
    const directory = await parquetIn('SELECT 1::int AS id', 'SELECT 2::bigint AS id')
    expect(await columnsOf(directory, '*.parquet')).toEqual([{ name: 'id', type: 'bigint' }])
  })
})
