import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { DataError, messageOf } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import { errorOf, filesIn, HEADER, open, read, touchpoints } from './duckdb-files.ts'

const ROWS = `${HEADER}u,1,x\n`
const packed = gzipSync(ROWS)

/** A gzip file that ends with a row, but lacks the end of its data: DuckDB reads it without a word. */
const cutAtRowEnd = packed.subarray(0, -8)

async function messageFor(directory: string, names: readonly string[]): Promise<string> {
  const error = await errorOf(read(directory, names))
  expect(error).toBeInstanceOf(DataError)
  return messageOf(error).replaceAll(directory, 'DIR')
}

it('refuses a gzip file that is cut off at the end of a row, whichever file of the input it is', async () => {
  const directory = filesIn({ 'a.csv.gz': packed, 'b.csv': ROWS, 'c.csv.gz': cutAtRowEnd })
  expect(await messageFor(directory, ['a.csv.gz', 'b.csv', 'c.csv.gz'])).toBe(
    'duckdb: DIR/c.csv.gz is cut off: its gzip data end too early; copy or make it again',
  )
})

it('says that a gzip file is cut off rather than what is wrong with its last row', async () => {
  const noise = Array.from({ length: 4000 }, (_, at) => `u${(at * 7919) % 4001},${at},x\n`).join('')
  const content = gzipSync(HEADER + noise)
  const directory = filesIn({ 'a.csv.gz': content.subarray(0, content.length - 700) })
  expect(await messageFor(directory, ['a.csv.gz'])).toBe(
    'duckdb: DIR/a.csv.gz is cut off: its gzip data end too early; copy or make it again',
  )
})

it('writes no table from a gzip file that is cut off further down than what is read on opening', async () => {
  const content = gzipSync(HEADER + 'u,1,x\n'.repeat(200_000)).subarray(0, -8)
  const directory = filesIn({ 'a.csv.gz': content })
  const warehouse = await open(directory, [join(directory, 'a.csv.gz')])
  const columns = [{ name: 'user_id', type: 'varchar' }] as const
  const write = {
    table: { database: 'mta', table: 'copy' },
    columns,
    lookup: { columns, rows: [] },
    sql: () => sql`SELECT user_id FROM ${sql.table(touchpoints)}`,
    expectedRows: 200_000,
    advice: '',
    ifExists: 'overwrite',
    runId: 'r',
  } as const
  const error = await errorOf(warehouse.writeTables([write]))
  await warehouse.close()
  expect(messageOf(error)).toContain('is cut off')
})

it.each([
  ['a.csv', packed, 'is a gzip file by its content, not CSV: name it .csv.gz'],
  [
    'a.csv',
    Buffer.from('PK\x03\x04xlsx'),
    'is a ZIP or Excel file by its content, not CSV: unpack it, or save it as CSV',
  ],
  ['a.tsv', Buffer.from('PAR1....PAR1'), 'is a Parquet file by its content, not CSV: name it .parquet'],
  ['a.csv.gz', gzipSync(packed), 'holds a gzip file by its content, not CSV: unpack it first'],
  [
    'a.csv.gz',
    Buffer.from(ROWS),
    'is no gzip file by its content: if it is plain text, name it without .gz, else copy or make it again',
  ],
  [
    'a.csv.gz',
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]),
    'is no gzip file by its content but a Zstandard file: unpack it first',
  ],
  ['a.csv.gz', Buffer.alloc(0), 'is cut off: its gzip data end too early; copy or make it again'],
  ['a.csv.gz', gzipSync(''), 'is empty: its first line must name the columns'],
  ['a.parquet', packed, 'is no Parquet file by its content but a gzip file: name it .csv.gz'],
  [
    'a.parquet',
    Buffer.from(ROWS),
    'is no Parquet file by its content: give it the extension of what it is, or make it again',
  ],
  ['a.parquet', Buffer.alloc(0), 'is empty, not a Parquet file: make it again'],
  [
    'a.parquet',
    Buffer.from('PAR1'),
    'is cut off: the end of a Parquet file is missing; copy or make it again',
  ],
])('refuses %s where its content is another: %#', async (name, content, message) => {
  expect(await messageFor(filesIn({ [name]: content }), [name])).toBe(`duckdb: DIR/${name} ${message}`)
})

async function writeParquet(file: string, codec: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT 'u' || (i % 50000) AS user_id, i AS "time", 'x' AS source FROM range(100000) AS t(i))
TO '${file}' (FORMAT parquet, COMPRESSION ${codec})`,
  )
  connection.closeSync()
  instance.closeSync()
}

it.each(['gzip', 'snappy', 'uncompressed'])(
  'names the Parquet file whose %s pages are damaged',
  async (codec) => {
    const directory = filesIn({})
    for (const name of ['a.parquet', 'b.parquet']) await writeParquet(join(directory, name), codec)
    const content = readFileSync(join(directory, 'b.parquet'))
    // The first page is that of the users' dictionary.
    writeFileSync(join(directory, 'b.parquet'), content.fill(0xff, 100, 2000))
    expect(await messageFor(directory, ['*.parquet'])).toMatch(
      /^duckdb: DIR\/b\.parquet is damaged: .+; copy or make it again$/,
    )
  },
)

it('refuses a Parquet file that is cut off', async () => {
  const directory = filesIn({})
  await writeParquet(join(directory, 'a.parquet'), 'snappy')
  const content = readFileSync(join(directory, 'a.parquet'))
  writeFileSync(join(directory, 'a.parquet'), content.subarray(0, content.length - 1000))
  expect(await messageFor(directory, ['a.parquet'])).toBe(
    'duckdb: DIR/a.parquet is cut off: the end of a Parquet file is missing; copy or make it again',
  )
})
