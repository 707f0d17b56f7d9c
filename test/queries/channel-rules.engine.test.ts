import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { renamerOf } from '../../src/examples/channel-rules.ts'
import { isBlank } from '../../src/examples/vocabulary.ts'
import { silentLogger } from '../../src/logger.ts'
import { ruledChannelSql } from '../../src/queries/channel-rule-sql.ts'
import { readChannelRules } from '../../src/queries/channel-rules.ts'
import { sql } from '../../src/queries/sql.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { isNullText } from '../../src/queries/touchpoint-columns.ts'
import { touchpointsSql } from '../../src/queries/touchpoints-sql.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { openCsv, openWithoutInput } from './duckdb-touchpoints.ts'
import { plainRules } from './journeys.ts'

const directory = mkdtempSync(join(tmpdir(), 'td-mta-test-'))
const opened = openWithoutInput(directory)
afterAll(async () => {
  await (await opened).close()
  rmSync(directory, { recursive: true })
})

/** Signs that patterns of other kinds give a meaning, and letters of several scripts whose cases are special. */
const letters = [
  'a',
  'A',
  'b',
  '%',
  '_',
  '!',
  "'",
  '\\',
  '.',
  ' ',
  '\n',
  'é',
  'É',
  'ß',
  'ẞ',
  'Σ',
  'ς',
  'İ',
  'ı',
  'Ж',
  'ж',
  '検',
  'ق',
  'ก',
  '😀',
]
const word = fc.array(fc.constantFrom(...letters), { maxLength: 5 }).map((parts) => parts.join(''))
const pattern = fc
  .array(fc.constantFrom(...letters, '*', '*'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))
const channel = fc.option(fc.constantFrom('paid', "o'wn", '社交'), { nil: null })

