import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { simulateTouchpoints } from '../src/simulation/simulate.ts'
import { runInProcess } from './cli/in-process.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/** docs/experiments.md: its SQL and its figures. */
const page = readFileSync(new URL('../docs/experiments.md', import.meta.url), 'utf8')

function after(marker: string): string {
  return page.split(`<!-- test: ${marker} -->\n`)[1] ?? ''
}

async function inDuckDb<Result>(path: string, work: (connection: DuckDBConnection) => Promise<Result>) {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  try {
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

it('computes the result of a holdout from assignments and touchpoints', async () => {
  const sql = after('result').split('```sql\n')[1]?.split('```')[0] ?? ''
  // Exposed: 2, 0 and 1 conversions since the assignment; control: 1 and 0.
  const setUp = `
    CREATE TABLE holdout AS SELECT * FROM (VALUES
      ('a', 1, 1000), ('b', 1, 1000), ('c', 2, 1000), ('d', 0, 1000), ('e', 0, 1000)) AS t(user_id, variant, assigned_at);
    CREATE TABLE touchpoints AS SELECT * FROM (VALUES
      ('a', 999, 1), ('a', 1000, 1), ('a', 1001, 0), ('a', 2000, 1), ('c', 1500, 1), ('d', 1500, 1),
      ('e', 1772409600, 1), ('f', 1500, 1)) AS t(user_id, time, conversion)`
  const [row] = await inDuckDb(':memory:', async (connection) => {
    await connection.run(setUp)
    return (await connection.runAndReadAll(sql)).getRowObjects()
  })
  expect(row).toMatchObject({ channel: 'video', from: '2026-01-01', to: '2026-03-02' })
  // Means 1 and 1/2; variances 1 and 1/2.
  expect(row?.incremental_conversions).toBeCloseTo(3 * (1 - 0.5), 12)
  expect(row?.standard_error).toBeCloseTo(3 * Math.sqrt(1 / 3 + 0.5 / 2), 12)
})

it('lists commands that give a method corrected by the experiment', async () => {
  const cwd = makeTemporaryDirectory()
  const [simulate = '', duckdb = '', run = ''] = after('commands').split('```')[1]?.trim().split('\n') ?? []
  const words = (line: string) => line.replace('npx td-mta ', '').split(' ')
  expect(await runInProcess([...words(simulate), '--users', '1500'], { cwd })).toMatchObject({ code: 0 })
  const [, file = '', sql = ''] = /^duckdb (\S+) "(.*)"$/.exec(duckdb) ?? []
  await inDuckDb(join(cwd, file), (connection) => connection.run(sql.replaceAll('\\"', '"')))
  const { code, stdout } = await runInProcess([...words(run), '--no-report', '--format', 'json'], { cwd })
  expect(code).toBe(0)
  const { methods, evidence } = JSON.parse(stdout)
  expect(methods.map(({ method }: { method: string }) => method)).toContain('hazard_calibrated')
  expect(evidence.map(({ measure }: { measure: string }) => measure)).toContain('experiment_video')
})

it('shows the experiment of the simulated shop', () => {
  const simulation = simulateTouchpoints({
    users: 20_000,
    days: 60,
    seed: 1,
    variant: 'holdout',
    startAtSec: 1_767_225_600,
  })
  for (const _ of simulation.rows);
  const { experiment } = simulation.truth()
  if (experiment === null) throw new Error('no experiment')
  const { exposed, control } = experiment
  const rows = { exposed, control }
  const lines = Object.entries(rows).map(([group, { users, conversions }]) => {
    const counts = [users, conversions].map((count) => count.toLocaleString('en'))
    return `| ${group} | ${counts.join(' | ')} | ${(conversions / users).toFixed(4)} |`
  })
  expect(after('truth')).toContain(lines.join('\n'))
  expect(page).toContain(`= ${experiment.incrementalConversions?.toFixed(0)} conversions of \`video\``)
  expect(page).toContain(`standard error of ${experiment.standardError?.toFixed(0)}.`)
  expect(page.replaceAll('\n', ' ')).toContain(`would have found ${experiment.expectedConversions} `)
  expect([experiment.from, experiment.to]).toEqual(['2026-01-01', '2026-03-02'])
})
