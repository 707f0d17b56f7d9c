import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readExportManifest } from '../../src/artifacts/manifest.ts'
import { readShards } from '../../src/artifacts/shards.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { gcsAccessOf } from '../../src/storage/gcs/access.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import { surroundings } from '../fakes/gcs/policy.ts'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'
import {
  type FakeOptions,
  type FakeTreasureData,
  startFakeTreasureData,
} from '../fakes/treasure-data/start.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { runInProcess } from './in-process.ts'
import {
  type Environment,
  embeddedTable,
  findSecrets,
  listBulkImports,
  listTables,
  outputTables,
  readBucket,
  readFiles,
  remoteTable,
  runSteps,
  type Table,
  workflowEnvironment,
} from './remote-run.ts'
import { runCli } from './td-mta.ts'

/** No poll more than needed: the program waits a second between two. */
const quick: FakeOptions = { queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } }

const server = await startFakeGcs()
const skipped = 'missing' in server ? ` (skipped: ${server.missing})` : ''
const gcs = server as FakeGcs
let buckets = 0
let csv = ''

beforeAll(async () => {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-touchpoints-'))
  csv = join(directory, 'touchpoints.csv')
  const words = ['simulate', '--users', '600', '--days', '30', '--output', csv]
  const run = await runInProcess([...words, '--truth', join(directory, 'truth.json')], { cwd: directory })
  expect(run).toMatchObject({ code: 0 })
  return () => rmSync(directory, { recursive: true, force: true })
})

afterAll(async () => ('missing' in server ? undefined : server.stop()))

/** A Treasure Data with the touchpoints, and a bucket of its own. */
async function startRemote(options: FakeOptions = {}) {
  const fake = await startFakeTreasureData({ ...quick, ...options })
  onTestFinished(() => fake.close())
  await fake.loadTable('mta', 'touches', { file: csv })
  const bucket = `runs-${++buckets}`
  await gcs.createBucket(bucket)
  return { fake, bucket, environment: workflowEnvironment(fake, gcs, `gs://${bucket}/daily`) }
}

const RUN: Environment = { RUN_ID: 'run-1', SESSION_TIME: '2026-03-01T00:00:00+09:00', LOOKBACK_WINDOW: '4' }
const SMALL: Environment = { MODEL_WIDTH: '4', STEPS_PER_EPOCH: '5', TRAIN_EPOCHS: '2', BACKEND: 'wasm' }
const HAZARD: Environment = { MODEL: 'hazard' }

