import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { runInProcess } from './cli/in-process.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/** docs/campaigns.md: its commands and its query. */
const page = readFileSync(new URL('../docs/campaigns.md', import.meta.url), 'utf8')
const after = (marker: string) =>
  page
    .split(`<!-- test: ${marker} -->\n`)[1]
    ?.split('```')[1]
    ?.replace(/^\w*\n/, '') ?? ''

interface Row {
  readonly channel: string
  readonly campaign: string | null
  readonly day: number | null
  readonly conversions: number
  readonly value: number
  readonly method: string
}

async function read<Result>(path: string, sql: string): Promise<readonly Result[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    await connection.run('USE tables.mta')
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as unknown as Result[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const few = ['--users', '400']
const small = '--model-width 2 --steps-per-epoch 2 --train-epochs 1 --signal-draws 99 --no-report'.split(' ')
const ROWS = `SELECT method, channel, campaign, days_before_conversion::INT AS day, conversions, value FROM attribution`

/** @returns the largest difference between the rows of channels and the sums of their campaigns'. */
function farthestApart(rows: readonly Row[], of: 'conversions' | 'value'): number {
  const sums = new Map<string, number>()
  const keyOf = ({ method, channel, day }: Row) => `${method} ${channel} ${day}`
  for (const row of rows) {
    if (row.campaign !== null) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row[of])
  }
  const channels = rows.filter(({ campaign, channel }) => campaign === null && channel !== '(baseline)')
  const scale = channels.reduce((largest, row) => Math.max(largest, Math.abs(row[of])), 0)
  const apart = channels.map((row) => Math.abs((sums.get(keyOf(row)) ?? 0) - row[of]))
  return Math.max(...apart) / scale
}

it('gives every method rows of campaigns that add up to their channels, as docs/campaigns.md says', async () => {
  const cwd = makeTemporaryDirectory()
  const [simulate = [], run = []] = after('commands')
    .trim()
    .split('\n')
    .map((line) => line.replace('npx td-mta ', '').split(' '))
  expect(await runInProcess([...simulate, ...few], { cwd })).toMatchObject({ code: 0 })
  expect(await runInProcess([...run, ...small], { cwd })).toMatchObject({ code: 0 })
  const tables = join(cwd, 'mta-data/tables.duckdb')
  const rows = await read<Row>(tables, ROWS)
  const methods = new Set(rows.filter(({ campaign }) => campaign !== null).map(({ method }) => method))
  expect(methods).toEqual(new Set(rows.map(({ method }) => method)))
  expect(farthestApart(rows, 'conversions')).toBeLessThan(1e-9)
  expect(farthestApart(rows, 'value')).toBeLessThan(1e-9)
  const listed = await read<{ campaign: string }>(tables, after('query'))
  const lines = readFileSync(join(cwd, 'touchpoints.csv'), 'utf8').trim().split('\n').slice(1)
  const touched = new Set(lines.map((line) => line.split(',')[5]).filter((campaign) => campaign !== ''))
  expect(new Set(listed.map(({ campaign }) => campaign))).toEqual(touched)
  const apart = await read<{ most: number }>(
    tables,
    `SELECT max(abs(a.conversions - coalesce(c.credit, 0))) AS most
     FROM (SELECT * FROM attribution WHERE method = 'shapley_stacked' AND campaign IS NOT NULL) AS a
     LEFT JOIN (
       SELECT channel, campaign, days_before_conversion AS day, sum(incremental_credit) AS credit FROM credits GROUP BY ALL
     ) AS c ON c.channel = a.channel AND c.campaign = a.campaign AND c.day = a.days_before_conversion`,
  )
  expect(apart[0]?.most).toBeLessThan(1e-9)

  // Another night, credited by this model: a campaign has a new name, and money was spent on one that has no touch.
  const again = readFileSync(join(cwd, 'touchpoints.csv'), 'utf8').replaceAll('email 1', 'new')
  writeFileSync(join(cwd, 'again.csv'), again)
  writeFileSync(
    join(cwd, 'spend.csv'),
    'channel,campaign,spend\nemail,new,100\nemail,email 2,50\nsocial,no such,9\n',
  )
  const night = await runInProcess(
    [
      ...'run --input again.csv --campaign-column campaign --value-column value --spend-table spend.csv'.split(
        ' ',
      ),
      ...'--model-from mta-data --data-dir night --no-report --format json --no-compare'.split(' '),
    ],
    { cwd },
  )
  expect(night).toMatchObject({ code: 0 })
  const codes = JSON.parse(night.stdout).findings.map(({ code }: { code: string }) => code)
  expect(codes).toContain('campaigns-without-touches')
  const nightRows = await read<Row>(join(cwd, 'night/tables.duckdb'), ROWS)
  expect(farthestApart(nightRows, 'conversions')).toBeLessThan(1e-9)
  const costs = await read<{ campaign: string; spend: number }>(
    join(cwd, 'night/tables.duckdb'),
    `SELECT campaign, spend FROM performance WHERE method = 'shapley_hazard' AND spend > 0 AND campaign IS NOT NULL ORDER BY spend`,
  )
  expect(costs).toEqual([
    { campaign: 'no such', spend: 9 },
    { campaign: 'email 2', spend: 50 },
    { campaign: 'new', spend: 100 },
  ])
})
