import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { runInProcess } from './cli/in-process.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

/** The pages on ways in: their examples. */
function pageOf(name: string): (marker: string) => string {
  const page = readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')
  return (marker) =>
    page
      .split(`<!-- test: ${marker} -->\n`)[1]
      ?.split('```')[1]
      ?.replace(/^\w*\n/, '') ?? ''
}

/** @returns the words of each command of a block. */
function commandsOf(block: string): string[][] {
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace('npx td-mta ', '').split(' '))
}

it('renames channels as docs/channel-rules.md says', async () => {
  const after = pageOf('channel-rules')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'rules.csv'), after('rules'))
  const [simulate = [], run = []] = commandsOf(after('commands'))
  expect(await runInProcess([...simulate, '--users', '150', '--days', '20'], { cwd })).toMatchObject({
    code: 0,
  })
  const { code, stdout } = await runInProcess(
    [...run, '--signal-draws', '99', '--no-report', '--format', 'json'],
    { cwd },
  )
  expect(code).toBe(0)
  const { comparison } = JSON.parse(stdout)
  const channels = comparison[0].channels.map((one: { channel: string }) => one.channel)
  expect([...channels].sort()).toEqual(['affiliate', 'mail', 'paid', 'video', '社交'])
})

it('credits paths as docs/paths.md says', async () => {
  const after = pageOf('paths')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'paths.csv'), after('paths'))
  const [compare = []] = commandsOf(after('commands'))
  const { code, stdout } = await runInProcess([...compare, '--format', 'json'], { cwd })
  expect(code).toBe(0)
  const { comparison, comparisonTables, conversions, findings } = JSON.parse(stdout)
  expect([conversions, findings]).toEqual([24, []])
  const byMethod = Object.fromEntries(
    comparison.map(
      ({ method, channels }: { method: string; channels: { channel: string; conversions: number }[] }) => [
        method,
        Object.fromEntries(channels.map((one) => [one.channel, one.conversions])),
      ],
    ),
  )
  expect(byMethod.last_touch).toEqual({ display: 0, email: 15, search: 9 })
  expect(byMethod.linear).toEqual({ display: 1.5, email: 9.5, search: 13 })
  expect(byMethod.time_decay).toBeUndefined()
  expect(comparisonTables.map((one: { table: string }) => one.table)).toEqual([
    'attribution',
    'paths',
    'transitions',
    'removal_effects',
  ])
  const page = readFileSync(join(cwd, 'paths-data', 'report.html'), 'utf8')
  expect(page).toContain('Conversions by channel and method')
  // The table of paths is input, too.
  const again = [
    'compare',
    '--paths',
    'paths-data/tables/paths.csv',
    '--data-dir',
    'again',
    '--format',
    'json',
  ]
  const repeated = await runInProcess(again, { cwd })
  expect(JSON.parse(repeated.stdout).comparison).toEqual(comparison)
})

async function queryTables(file: string, text: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    await connection.run('USE mta')
    return (await connection.runAndReadAll(text)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

it('divides credits by segment as docs/segments.md says', async () => {
  const after = pageOf('segments')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'touchpoints.csv'), after('touchpoints'))
  const [run = []] = commandsOf(after('commands'))
  expect(await runInProcess([...run, '--no-report', '--data-dir', 'here'], { cwd })).toMatchObject({
    code: 0,
  })
  const rows = await queryTables(join(cwd, 'here', 'tables.duckdb'), after('query'))
  const shown = after('answer')
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  expect(rows.map((row) => Object.values(row).map(String))).toEqual(shown)
})

/** What `td-ml-mta` 0.0.16 (PyPI) gives for the journeys of the page: its rounded tables. */
const published = {
  attribution: [
    ['display', 1.555, 0.369],
    ['email', 2.474, 0.587],
    ['search', 3.259, 0.774],
    ['social', 1.712, 0.406],
  ],
  transition: [
    ['display', 0, 0.25, 0.75, 0, 0],
    ['email', 0.286, 0, 0.429, 0, 0.286],
    ['search', 0, 0.222, 0, 0.111, 0.667],
    ['social', 0.25, 0.25, 0.25, 0, 0.25],
  ],
  shapley: { display: 1.020833, email: 0.145833, search: 7.3125, social: 0.520833 },
}

