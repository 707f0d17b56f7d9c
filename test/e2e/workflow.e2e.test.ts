import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedTable, listTables, outputTables, readBucket, remoteTable } from '../cli/remote-run.ts'
import { runCli } from '../cli/td-mta.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { tasksOf } from './digdag/digdag.ts'
import { type Machine, makeScene, setUpMachine, simulateTouchpoints, smallOptions } from './set-up.ts'

const found = await setUpMachine()
const skipped = 'missing' in found ? ` (skipped, ${found.missing})` : ''
const machine = found as Machine
let csv = ''

beforeAll(async () => {
  const simulated = await simulateTouchpoints(1000)
  csv = simulated.csv
  return simulated.remove
})

afterAll(async () => ('missing' in found ? undefined : found.gcs.stop()))

describe.skipIf('missing' in found)(`a session of the workflow${skipped}`, () => {
  it('gives the tables of the embedded run, by containers that share nothing but a bucket', async () => {
    const small = { MODEL: 'bilstm', TRAIN_EPOCHS: 1, STEPS_PER_EPOCH: 5, MODEL_WIDTH: 4, BACKEND: 'wasm' }
    const scene = await makeScene(machine, csv, { doctor: true, compare: true, report: true, td_mta: small })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    expect(tasksOf(run.output)).toEqual([
      'params',
      'doctor',
      'check',
      'user_table',
      'attribution',
      'export',
      'train',
      'shapley',
      'compare',
      'rules',
      'report',
      'page',
      'views',
    ])
    const seconds = [run.firstTaskSeconds ?? 0, run.seconds].map((figure) => figure.toFixed(1))
    console.log(`first task ${seconds[0]} s after the start of Java, ${seconds[1]} s in all`)
    const embedded = await runEmbedded({
      ...small,
      FROM: '2026-01-10',
      TO: '2026-01-20',
      RUN_ID: '2026-01-20',
    })
    for (const name of await writtenTables(scene.fake)) {
      expect(await remoteTable(scene.fake, name), name).toEqual(embeddedTable(embedded, name))
    }
    const objects = [...(await readBucket(machine.gcs, scene.bucket)).keys()]
    expect(objects.every((name) => name.startsWith('daily/2026-01-20/'))).toBe(true)
    expect(objects.filter((name) => name.endsWith('.html'))).toHaveLength(1)
  })

  it('of two past days, one after the other, credits one day each and leaves the rows of today as they are', async () => {
    const scene = await makeScene(machine, csv, { learn_days: 5, credit_days: 1 })
    const today = await scene.run('2026-01-20')
    expect(today.code, today.output).toBe(0)
    const before = await rowsOf(scene.fake, '2026-01-20')
    const past = ['2026-01-18', '2026-01-19']
    for (const session of past) {
      const run = await scene.run(session)
      expect(run.code, run.output).toBe(0)
    }
    expect(await rowsOf(scene.fake, '2026-01-20')).toEqual(before)
    const attribution = await remoteTable(scene.fake, 'attribution')
    expect([...new Set(attribution.map((row) => row.run_id))].sort()).toEqual([...past, '2026-01-20'])
    const embedded = await runEmbedded({
      FROM: '2026-01-13',
      CREDIT_FROM: '2026-01-17',
      TO: '2026-01-18',
      RUN_ID: '2026-01-18',
      NO_COMPARE: 'true',
    })
    const then = await rowsOf(scene.fake, '2026-01-18')
    for (const [name, rows] of Object.entries(then)) {
      expect(rows, name).toEqual(embeddedTable(embedded, name).map(withoutNulls))
    }
  })

  it('shares a directory on a volume, takes all days before it, and a param of its own before that of the file', async () => {
    const directory = makeTemporaryDirectory()
    const scene = await makeScene(machine, csv, {
      runOptions: [`--volume=${directory}:/data`],
      learn_days: 'all',
      td_mta: { DATA_DIR: '/data' },
    })
    const run = await scene.run('2026-01-12', {}, ['-p', 'LOOKBACK_WINDOW=3'])
    expect(run.code, run.output).toBe(0)
    const manifest = JSON.parse(readFileSync(join(directory, '2026-01-12/manifest.json'), 'utf8'))
    expect(manifest.options).toMatchObject({
      from: null,
      to: Date.UTC(2026, 0, 12) / 1000,
      lookbackWindowDays: 3,
    })
    expect(existsSync(join(directory, '2026-01-12/model/manifest.json'))).toBe(true)
    expect((await readBucket(machine.gcs, scene.bucket)).size).toBe(0)
  })

  it('models each kind of conversion by itself, in the batches of the user table that it makes first', async () => {
    const scene = await makeScene(machine, csv, {
      conversion_types: ['purchase', 'sign up'],
      user_table: true,
      views: true,
      td_mta: { CONVERSION_TYPE_COLUMN: 'kind', USER_TABLE: 'user_rnd', USERS_PER_TFRECORD: 300 },
    })
    const kind = "CASE WHEN ascii(right(user_id, 1)) % 2 = 0 THEN 'purchase' ELSE 'sign up' END AS kind"
    await scene.fake.loadTable('mta', 'touches', { sql: `SELECT *, ${kind} FROM '${csv}'` })
    // What Hive would have made of the query.
    await scene.fake.loadTable('mta', 'user_rnd', {
      sql: `SELECT user_id, random() AS ab_rnd FROM (SELECT DISTINCT user_id FROM '${csv}')`,
    })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    const endpoint = scene.fake.url.replace('http://', '')
    expect(run.output).toContain(`td> engine=hive endpoint=${endpoint} database=mta create_table=user_rnd`)
    expect(run.output).toContain(
      `td> engine=presto endpoint=${endpoint} database=mta create_table=attribution_by_day`,
    )
    expect(run.output).toContain('SELECT DISTINCT `user_id`\n    FROM `mta`.`touches`')
    const rows = await remoteTable(scene.fake, 'shapley_channel')
    expect(rows.map((row) => [row.run_id, row.conversion_type]).sort()).toEqual([
      ['2026-01-20-purchase', 'purchase'],
      ['2026-01-20-sign_up', 'sign up'],
    ])
    const objects = [...(await readBucket(machine.gcs, scene.bucket)).keys()]
    for (const folder of ['2026-01-20-purchase', '2026-01-20-sign_up']) {
      const shards = objects.filter((name) => name.startsWith(`daily/${folder}/positive_tfrecords/`))
      expect(shards.length, folder).toBeGreaterThan(1)
    }
  })
})

