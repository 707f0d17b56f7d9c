import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { guard, unguard } from '../../src/warehouse/duckdb/spreadsheet-guard.ts'
import { filesIn, open, read } from './duckdb-files.ts'

const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', "'=1", "''-1"]
const PLAIN = ['search', "'90s", '1-2', "a'=1", ' =1', "'", '検索']

it('puts an apostrophe before each text that spreadsheets run, and nothing before others', () => {
  expect(FORMULAS.map(guard)).toEqual(FORMULAS.map((text) => `'${text}`))
  expect(PLAIN.map(guard)).toEqual(PLAIN)
  expect([...FORMULAS, ...PLAIN].map((text) => unguard(guard(text)))).toEqual([...FORMULAS, ...PLAIN])
})

it('writes CSV files whose cells and names are no formulas, and reads each text back as it was', async () => {
  const directory = filesIn({})
  const texts = [...FORMULAS, ...PLAIN]
  const warehouse = await open(directory, [])
  const columns = [
    { name: 'user_id', type: 'varchar' },
    { name: 'time', type: 'bigint' },
    { name: 'source', type: 'varchar' },
    { name: '=cmd', type: 'double' },
  ] as const
  const rows = texts.map((text, at) => [`u${at + 10}`, at, text, -0.5] as const)
  const table = { database: 'mta', table: 'written' }
  await warehouse.writeTables([{ table, columns, rows, ifExists: 'error', runId: 'r' }])
  await warehouse.close()
  const csv = readFileSync(join(directory, 'tables', 'written.csv'), 'utf8')
  expect(csv).toMatch(/^user_id,time,source,'=cmd\nu10,0,'=1\+1,-0\.5\n/)
  expect(csv).not.toMatch(/,"?[=+@\t\r\n＝]/)
  const found = await read(directory, ['tables/written.csv'])
  expect(found).toEqual(rows.map(([user, at, text]) => [user, String(at), text]))
})