describe.skipIf('missing' in server)(
  `the job on Treasure Data and Google Cloud Storage${skipped}`,
  { timeout: 300_000 },
  () => {
    it.each([
      ['the BiLSTM', { ...RUN, ...SMALL, VALUE_COLUMN: 'value' }],
      [
        'the hazard model',
        { ...RUN, ...HAZARD, TIME_ZONE: 'Asia/Tokyo', TD_PRIORITY: '-1', TD_POOL_NAME: 'night' },
      ],
    ])('gives the tables of the embedded run, by %s step by step', async (_, chosen) => {
      const { fake, bucket, environment } = await startRemote()
      await runSteps({ ...environment, ...chosen }, { cwd: makeTemporaryDirectory() })
      const { TD_PRIORITY, TD_POOL_NAME, ...embedded } = chosen as Environment
      const cwd = makeTemporaryDirectory()
      const run = await runInProcess(['run'], {
        cwd,
        environment: { ...embedded, INPUT: csv, DB: 'mta', DATA_TABLE: 'touches' },
      })
      expect(run.code, run.stderr).toBe(0)
      for (const name of outputTables) {
        const table = await remoteTable(fake, name)
        expect(table, name).toEqual(embeddedTable(join(cwd, 'mta-data'), name))
        expect(table.every((row) => row.run_id === 'run-1')).toBe(true)
        expect(table.every((row) => row.session_time === '2026-02-28T15:00:00.000Z')).toBe(true)
      }
      const files = readFiles(join(cwd, 'mta-data'))
      for (const [name, bytes] of await readBucket(gcs, bucket)) {
        expect(files.get(join(cwd, 'mta-data', name.replace(/^daily\//, ''))), name).toEqual(bytes)
      }
      const jobs = fake.jobs().filter(({ request }) => request.type === 'trino')
      expect(new Set(jobs.map(({ request }) => request.priority))).toEqual(
        new Set([Number(TD_PRIORITY ?? 0)]),
      )
      expect(new Set(jobs.map(({ request }) => request.poolName))).toEqual(new Set([TD_POOL_NAME]))
      expect(await listTables(fake)).toEqual([...outputTables, 'touches'].sort())
      expect(await listBulkImports(fake)).toEqual([])
    })

    it('adds up to the same in batches, by a user table and by a hash, as in one query', async () => {
      const { fake, bucket, environment } = await startRemote()
      await fake.loadTable('mta', 'user_rnd', {
        columns: { user_id: 'string', ab_rnd: 'double' },
        rows: users().map((user, at) => [user, (at * 0.618) % 1]),
      })
      const batches = { USERS_PER_TFRECORD: '150' }
      const whole = await totalsOf(fake, bucket, { ...environment, ...RUN })
      const byHash = await totalsOf(fake, bucket, { ...environment, ...RUN, ...batches })
      const byTable = await totalsOf(fake, bucket, {
        ...environment,
        ...RUN,
        ...batches,
        USER_TABLE: 'user_rnd',
      })
      expect([whole, byHash, byTable].map(({ shards }) => shards)).toEqual([1, 4, 4])
      expect(byHash.counts).toEqual(whole.counts)
      expect(byTable.counts).toEqual(whole.counts)
      expect(byHash.patterns).toEqual(whole.patterns)
      expect(byTable.patterns).toEqual(whole.patterns)
      expect(byTable.firstShard).not.toEqual(byHash.firstShard)
      expectSameShares(byHash.shares, whole.shares)
      expectSameShares(byTable.shares, whole.shares)
    })

    it('shows no secret in any output, object, table or query, at trace level and in failures', async () => {
      const { fake, bucket, environment } = await startRemote()
      const [account = '', key = ''] = fake.apiKey.split('/')
      expect(account).toBe('1')
      const secrets = [
        key,
        'WRONGKEYffffffffffffffffffffffffffff',
        'keyfilesecretkeyfilesecret',
        'trino-password-7',
      ]
      const surroundings = {
        ...environment,
        ...RUN,
        ...HAZARD,
        LOG_LEVEL: 'trace',
        TRINO_PASSWORD: 'trino-password-7',
        GOOGLE_APPLICATION_CREDENTIALS_JSON:
          '{"type":"service_account","client_email":"a@b.c","private_key":"keyfilesecretkeyfilesecret"}',
      }
      const cwd = makeTemporaryDirectory()
      const runs = [...(await runSteps(surroundings, { cwd }))]
      const withoutEmulator = { ...surroundings, STORAGE_EMULATOR_HOST: '' }
      const wrongKey = { ...surroundings, TD_API_KEY: '1/WRONGKEYffffffffffffffffffffffffffff' }
      const noTable = { ...surroundings, DATA_TABLE: 'none' }
      const noBucket = { ...surroundings, DATA_DIR: 'gs://nobody/daily' }
      const trino = { ...surroundings, WAREHOUSE: 'trino:http://me:trino-password-7@127.0.0.1:9/memory' }
      for (const failing of [withoutEmulator, wrongKey, noTable, noBucket, trino]) {
        const run = await runInProcess(['export'], { cwd, environment: failing })
        expect(run.code).toBe(2)
        runs.push(run, await runInProcess(['doctor'], { cwd, environment: failing }))
      }
      fake.faults.add({ method: 'GET', path: /table\/show/, fault: { kind: 'server-error' } })
      fake.faults.add({ method: 'POST', path: /job\/issue/, call: 1, fault: { kind: 'reset', done: true } })
      runs.push(
        await runInProcess(['doctor', '--write', '--table', 'touches'], { cwd, environment: surroundings }),
      )
      const outputs = runs.flatMap(({ stdout, stderr }, at) => [
        [`standard output ${at}`, stdout] as const,
        [`standard error ${at}`, stderr] as const,
      ])
      const tables = [...outputTables, 'touches'].map(async (name) => {
        return [`table ${name}`, JSON.stringify(await fake.rows('mta', name), bigintsAsText)] as const
      })
      const queries = fake.jobs().map(({ id, request }) => [`job ${id}`, JSON.stringify(request)] as const)
      const places = new Map<string, string | Buffer>([
        ...outputs,
        ...(await Promise.all(tables)),
        ...queries,
        ...(await readBucket(gcs, bucket)),
        ...readFiles(cwd),
      ])
      expect(places.size).toBeGreaterThan(30)
      expect(findSecrets(secrets, places)).toEqual([])
    })

    it('finds a secret wherever it stands, also in Base64 and in an address', () => {
      const encoded = Buffer.from('user:se/cret').toString('base64')
      const places = new Map<string, string | Buffer>([
        ['log', 'key se/cret'],
        ['url', 'http://host/?key=se%2Fcret'],
        ['shard', Buffer.from([0, 255, ...Buffer.from('se/cret'), 0])],
        ['other', 'nothing'],
        ['header', Buffer.from('se/cret').toString('base64')],
        ['unknown', encoded],
      ])
      expect(findSecrets(['se/cret'], places)).toEqual([
        'se/cret in log',
        'se%2Fcret in url',
        'se/cret in shard',
        'c2UvY3JldA in header',
      ])
    })

    it('stopped by SIGTERM during a job kills it at Treasure Data, and writes nothing', async () => {
      const { fake, bucket, environment } = await startRemote({ running: { ms: 3_600_000 } })
      const run = await runCli(['export'], {
        cwd: makeTemporaryDirectory(),
        environment: { ...environment, ...RUN },
        kill: { signal: 'SIGTERM', at: 'submitted a job to Treasure Data' },
      })
      expect(run.code, run.stderr).toBe(143)
      expect(run.stderr).toMatch(/td-mta: stopped by SIGTERM\n$/)
      expect(fake.jobs().map(({ status }) => status)).toEqual(['killed'])
      expect(await listTables(fake)).toEqual(['touches'])
      expect([...(await readBucket(gcs, bucket)).keys()]).toEqual([])
    })

    it.each([
      ['uploads rows', /job\/status\//, 'uploaded a part'],
      ['counts them', /job\/result\//, 'finished a job at Treasure Data'],
    ])(
      'stopped by SIGTERM while it %s leaves no table, and gives the right ones when run again',
      async (...row) => {
        const [, path, at] = row
        const { fake, environment } = await startRemote()
        const workflow = { ...environment, ...RUN, ...HAZARD, LOG_LEVEL: 'debug' }
        const settings = { environment: workflow, cwd: makeTemporaryDirectory() }
        for (const step of ['export', 'train'])
          expect(await runCli([step], settings)).toMatchObject({ code: 0 })
        const before = await listTables(fake)
        // So that it is still at it when the signal comes.
        fake.faults.add({ method: 'GET', path, fault: { kind: 'silent' } })
        const run = await runCli(['shapley'], { ...settings, kill: { signal: 'SIGTERM', at } })
        expect(run.code, run.stderr).toBe(143)
        expect(run.stderr).toMatch(/td-mta: stopped by SIGTERM\n$/)
        expect(fake.jobs().every(({ status }) => status === 'success' || status === 'killed')).toBe(true)
        expect(await listTables(fake)).toEqual(before)
        expect(await listBulkImports(fake)).toEqual([])
        fake.faults.clear()
        expect(await runCli(['shapley'], settings)).toMatchObject({ code: 0 })
        expect(await listTables(fake)).toEqual([...outputTables, 'touches'].sort())
        const shares = (await remoteTable(fake, 'attribution')).map(({ share }) => Number(share ?? 0))
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      },
    )
  },
)

function users(): readonly string[] {
  const [header = '', ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\n')
  const at = header.split(',').indexOf('user_id')
  return [...new Set(lines.map((line) => line.split(',')[at] ?? ''))]
}

/** What an export adds up to, and what the hazard model makes of it. */
async function totalsOf(fake: FakeTreasureData, bucket: string, environment: Environment) {
  await runSteps({ ...environment, ...HAZARD }, { cwd: makeTemporaryDirectory() })
  const storage = openGcsStorage(`gs://${bucket}/daily`, {
    access: gcsAccessOf({ STORAGE_EMULATOR_HOST: gcs.url }),
    ...surroundings,
  })
  const { manifest } = await readExportManifest(storage)
  const { positivePatterns: _, negativePatterns: __, ...counts } = manifest.counts
  const firstShard = manifest.negativeShards[0]?.crc32c
  const patterns = new Map<string, readonly [number, number, number]>()
  for (const shards of [manifest.positiveShards, manifest.negativeShards]) {
    for await (const records of readShards(storage, shards))
      for (const record of records) addUp(patterns, record)
  }
  return {
    counts,
    firstShard,
    shards: manifest.positiveShards.length,
    patterns: new Map([...patterns].sort()),
    shares: await remoteTable(fake, 'shapley_channel'),
  }
}

function addUp(patterns: Map<string, readonly [number, number, number]>, record: PatternRecord): void {
  const key = `${record.label}: ${record.daysBefore.map((day, at) => `${day}/${record.channels[at]}`).join(' ')}`
  const [count, validating, value] = patterns.get(key) ?? [0, 0, 0]
  patterns.set(key, [count + record.count, validating + record.validationCount, value + record.value])
}

/** The same maximum, reached over rows in another order: the fit stops within 1e-10 of it. */
function expectSameShares([found]: Table, [expected]: Table): void {
  const { conversion_type, run_id, session_time, session_date, credited_from, credited_to, ...shares } =
    expected ?? {}
  for (const [channel, share] of Object.entries(shares)) {
    expect(Number(found?.[channel]), channel).toBeCloseTo(Number(share), 6)
  }
  expect(Object.keys(shares)).toHaveLength(7)
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