it('gives the figures of td-ml-mta as docs/from-td-ml-mta.md says, from journeys and from sessions', async () => {
  const after = pageOf('from-td-ml-mta')
  const cwd = makeTemporaryDirectory()
  const journeys = after('journeys')
  writeFileSync(join(cwd, 'journeys.csv'), journeys)
  const sessions = journeys
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line, user) => {
      const [path = '', converts] = line.split(',')
      const channels = path.split(' > ')
      const isLast = (at: number) => converts !== '0' && at === channels.length - 1
      return channels.map((channel, at) => `u${user},${1_767_600_000 + at},${channel},${isLast(at) ? 1 : 0}`)
    })
  writeFileSync(join(cwd, 'sessions.csv'), `user_id,time,source,conversion\n${sessions.join('\n')}\n`)
  for (const command of [...commandsOf(after('commands')), ...commandsOf(after('sessions'))]) {
    expect(await runInProcess(command, { cwd })).toMatchObject({ code: 0 })
  }
  for (const directory of ['journeys-data', 'mta-data']) {
    const read = (name: string) => queryTables(join(cwd, directory, 'tables.duckdb'), after(name))
    const [attribution, transition, shapley] = [
      await read('markov-attribution'),
      await read('markov-transition'),
      await read('shapley-attribution'),
    ]
    expect(attribution.map((row) => Object.values(row))).toEqual(published.attribution)
    expect(transition.map((row) => Object.values(row))).toEqual(published.transition)
    for (const { channels, value, day } of shapley) {
      expect(value).toBeCloseTo(published.shapley[channels as keyof typeof published.shapley], 5)
      expect(day).toBe(0)
    }
    expect(shapley).toHaveLength(4)
  }
})

it('counts conversions as docs/conversion-counts.md says', async () => {
  const after = pageOf('conversion-counts')
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'sessions.csv'), after('sessions'))
  const [run = []] = commandsOf(after('commands'))
  const { code, stdout } = await runInProcess(
    [...run, '--signal-draws', '99', '--no-report', '--format', 'json'],
    { cwd },
  )
  expect(code).toBe(0)
  const { comparison, conversions } = JSON.parse(stdout)
  expect(conversions).toBe(3)
  const last = comparison.find((one: { method: string }) => one.method === 'last_touch')
  const byChannel = last.channels.map((one: { channel: string; conversions: number }) => [
    one.channel,
    one.conversions,
  ])
  expect(Object.fromEntries(byChannel)).toEqual({ display: 1, email: 0, search: 2 })
})

it('makes the revenue table of the ROI box as docs/dashboard.md says', async () => {
  const after = pageOf('dashboard')
  const cwd = makeTemporaryDirectory()
  const [simulate = [], run = []] = commandsOf(after('commands'))
  expect(await runInProcess([...simulate, '--users', '150', '--days', '20'], { cwd })).toMatchObject({
    code: 0,
  })
  expect(
    await runInProcess([...run, '--signal-draws', '99', '--no-report', '--no-compare'], { cwd }),
  ).toMatchObject({ code: 0 })
  const tables = join(cwd, 'mta-data', 'tables.duckdb')
  const text = readFileSync(new URL('../digdag/queries/revenue_table.sql', import.meta.url), 'utf8')
  const rows = await queryTables(tables, text)
  expect(Object.keys(rows[0]!)).toEqual([
    'conversion_id',
    'email_hash',
    'conversion_timestamp',
    'total_revenue',
    'attribution_type',
    'campaign_id',
    'custom_event_id',
  ])
  const [total] = await queryTables(
    tables,
    "SELECT sum(value) AS value, count(DISTINCT (user_id, conversion_time, channel)) AS pairs FROM credits WHERE channel <> '(baseline)'",
  )
  expect(rows.length).toBe(Number(total?.pairs))
  const revenue = rows.reduce((sum, row) => sum + Number(row.total_revenue), 0)
  expect(revenue).toBeCloseTo(Number(total?.value), 6)
  expect(rows[0]?.conversion_timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  // Each conversion with a touch has a last one.
  const conversions = new Set(rows.map((row) => row.conversion_id))
  const direct = new Set(
    rows.filter((row) => row.attribution_type === 'direct').map((row) => row.conversion_id),
  )
  expect(direct).toEqual(conversions)
  expect(rows.length).toBeGreaterThan(direct.size)
})