it('means in SQL what it means elsewhere', async () => {
  const warehouse = await opened
  const rules = fc.array(fc.record({ pattern, channel }), { minLength: 1, maxLength: 4 })
  const names = fc.array(word, { minLength: 20, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(rules, names, async (written, list) => {
      const all = [...list, 'NULL', '']
      const rows = all.map((name, at) => sql`(${at}, ${sql.literal(name)})`)
      const ruled = ruledChannelSql(sql`name`, sql`lower(name)`, written, ['null'])
      const query = sql`SELECT ${ruled} FROM (VALUES ${sql.join(rows)}) AS names (place, name) ORDER BY place`
      const found: unknown[] = []
      for await (const batch of warehouse.query(query)) found.push(...batch.map(([one]) => one))
      const rename = renamerOf(written)
      expect(found).toEqual(
        all.map((name) => (isBlank(name) || isNullText(name, ['null']) ? null : rename(name))),
      )
    }),
    { numRuns: 25 },
  )
})

let files = 0

async function readCsv(text: string, orderless = false) {
  const path = join(directory, `rules-${files++}.csv`)
  writeFileSync(path, text)
  const { inRowOrder, ...others } = await opened
  const warehouse = orderless || inRowOrder === undefined ? others : { ...others, inRowOrder }
  return await readChannelRules(warehouse, { database: 'mta', table: path }, ['null'])
}

describe('a table of rules', () => {
  it('is read from a file, in the order of its rows or by position', async () => {
    const { rules, findings } = await readCsv('pattern,channel\n z* , last \nа*,первый\nx,Ignore\n')
    expect(rules).toEqual([
      { pattern: 'z*', channel: 'last' },
      { pattern: 'а*', channel: 'первый' },
      { pattern: 'x', channel: null },
    ])
    expect(findings).toEqual([])
    const byPosition = await readCsv('position,pattern,channel\n10,b,c\n2,a,b\n', true)
    expect(byPosition.rules.map((rule) => rule.pattern)).toEqual(['a', 'b'])
  })

  it('without a channel leaves out touches only where that is allowed', async () => {
    const { rules, findings } = await readCsv('pattern,channel\na,\nb,NULL\nc,d\n')
    expect(rules.map((rule) => rule.channel)).toEqual([null, null, 'd'])
    expect(findings).toMatchObject([
      { code: 'rules-without-channel', severity: 'error', count: 2, example: 'a' },
    ])
  })

  it.each([
    ['pattern,channel\n', 'has no rows: fill it'],
    ['pattern,channel\n  ,x\n', 'the pattern of the rule for channel "x" is empty'],
    ['pattern,channel,position\na,x,1\nb,y,1.0\n', 'the patterns "a" and "b" both have position 1'],
    [
      'pattern,channel,position\na,x,first\n',
      'column position is "first" for the pattern "a", a number is needed',
    ],
    [`pattern,channel\n${'a,b\n'.repeat(1001)}`, 'has more than 1000 rows'],
  ])('that cannot be used is refused: %.40s', async (text, message) => {
    await expect(readCsv(text)).rejects.toThrow(message)
    await expect(readCsv(text)).rejects.toBeInstanceOf(DataError)
  })

  it('needs positions where rows have no order', async () => {
    await expect(readCsv('pattern,channel\na,b\nc,d\n', true)).rejects.toThrow('has no column position')
    expect((await readCsv('pattern,channel\na,b\n', true)).rules).toHaveLength(1)
  })

  it('has the order of a table, but none in a view, which may hold anything', async () => {
    const file = join(directory, 'kept.duckdb')
    const instance = await DuckDBInstance.create(file)
    const connection = await instance.connect()
    await connection.run(`CREATE SCHEMA mta;
CREATE TABLE mta.ruled AS FROM (VALUES ('b', 'x'), ('a', 'y')) AS rules (pattern, channel);
CREATE VIEW mta.viewed AS FROM mta.ruled`)
    connection.closeSync()
    instance.closeSync()
    const warehouse = await openDuckDb({
      file,
      csvDirectory: undefined,
      input: [],
      inputTable: undefined,
      logger: silentLogger,
    })
    onTestFinished(() => warehouse.close())
    const read = (table: string) => readChannelRules(warehouse, { database: 'mta', table }, [])
    expect((await read('ruled')).rules.map(({ pattern }) => pattern)).toEqual(['b', 'a'])
    await expect(read('viewed')).rejects.toThrow('has no column position, and its rows have no order')
  })

  it('that is not there, or lacks a column, is named', async () => {
    const missing = readChannelRules(await opened, { database: 'mta', table: 'none.csv' }, [])
    await expect(missing).rejects.toThrow(
      '--channel-table (CHANNEL_TABLE): there is no file or table none.csv in duckdb:',
    )
    await expect(readCsv('pattern,name\na,b\n')).rejects.toThrow(
      'has no column channel; it has pattern, name',
    )
  })
})

it('renames touches by the names that the survey found, or by all that there are', async () => {
  const names = ['a1', 'A2', 'b', 'c', 'null', '']
  const rows = names.map((name, at) => `u,${1_767_600_000 + at},${name},${name === '' ? 1 : 0}`)
  const { warehouse, source } = await openCsv(`user_id,time,source,conversion\n${rows.join('\n')}\n`)
  onTestFinished(() => warehouse.close())
  const channelRules = [
    { pattern: 'a*', channel: 'x' },
    { pattern: 'B', channel: null },
    ...Array.from({ length: 998 }, (_, at) => ({ pattern: `*${at}_`, channel: 'x' })),
  ]
  const ruled = { ...source, valueColumn: undefined, nullTexts: ['null'], channelRules }
  const { scan } = await surveyTouchpoints(warehouse, ruled, plainRules)
  const placesOf = async (ruledNames: typeof scan.source.ruledNames) => {
    const parts = { ...scan, source: { ...scan.source, ruledNames }, channels: ['x', '(other)'] }
    const places: unknown[] = []
    const touches = touchpointsSql({ ...parts, otherPosition: 1 })
    for await (const batch of warehouse.query(sql`SELECT place FROM (${touches}) AS t ORDER BY at_sec`))
      places.push(...batch.map(([place]) => place))
    return places
  }
  const expected = [0, 0, null, 1, null, null]
  expect(scan.source.ruledNames?.map(({ name }) => name).sort()).toEqual(['A2', 'a1', 'b'])
  expect(await placesOf(scan.source.ruledNames)).toEqual(expected)
  expect(await placesOf(undefined)).toEqual(expected)
})
