import { linkSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const HEADER = 'user_id,time,source,conversion'

/** One user a line: a touch and a conversion an hour later. */
function journeys(first: number, users: number): readonly string[] {
  return Array.from({ length: users }, (_, at) => {
    const user = `u${first + at}`
    const time = 1_767_225_600 + (first + at) * 3600
    return `${user},${time},email,0\n${user},${time + 60},,1`
  })
}

function filesIn(contents: Readonly<Record<string, readonly string[]>>): string {
  const cwd = makeTemporaryDirectory()
  for (const [name, lines] of Object.entries(contents))
    writeFileSync(join(cwd, name), `${lines.join('\n')}\n`)
  return cwd
}

async function exported(cwd: string, words: readonly string[]) {
  const run = await runInProcess(['export', ...words, '--log-level', 'silent', '--format', 'json'], { cwd })
  expect(run.code, run.stderr).toBe(0)
  const manifest = JSON.parse(readFileSync(join(cwd, 'mta-data', 'manifest.json'), 'utf8'))
  const { findings, counts } = JSON.parse(run.stdout)
  expect(manifest.findings).toEqual(findings)
  return { counts, findings }
}

describe('files of one input', () => {
  it('that lack a column are found, with the column', async () => {
    const cwd = filesIn({
      'a.csv': [HEADER, ...journeys(0, 20)],
      'b.csv': ['user_id,time,source,converted', ...journeys(100, 20)],
    })
    const { counts, findings } = await exported(cwd, ['--input', '*.csv'])
    expect(counts).toMatchObject({ rows: 80, conversions: 20 })
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'files-without-column',
        severity: 'warning',
        count: 1,
        what: '1 file without the column conversion',
        example: 'b.csv, which has user_id, time, source, converted',
      }),
    ])
  })

  it('that are named twice, hold no rows, or name columns oddly are found', async () => {
    const cwd = filesIn({
      'a.csv': [
        ' user_id,time , source,conversion,',
        ...journeys(0, 20).map((rows) => `${rows.replaceAll('\n', ',\n')},`),
      ],
      'b.csv': [HEADER],
    })
    linkSync(join(cwd, 'a.csv'), join(cwd, 'c.csv'))
    const { counts, findings } = await exported(cwd, ['--input', 'a.csv', '--input', '*.csv'])
    expect(counts).toMatchObject({ rows: 40, conversions: 20 })
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'repeated-files',
        what: '2 files named by --input (INPUT) already',
        example: 'a.csv',
      }),
      expect.objectContaining({ code: 'files-without-rows', what: '1 file without a row', example: 'b.csv' }),
      expect.objectContaining({
        code: 'padded-column-names',
        what: '3 names of columns with blanks around them',
        example: ' user_id in a.csv',
      }),
      expect.objectContaining({
        code: 'unnamed-columns',
        what: '1 name missing in the first line of CSV files',
        example: 'column 5 of a.csv',
      }),
    ])
  })

  it('whose types differ are found, and read as texts', async () => {
    const cwd = await parquetIn(
      `SELECT 'u' || i AS user_id, 1767225600 + 3600 * i + 60 * j AS "time", if(j = 0, 'email', NULL) AS source, j = 1 AS conversion`,
      `SELECT 'v' || i AS user_id, make_timestamp((1767225600 + 3600 * i + 60 * j) * 1000000) AS "time", if(j = 0, 'email', NULL) AS source, j AS conversion`,
    )
    const { counts, findings } = await exported(cwd, ['--input', '*.parquet'])
    expect(counts).toMatchObject({ rows: 80, conversions: 40, users: 40 })
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'columns-of-several-types',
        what: '1 file with another type of the column time than BIGINT in 0.parquet',
        example: 'TIMESTAMP in 1.parquet',
      }),
      expect.objectContaining({
        code: 'columns-of-several-types',
        what: '1 file with another type of the column conversion than BOOLEAN in 0.parquet',
        example: 'BIGINT in 1.parquet',
      }),
    ])
  })
})

/** @param queries over users i and rows j, 0 a touch and 1 a conversion. @returns a directory with 0.parquet and so on. */
async function parquetIn(...queries: readonly string[]): Promise<string> {
  const cwd = makeTemporaryDirectory()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const [at, query] of queries.entries()) {
    await connection.run(
      `COPY (${query} FROM range(20) AS users(i), range(2) AS rows(j)) TO '${join(cwd, `${at}.parquet`)}' (FORMAT parquet)`,
    )
  }
  connection.closeSync()
  instance.closeSync()
  return cwd
}

describe('the character NUL in Parquet', () => {
  const time = '1767225600 + 3600 * i + 60 * j AS "time"'

  it('is named with its column where a channel holds it', async () => {
    const cwd = await parquetIn(
      `SELECT 'u' || i AS user_id, ${time}, if(j = 0, 'a' || chr(0) || 'b', NULL) AS source, j AS conversion`,
    )
    const run = await runInProcess(['export', '--input', '0.parquet', '--log-level', 'silent'], { cwd })
    expect({ code: run.code, stderr: run.stderr }).toEqual({
      code: 3,
      stderr:
        'td-mta: table mta.mock_data: column source (--action-column, ACTION_COLUMN) holds the character NUL, ' +
        'as in "a\\u0000b": remove it from the data\n',
    })
  })

  it('tells users apart', async () => {
    const cwd = await parquetIn(
      `SELECT 'u' || chr(0) || i AS user_id, ${time}, if(j = 0, 'email', NULL) AS source, j AS conversion`,
    )
    const { counts } = await exported(cwd, ['--input', '0.parquet'])
    expect(counts).toMatchObject({ users: 20, conversions: 20 })
  })
})
