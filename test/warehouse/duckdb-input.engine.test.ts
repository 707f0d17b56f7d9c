import { linkSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { ConfigError, DataError, messageOf } from '../../src/errors.ts'
import { sql } from '../../src/queries/sql.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { errorOf, filesIn, HEADER, open, read, touchpoints } from './duckdb-files.ts'

it('leaves the text of a CSV file as it is: 00012 is not a number, an empty field is NULL', async () => {
  const directory = filesIn({ 'a.csv': `${HEADER}00012,1700000000,\n7,1e3,"x, ""y""\nz"\n` })
  expect(await read(directory, ['a.csv'])).toEqual([
    ['00012', '1700000000', null],
    ['7', '1e3', 'x, "y"\nz'],
  ])
})

it('takes no line for a comment, but an empty quoted field for NULL', async () => {
  const directory = filesIn({ 'a.csv': `${HEADER}#1,1,""\n"#2","2","#promo"\n` })
  expect(await read(directory, ['a.csv'])).toEqual([
    ['#1', '1', null],
    ['#2', '2', '#promo'],
  ])
})

it('describes the input like a table', async () => {
  const directory = filesIn({ 'a.csv': HEADER })
  const warehouse = await open(directory, [join(directory, 'a.csv')])
  expect(await warehouse.describeTable({ database: 'MTA', table: 'Mock_Data' })).toEqual([
    { name: 'user_id', type: 'varchar' },
    { name: 'time', type: 'varchar' },
    { name: 'source', type: 'varchar' },
  ])
  await warehouse.close()
})

it.each([
  ['tabs', 'a.tsv', 'user_id\ttime\tsource\nu,1\t1\tx\n', 'u,1'],
  ['semicolons', 'a.csv', 'user_id;time;source\nu,1;1;x\n', 'u,1'],
  ['upper case', 'A.CSV', `${HEADER}u,1,x\n`, 'u'],
  ['gzip', 'a.csv.gz', gzipSync(`${HEADER}u,1,x\n`), 'u'],
  ['gzip in upper case', 'A.CSV.GZ', gzipSync(`${HEADER}u,1,x\n`), 'u'],
  ['a byte order mark', 'a.csv', `\ufeff${HEADER}u,1,x\n`, 'u'],
  ['lines of Windows', 'a.csv', 'user_id,time,source\r\nu,1,x\r\n', 'u'],
  ['brackets in the name', 'a[1].csv', `${HEADER}u,1,x\n`, 'u'],
])('reads CSV with %s', async (_, name, content, user) => {
  expect(await read(filesIn({ [name]: content }), [name])).toEqual([[user, '1', 'x']])
})

it('reads many files and patterns as one table, columns matched by name', async () => {
  const directory = filesIn({
    'a1.csv': `${HEADER}u1,1,x\n`,
    'a2.csv': 'source,user_id,time\ny,u2,2\n',
    'b.csv': 'user_id,time\nu3,3\n',
  })
  expect(await read(directory, ['a*.csv', 'b.csv'])).toEqual([
    ['u1', '1', 'x'],
    ['u2', '2', 'y'],
    ['u3', '3', null],
  ])
})

it('reads a file once by whichever and how many names', async () => {
  const directory = filesIn({ 'a.csv': `${HEADER}u1,1,x\n`, 'b.csv': `${HEADER}u2,2,y\n` })
  symlinkSync(join(directory, 'a.csv'), join(directory, 'link.csv'))
  linkSync(join(directory, 'b.csv'), join(directory, 'other.csv'))
  expect(await read(directory, ['a.csv', '*.csv', './b.csv', `../${basename(directory)}/a.csv`])).toEqual([
    ['u1', '1', 'x'],
    ['u2', '2', 'y'],
  ])
})

it('reads two files of the same content twice', async () => {
  const directory = filesIn({ 'a.csv': `${HEADER}u1,1,x\n`, 'b.csv': `${HEADER}u1,1,x\n` })
  expect(await read(directory, ['*.csv'])).toHaveLength(2)
})

it('refuses what can be read only once', async () => {
  const directory = filesIn({})
  symlinkSync('/dev/null', join(directory, 'a.csv'))
  expect(await errorOf(read(directory, ['a.csv']))).toEqual(
    new ConfigError(
      `--input (INPUT): ${directory}/a.csv is a pipe, socket or device, which can be read only once; ` +
        'write its content into a file first',
    ),
  )
})

it('refuses addresses, also as patterns', async () => {
  const directory = filesIn({})
  for (const address of ['s3://bucket/*.csv', 'https://host/a.csv', 'file:///tmp/a.csv']) {
    expect(await errorOf(open(directory, [address]))).toEqual(
      new ConfigError(
        `--input (INPUT): ${address} is an address; only files of this machine are read: copy it here`,
      ),
    )
  }
})

it('reads Parquet with its types', async () => {
  const directory = filesIn({})
  const path = join(directory, 'a.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT '00012' AS user_id, TIMESTAMPTZ '2026-01-02 03:04:05+09' AS "time", 5 AS source) TO '${path}'`,
  )
  connection.disconnectSync()
  instance.closeSync()
  expect(await read(directory, ['a.parquet'])).toEqual([['00012', '2026-01-01T18:04:05.000Z', 5]])
})

it.each([
  [
    [],
    ['missing.csv'],
    /^--input \(INPUT\): can't read DIR\/missing\.csv \(ENOENT.*\); check path and permissions$/,
  ],
  [[], ['*.csv'], /^--input \(INPUT\): no file matches DIR\/\*\.csv; check the pattern and the directory$/],
  [[], [''], /^--input \(INPUT\): DIR is a directory; give its files, such as DIR\/\*\.csv$/],
  [
    ['a.xlsx'],
    ['a.xlsx'],
    /^--input \(INPUT\): DIR\/a\.xlsx has no known extension; allowed are \.csv, \.tsv \(both also with \.gz\) and \.parquet$/,
  ],
  [
    ['a.csv', 'b.tsv'],
    ['a.csv', 'b.tsv'],
    /^--input \(INPUT\): DIR\/a\.csv and DIR\/b\.tsv are of different kinds; give files of one kind \(\.csv, \.tsv or \.parquet\)$/,
  ],
])('refuses, of the files %j, the input %j', async (present, input, message) => {
  const directory = filesIn(Object.fromEntries(present.map((name) => [name, HEADER])))
  const error = await errorOf(read(directory, input))
  expect(error).toBeInstanceOf(ConfigError)
  expect(messageOf(error).replaceAll(directory, 'DIR')).toMatch(message)
})

it('names the file and line of a broken CSV row, however far down', async () => {
  const rows = Array.from({ length: 50_000 }, (_, at) => `u${at},1,x\n`)
  const directory = filesIn({ 'a.csv': `${HEADER}${rows.join('')}u,1,"never closed\n` })
  const error = await errorOf(read(directory, ['a.csv']))
  expect(error).toBeInstanceOf(DataError)
  expect(messageOf(error)).toContain(`${directory}/a.csv`)
  expect(messageOf(error)).toContain('50002')
})

it.each([
  [
    'u,1,x\nu,1,x,y\n',
    'line 3 has 4 fields, but the first line names 3 columns: correct it, or put fields that hold the delimiter in quotes ("u,1,x,y")',
  ],
  [
    'u,1,"never closed\n',
    'line 2 has a quote that is not closed, or text behind a closing one: double the quotes within a field',
  ],
  [
    'u,1,"x"y\n',
    'line 2 has a quote that is not closed, or text behind a closing one: double the quotes within a field ("u,1,\\"x\\"y")',
  ],
  [
    'u,1\n',
    'line 2 has 2 fields, but the first line names 3 columns: correct it, or put fields that hold the delimiter in quotes ("u,1")',
  ],
])('names the file, line and reason of a broken row: %j', async (rows, reason) => {
  const directory = filesIn({ 'a.csv': `${HEADER}${rows}` })
  expect(await errorOf(read(directory, ['a.csv']))).toEqual(
    new DataError(`duckdb: ${directory}/a.csv: ${reason}`),
  )
})

it.each(['a.parquet', 'a.csv.gz'])('names the file that is not what its name says: %s', async (name) => {
  const directory = filesIn({ [name]: 'This is no file of that kind, but long enough to look like one.' })
  const error = await errorOf(read(directory, [name]))
  expect(error).toBeInstanceOf(DataError)
  expect(messageOf(error)).toContain(`${directory}/${name}`)
})

it.each([
  ['', 'is empty: its first line must name the columns'],
  [
    'user_id,time,"User_ID"\n',
    ': column 3 of the first line is called User_ID like another one; give each column a name of its own',
  ],
])('refuses the first line %j', async (header, message) => {
  const directory = filesIn({ 'a.csv': header })
  const error = await errorOf(read(directory, ['a.csv']))
  expect(error).toBeInstanceOf(DataError)
  expect(messageOf(error)).toBe(`duckdb: ${directory}/a.csv${message.startsWith(':') ? '' : ' '}${message}`)
})

it('reads the input next to a DuckDB file with the name of the database, and leaves nothing of it there', async () => {
  const directory = filesIn({ 'a.csv': `${HEADER}u,1,x\n` })
  const file = join(directory, 'mta.duckdb')
  const warehouse = await open(directory, [join(directory, 'a.csv')], file)
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql`SELECT user_id FROM "mta"."mock_data"`)) rows.push(...batch)
  expect(rows).toEqual([['u']])
  await warehouse.close()
  const without = await open(directory, [], file)
  expect(await without.describeTable(touchpoints)).toBeUndefined()
  await without.close()
})

it('refuses an input if the DuckDB file has a table of that name', async () => {
  const directory = filesIn({ 'a.csv': HEADER })
  const file = join(directory, 'a.duckdb')
  const warehouse = await open(directory, [], file)
  const columns = [{ name: 'run_id', type: 'varchar' }] as const
  await warehouse.writeTables([{ table: touchpoints, columns, rows: [], ifExists: 'error', runId: 'r' }])
  await warehouse.close()
  expect(await errorOf(open(directory, [join(directory, 'a.csv')], file))).toEqual(
    new ConfigError(
      `--input (INPUT): duckdb:${file} has a table mta.mock_data already; ` +
        'leave out --input to read that table, or name the input by --table (DATA_TABLE)',
    ),
  )
})