/** @returns the data directory of `td-mta run` on the same file, with the options of a scene and these. */
async function runEmbedded(options: Readonly<Record<string, string | number>>): Promise<string> {
  const cwd = makeTemporaryDirectory()
  const { DB, DATA_TABLE, LOOKBACK_WINDOW, MODEL, SIGNAL_DRAWS } = smallOptions
  const all = {
    INPUT: csv,
    DB,
    DATA_TABLE,
    LOOKBACK_WINDOW,
    MODEL,
    SIGNAL_DRAWS,
    SESSION_TIME: options.TO,
    ...options,
  }
  const environment = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
  const run = await runCli(['run'], { cwd, environment })
  expect(run.code, run.stderr).toBe(0)
  return join(cwd, 'mta-data')
}

/** Those of a run, beside the touchpoints. */
async function writtenTables(fake: FakeTreasureData): Promise<readonly string[]> {
  const names = (await listTables(fake)).filter((name) => name !== 'touches')
  expect(names).toEqual(expect.arrayContaining([...outputTables]))
  return names
}

/** The rows of one run in each output table, without the columns that only other runs have. */
async function rowsOf(fake: FakeTreasureData, runId: string) {
  const tables = await Promise.all(
    (await writtenTables(fake)).map(async (name) => {
      const rows = (await remoteTable(fake, name)).filter((row) => row.run_id === runId)
      const own = rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
      )
      return [name, own] as const
    }),
  )
  return Object.fromEntries(tables)
}

function withoutNulls(row: Awaited<ReturnType<typeof remoteTable>>[number]) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}
