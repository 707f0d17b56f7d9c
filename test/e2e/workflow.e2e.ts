import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedTable, listTables, outputTables, readBucket, remoteTable } from '../cli/remote-run.ts'
import { runCli } from '../cli/td-mta.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { tasksOf } from './digdag/digdag.ts'
import { type Machine, makeScene, setUpMachine, simulateTouchpoints } from './set-up.ts'

const found = await setUpMachine()
const skipped = 'missing' in found ? ` (skipped, ${found.missing})` : ''
const machine = found as Machine
let csv = ''

beforeAll(async () => {
  const simulated = await simulateTouchpoints(2000)
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
    ])
    console.log(
      `first task ${run.firstTaskSeconds?.toFixed(1)} s after the start, ${run.seconds.toFixed(1)} s in all`,
    )
    const cwd = makeTemporaryDirectory()
    const environment = {
      ...Object.fromEntries(Object.entries(small).map(([name, value]) => [name, String(value)])),
      INPUT: csv,
      DB: 'mta',
      DATA_TABLE: 'touches',
      LOOKBACK_WINDOW: '4',
      SIGNAL_DRAWS: '99',
      FROM: '2026-01-10',
      TO: '2026-01-20',
      SESSION_TIME: '2026-01-20',
      RUN_ID: '2026-01-20',
    }
    const embedded = await runCli(['run'], { cwd, environment })
    expect(embedded.code, embedded.stderr).toBe(0)
    for (const name of await writtenTables(scene.fake)) {
      expect(await remoteTable(scene.fake, name), name).toEqual(embeddedTable(join(cwd, 'mta-data'), name))
    }
    const objects = await readBucket(machine.gcs, scene.bucket)
    expect([...objects.keys()].every((name) => name.startsWith('daily/2026-01-20/'))).toBe(true)
    expect([...objects.keys()].filter((name) => name.endsWith('.html'))).toHaveLength(1)
  })

  it('shares a directory as well, on a volume', async () => {
    const directory = makeTemporaryDirectory()
    const scene = await makeScene(machine, csv, {
      runOptions: [
        ...(machine.containers.makesItsBase ? [] : ['--network=host']),
        `--volume=${directory}:/data`,
      ],
      td_mta: { DATA_DIR: '/data' },
    })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    expect(existsSync(join(directory, '2026-01-20/model/manifest.json'))).toBe(true)
    expect((await readBucket(machine.gcs, scene.bucket)).size).toBe(0)
  })

  it('of three past days, one after the other, leaves the rows of today as they are', async () => {
    const scene = await makeScene(machine, csv, { days: 5 })
    const today = await scene.run('2026-01-20')
    expect(today.code, today.output).toBe(0)
    const before = await rowsOf(scene.fake, '2026-01-20')
    for (const session of ['2026-01-17', '2026-01-18', '2026-01-19']) {
      const run = await scene.run(session)
      expect(run.code, run.output).toBe(0)
    }
    expect(await rowsOf(scene.fake, '2026-01-20')).toEqual(before)
    const attribution = await remoteTable(scene.fake, 'attribution')
    expect([...new Set(attribution.map((row) => row.run_id))].sort()).toEqual([
      '2026-01-17',
      '2026-01-18',
      '2026-01-19',
      '2026-01-20',
    ])
    const alone = await makeScene(machine, csv, { days: 5 })
    expect((await alone.run('2026-01-18')).code).toBe(0)
    expect(await rowsOf(scene.fake, '2026-01-18')).toEqual(await rowsOf(alone.fake, '2026-01-18'))
  })

  it('takes all the days before it where it is told so, and a param of its own before that of the file', async () => {
    const scene = await makeScene(machine, csv, { days: 'all' })
    const run = await scene.run('2026-01-12', {}, ['-p', 'LOOKBACK_WINDOW=3'])
    expect(run.code, run.output).toBe(0)
    const manifest = await readManifest(scene.bucket, '2026-01-12')
    expect(manifest.options).toMatchObject({ from: null, to: Date.UTC(2026, 0, 12) / 1000, lookbackDays: 3 })
  })

  it('models each kind of conversion by itself, side by side in the same tables', async () => {
    const scene = await makeScene(machine, csv, {
      conversion_types: ['purchase', 'sign up'],
      td_mta: { CONVERSION_TYPE_COLUMN: 'kind' },
    })
    const kind = "CASE WHEN ascii(right(user_id, 1)) % 2 = 0 THEN 'purchase' ELSE 'sign up' END AS kind"
    await scene.fake.loadTable('mta', 'touches', { sql: `SELECT *, ${kind} FROM '${csv}'` })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    const rows = await remoteTable(scene.fake, 'shapley_channel')
    expect(rows.map((row) => [row.run_id, row.conversion_type]).sort()).toEqual([
      ['2026-01-20-purchase', 'purchase'],
      ['2026-01-20-sign_up', 'sign up'],
    ])
    const folders = [...(await readBucket(machine.gcs, scene.bucket)).keys()].map(
      (name) => name.split('/')[1],
    )
    expect([...new Set(folders)].sort()).toEqual(['2026-01-20-purchase', '2026-01-20-sign_up'])
  })

  it('makes the user table first, and reduces in its batches', async () => {
    const scene = await makeScene(machine, csv, {
      user_table: true,
      td_mta: { USER_TABLE: 'user_rnd', USERS_PER_TFRECORD: 500 },
    })
    // What Hive would have made of the query.
    await scene.fake.loadTable('mta', 'user_rnd', {
      sql: `SELECT user_id, random() AS ab_rnd FROM (SELECT DISTINCT user_id FROM '${csv}')`,
    })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    expect(run.output).toContain('td> engine=hive database=mta create_table=user_rnd')
    expect(run.output).toContain('SELECT DISTINCT `user_id`\n    FROM `mta`.`touches`')
    const manifest = await readManifest(scene.bucket, '2026-01-20')
    expect(manifest.options).toMatchObject({ userTable: 'user_rnd', usersPerTfrecord: 500 })
    expect(manifest.positiveShards.length).toBeGreaterThan(1)
  })
})

async function readManifest(bucket: string, folder: string) {
  const objects = await readBucket(machine.gcs, bucket)
  return JSON.parse(String(objects.get(`daily/${folder}/manifest.json`)))
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
