import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import type { CliRun } from '../cli/td-mta.ts'
import type { FakeGcs } from '../fakes/gcs/server.ts'
import { startFakeGcs } from '../fakes/gcs/server.ts'
import type { FakeOptions, FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { startFakeTreasureData } from '../fakes/treasure-data/start.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const HEADER = 'user_id,time,source,conversion'
const GOOD = [HEADER, 'a,1767225600,email,0', 'a,1767229200,,1', 'b,1767229300,search,0']
const QUIET = { LOG_LEVEL: 'error', FORMAT: 'json' }

type Environment = Readonly<Record<string, string>>

/** What a doctor's run said, by check. */
interface Diagnosis extends CliRun {
  readonly ok: boolean
  readonly results: Readonly<Record<string, string>>
  readonly found: Readonly<Record<string, string>>
}

async function diagnose(
  cwd: string,
  environment: Environment,
  words: readonly string[] = [],
): Promise<Diagnosis> {
  const run = await runInProcess(['doctor', ...words], { cwd, environment: { ...QUIET, ...environment } })
  expect(run.stderr).toBe('')
  const { ok, checks } = JSON.parse(run.stdout) as {
    ok: boolean
    checks: readonly { check: string; result: string; found: string }[]
  }
  const byCheck = (field: 'result' | 'found') =>
    Object.fromEntries(checks.map((row) => [row.check, row[field]]))
  return { ...run, ok, results: byCheck('result'), found: byCheck('found') }
}

function withTouches(lines: readonly string[] = GOOD): string {
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'touches.csv'), `${lines.join('\n')}\n`)
  return cwd
}

/** Puts a table into a data directory's own DuckDB file. */
async function makeTable(directory: string, table: string, select: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const instance = await DuckDBInstance.create(join(directory, 'tables.duckdb'))
  const connection = await instance.connect()
  try {
    await connection.run('CREATE SCHEMA IF NOT EXISTS mta')
    await connection.run(`CREATE OR REPLACE TABLE mta.${table} AS ${select}`)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Names can hold a few random digits. */
function withoutDigits(text: string | undefined): string | undefined {
  return text?.replaceAll(/(doctor[-_])[0-9a-f]{6}/g, '$1?')
}

describe('doctor on DuckDB', () => {
  it('finds nothing wrong with a good file, and leaves nothing behind', async () => {
    const cwd = withTouches()
    const diagnosis = await diagnose(cwd, { INPUT: 'touches.csv' })
    expect(diagnosis).toMatchObject({ code: 0, ok: true })
    expect(diagnosis.results).toEqual({
      node: 'pass',
      warehouse: 'pass',
      credentials: 'skipped',
      'touchpoint table': 'pass',
      touchpoints: 'pass',
      conversions: 'pass',
      'few-conversions': 'found',
      'output database': 'pass',
      'output tables': 'pass',
      write: 'skipped',
      'data directory': 'pass',
      positive_tfrecords: 'pass',
      negative_tfrecords: 'pass',
      model: 'pass',
      backend: 'pass',
      clock: 'skipped',
    })
    const { found } = diagnosis
    expect(found.touchpoints).toBe(
      '3 rows from 2026-01-01T00:00:00Z to 2026-01-01T01:01:40Z, 2 touches of 2 channels, 2 users',
    )
    expect(found.conversions).toBe('1 conversion to learn from, 1 to credit, 1 without a channel of its own')
    expect(found['few-conversions']).toMatch(/^1 conversion to learn from, and a BiLSTM needs about 200: /)
    expect(found.write).toBe('not tried: --write (WRITE) creates and drops a small table')
    expect(found.backend).toMatch(
      /^(wasm, since gpu: .+; native: .+|native, since gpu: .+|gpu, the fastest)$/,
    )
    expect(existsSync(join(cwd, 'mta-data'))).toBe(false)
  })

  it('creates and drops a table where --write allows it', async () => {
    const cwd = withTouches()
    const csv = await diagnose(cwd, { INPUT: 'touches.csv', MODEL: 'hazard' }, ['--write'])
    expect(withoutDigits(csv.found.write)).toBe('created, read and dropped mta.td_mta_doctor_?')
    await runInProcess(['simulate', '--warehouse', 'duckdb:a.duckdb', '--users', '50', '--days', '20'], {
      cwd,
    })
    const file = await diagnose(cwd, { WAREHOUSE: 'duckdb:a.duckdb', WRITE: 'true', MODEL: 'hazard' })
    expect(file.results).toMatchObject({ write: 'pass', backend: 'skipped' })
    expect(file.code).toBe(0)
    const again = await diagnose(cwd, {
      WAREHOUSE: 'duckdb:a.duckdb',
      MODEL: 'hazard',
      DATA_TABLE: String(/td_mta_doctor_\w+/.exec(file.found.write ?? '')),
    })
    expect(again.found['touchpoint table']).toMatch(/there is no table mta\.td_mta_doctor_/)
  })

  it('prints a table for people, and what to do where a check failed', async () => {
    const cwd = withTouches()
    const run = await runInProcess(
      ['doctor', '--input', 'touches.csv', '--user-column', 'cookie', '--model', 'hazard'],
      {
        cwd,
        environment: { LOG_LEVEL: 'silent' },
      },
    )
    expect(run.code).toBe(2)
    const lines = withoutDigits(run.stdout)
      ?.replaceAll(process.versions.node, 'V')
      .replaceAll(cwd, 'DIR')
      .split('\n')
    expect(lines?.slice(2, 9)).toEqual([
      'node                pass     V',
      'warehouse           pass     duckdb',
      'credentials         skipped  duckdb is embedded and asks for none',
      'touchpoint table    fail     --user-column (USER_COLUMN) is "cookie": table mta.mock_data has no such column; it has',
      '                             user_id, time, source, conversion',
      'touchpoints         skipped  needs the touchpoint table',
      'conversions         skipped  needs the touchpoint table',
    ])
    expect(lines?.slice(-3)).toEqual(['', '8 passed, 1 failed, 6 skipped', ''])
  })

  it.each([
    [
      'no table',
      {},
      'warehouse',
      '--warehouse duckdb has no table of touchpoints: give --input (INPUT) a CSV or Parquet file, ' +
        'or --warehouse (WAREHOUSE) duckdb:FILE',
    ],
    [
      'an unknown warehouse',
      { WAREHOUSE: 'oracle' },
      'warehouse',
      '--warehouse (WAREHOUSE) is "oracle": duckdb, duckdb:FILE, td or trino:http://USER@HOST:PORT/CATALOG is needed',
    ],
    [
      'a DuckDB file that is not there',
      { WAREHOUSE: 'duckdb:none.duckdb' },
      'warehouse',
      '--warehouse (WAREHOUSE) is "duckdb:none.duckdb": there is no such file; correct the path, or give --input (INPUT)',
    ],
    [
      'no conversion',
      { INPUT: 'quiet.csv' },
      'touchpoints',
      'table mta.mock_data: no row of 1 has conversion = 1: check --conversion-column (CONVERSION_COLUMN) and the time range',
    ],
    [
      'a user table that is not there',
      { INPUT: 'touches.csv', USER_TABLE: 'user_rnd' },
      'user table',
      '--user-table (USER_TABLE): there is no table mta.user_rnd in duckdb; check --db (DB) and the name',
    ],
    [
      'a spend table without its columns',
      { INPUT: 'touches.csv', DATA_DIR: 'full', SPEND_TABLE: 'shapley', SHAPLEY_TABLE: 'other' },
      'spend table',
      '--spend-table (SPEND_TABLE) mta.shapley has no column spend; it has email, run_id: ' +
        'it needs the columns channel and spend, and time if its rows have a day',
    ],
    [
      'a table of experiments without its columns',
      { INPUT: 'touches.csv', DATA_DIR: 'full', EXPERIMENTS_TABLE: 'shapley', SHAPLEY_TABLE: 'other' },
      'experiments',
      '--experiments-table (EXPERIMENTS_TABLE) mta.shapley has no column channel; it has email, run_id: ' +
        'it needs channel, from, to, incremental_conversions, standard_error',
    ],
    [
      'output tables that are not to be replaced',
      { INPUT: 'touches.csv', IF_EXISTS: 'error', DATA_DIR: 'full' },
      'output tables',
      'mta.shapley exist and --if-exists (IF_EXISTS) is error: drop them, name others, or use overwrite, append or ignore',
    ],
    ['a place that is no directory', { INPUT: 'touches.csv', MODEL_DIR: 'touches.csv' }, 'model', undefined],
    [
      'a backend that is not installed',
      { INPUT: 'touches.csv', MODEL: 'bilstm', BACKEND: 'gpu' },
      'backend',
      undefined,
    ],
  ] as const)('tells %s, and goes on with the other checks', async (what, environment, check, message) => {
    const cwd = withTouches()
    writeFileSync(join(cwd, 'quiet.csv'), `${HEADER}\na,1767225600,email,0\n`)
    await makeTable(join(cwd, 'full'), 'shapley', "SELECT 1 AS email, 'a' AS run_id")
    const diagnosis = await diagnose(cwd, { MODEL: 'hazard', ...environment })
    const isData = ['no conversion', 'output tables that are not to be replaced'].includes(what)
    expect(diagnosis).toMatchObject({ code: isData ? 3 : 2, ok: false })
    const failed = Object.entries(diagnosis.results).filter(([, result]) => result === 'fail')
    expect(failed).toEqual([[check, 'fail']])
    if (message !== undefined) expect(diagnosis.found[check]).toBe(message)
    expect(diagnosis.results).toMatchObject({ node: 'pass', 'data directory': 'pass' })
    expect(existsSync(join(cwd, 'none.duckdb'))).toBe(false)
  })

  it('tells a user table whose numbers are none of [0, 1)', async () => {
    const cwd = withTouches()
    const makeNumbers = (select: string) => makeTable(join(cwd, 'mta-data'), 'user_rnd', select)
    const environment = { INPUT: 'touches.csv', USER_TABLE: 'user_rnd', MODEL: 'hazard' }
    await makeNumbers("FROM (VALUES ('a', 0.25), ('b', 1.0)) AS t (user_id, ab_rnd)")
    const wrong = await diagnose(cwd, environment)
    expect(wrong.found['user table']).toBe(
      '--user-table (USER_TABLE) mta.user_rnd: 1 of 2 rows have no ab_rnd in [0, 1): recreate it, for example with digdag/queries/user_rnd.sql',
    )
    await makeNumbers("FROM (VALUES ('a', 0.25), ('b', 0.5)) AS t (user_id, ab_rnd)")
    const right = await diagnose(cwd, environment)
    expect(right.found['user table']).toBe('mta.user_rnd: 2 users')
    expect(right.code).toBe(0)
    await makeNumbers("SELECT 'a' AS user_id, 0.25 AS other")
    const other = await diagnose(cwd, environment)
    expect(other.found['user table']).toBe(
      '--user-rnd-column (USER_RND_COLUMN) is "ab_rnd": user table mta.user_rnd has no such column; it has user_id, other',
    )
  })

  it('tells a placebo channel that was tested, and one that no touchpoint has', async () => {
    const cwd = withTouches()
    await makeTable(
      join(cwd, 'mta-data'),
      'tests',
      `SELECT 'email' AS channel, '2026-01-01' AS "from", '2026-01-02' AS "to", 1 AS incremental_conversions, 1 AS standard_error`,
    )
    const environment = { INPUT: 'touches.csv', EXPERIMENTS_TABLE: 'tests', MODEL: 'hazard' }
    const both = await diagnose(cwd, { ...environment, PLACEBO_CHANNELS: 'email' })
    expect(both.found.experiments).toContain('"email" is in the experiments table, too')
    const unknown = await diagnose(cwd, { ...environment, PLACEBO_CHANNELS: 'radio' })
    expect(unknown).toMatchObject({
      code: 0,
      results: { experiments: 'pass', 'placebos-without-touches': 'found' },
    })
  })

  it('tells a file that the first run makes, and does not make it', async () => {
    const cwd = withTouches()
    const environment = { INPUT: 'touches.csv', WAREHOUSE: 'duckdb:new.duckdb', MODEL: 'hazard' }
    const diagnosis = await diagnose(cwd, environment, ['--write'])
    expect(diagnosis).toMatchObject({ code: 0 })
    expect(diagnosis.found['output database']).toBe('new.duckdb is not there yet: the first run makes it')
    expect(existsSync(join(cwd, 'new.duckdb'))).toBe(false)
  })

  it('does not look into the tables of the data directory if a file is to have them', async () => {
    const cwd = withTouches()
    const tables = join(cwd, 'mta-data', 'tables.duckdb')
    mkdirSync(join(cwd, 'mta-data'))
    writeFileSync(tables, 'no database at all')
    const environment = { INPUT: 'touches.csv', WAREHOUSE: 'duckdb:new.duckdb', MODEL: 'hazard' }
    const diagnosis = await diagnose(cwd, environment)
    expect(diagnosis).toMatchObject({ code: 0, found: { warehouse: 'duckdb:new.duckdb' } })
    expect(readFileSync(tables, 'utf8')).toBe('no database at all')
  })

  it('changes no byte of a file without --write', async () => {
    const cwd = withTouches()
    const file = join(cwd, 'mta-data', 'tables.duckdb')
    await makeTable(join(cwd, 'mta-data'), 'other', 'SELECT 1 AS number')
    const before = readFileSync(file)
    const given = { INPUT: 'touches.csv', MODEL: 'hazard', DB: 'nowhere' }
    expect(await diagnose(cwd, given)).toMatchObject({ code: 0 })
    const users = await diagnose(cwd, { ...given, WAREHOUSE: `duckdb:${file}` })
    expect(users.found['output database']).toBe(`${file} has no schema nowhere: the first write creates it`)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('tells an output table that can have no CSV file', async () => {
    const environment = { INPUT: 'touches.csv', MODEL: 'hazard', SHAPLEY_TABLE: 'a/b' }
    const diagnosis = await diagnose(withTouches(), environment)
    expect(diagnosis.found['output tables']).toBe(
      'table name "a/b" can\'t be a file name for --warehouse duckdb (WAREHOUSE): ' +
        'choose a name without slashes or a leading dot, or give --warehouse duckdb:FILE',
    )
  })

  it.runIf(process.platform === 'linux')(
    'tells a directory that not even root may write, and checks no folder of it',
    async () => {
      const cwd = withTouches()
      const environment = { INPUT: 'touches.csv', DATA_DIR: '/sys/td-mta', MODEL: 'hazard' }
      const diagnosis = await diagnose(cwd, environment)
      expect(diagnosis.code).toBe(2)
      expect(diagnosis.found['data directory']).toContain('/sys/td-mta')
      expect(diagnosis.results).toMatchObject({
        'data directory': 'fail',
        model: 'skipped',
        touchpoints: 'pass',
      })
    },
  )

  it('refuses unknown options before any check', async () => {
    const run = await runInProcess(['doctor', '--writes'], { cwd: makeTemporaryDirectory() })
    expect(run).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'td-mta: --writes is not an option of doctor; did you mean --write?\n',
    })
    const other = await runInProcess(['export', '--write'], { cwd: makeTemporaryDirectory() })
    expect(other).toMatchObject({
      code: 2,
      stderr: 'td-mta: --write is not an option of export; it is used by doctor\n',
    })
  })
})

async function startTreasureData(options: FakeOptions = {}): Promise<FakeTreasureData> {
  const fake = await startFakeTreasureData(options)
  onTestFinished(() => fake.close())
  const columns = { user_id: 'string', time: 'long', source: 'string', conversion: 'long' }
  await fake.loadTable('mta', 'touches', {
    columns,
    rows: [
      ['a', 1767225600, 'email', 0],
      ['a', 1767229200, null, 1],
      ['b', 1767229300, 'search', 0],
    ],
  })
  return fake
}

function environmentOf(fake: FakeTreasureData): Environment {
  return {
    WAREHOUSE: 'td',
    TD_API_SERVER: fake.url,
    TD_API_KEY: fake.apiKey,
    DATA_TABLE: 'touches',
    MODEL: 'hazard',
  }
}

const server = await startFakeGcs()
const skipped = 'missing' in server ? ` (skipped: ${server.missing})` : ''
if (!('missing' in server)) await server.createBucket('runs')
afterAll(async () => ('missing' in server ? undefined : server.stop()))

describe('doctor on Treasure Data', () => {
  it('finds nothing wrong, and leaves the database as it was', async () => {
    const fake = await startTreasureData()
    const diagnosis = await diagnose(makeTemporaryDirectory(), environmentOf(fake), ['--write'])
    expect(diagnosis).toMatchObject({ code: 0, ok: true })
    const { found } = diagnosis
    expect({ ...found, write: withoutDigits(found.write) }).toMatchObject({
      credentials: `${fake.url} takes the key of TD_API_KEY, which sees 1 database`,
      'touchpoint table': 'mta.touches in td has user_id, time, source, conversion; a time range reads less',
      'output database': 'database mta is there, with the permission administrator',
      'output tables': 'none of the 6 is there yet',
      write: 'created, read and dropped mta.td_mta_doctor_?',
    })
    expect(found.clock).toMatch(/^\d s (behind|ahead of) http:\/\/127\.0\.0\.1:\d+$/)
    const tables = await listTables(fake)
    expect(tables).toEqual(['touches'])
  })

  it('changes nothing without --write', async () => {
    const fake = await startTreasureData()
    await diagnose(makeTemporaryDirectory(), environmentOf(fake))
    const effects = fake.calls.map(({ effect }) => effect).filter((effect) => effect !== undefined)
    expect(effects.every((effect) => /^job \d+ issued$/.test(effect))).toBe(true)
  })

  it('tells a wrong key, and never prints it', async () => {
    const fake = await startTreasureData()
    const key = '1/ffffffffffffffffffffffffffffffffffffffff'
    const diagnosis = await diagnose(makeTemporaryDirectory(), { ...environmentOf(fake), TD_API_KEY: key })
    expect(diagnosis).toMatchObject({ code: 2 })
    expect(diagnosis.found.credentials).toBe(
      `treasure-data: ${fake.url} refuses the key of TD_API_KEY (GET /v3/database/list, ` +
        'status 401: Authentication failed: the API key is not valid): ' +
        'check the key, and TD_API_SERVER, since every site has its own keys',
    )
    expect(diagnosis.results).toMatchObject({
      warehouse: 'pass',
      'touchpoint table': 'skipped',
      'output database': 'skipped',
      'data directory': 'pass',
      clock: 'pass',
    })
    expect(diagnosis.stdout).not.toContain(key.slice(2))
    expect(fake.jobs()).toEqual([])
  })

  it('tells a missing key, table, and database, each apart from the rest', async () => {
    const fake = await startTreasureData()
    const good = environmentOf(fake)
    const cwd = makeTemporaryDirectory()
    const noKey = await diagnose(cwd, { ...good, TD_API_KEY: '' })
    expect(noKey.found.warehouse).toBe(
      'TD_API_KEY is not set: --warehouse (WAREHOUSE) td needs a master API key of Treasure Data in that variable',
    )
    const noTable = await diagnose(cwd, { ...good, DATA_TABLE: 'tuches' })
    expect(noTable.found['touchpoint table']).toBe(
      '--table (DATA_TABLE): there is no table mta.tuches in td; check --db (DB) and the name',
    )
    expect(noTable.results).toMatchObject({ 'output database': 'pass', touchpoints: 'skipped' })
    const noDatabase = await diagnose(cwd, { ...good, DB: 'web' })
    expect(noDatabase.found['output database']).toBe(
      '--db (DB): there is no database web on Treasure Data, or the key may not see it: create it, or name another one',
    )
    expect([noKey, noTable, noDatabase].map(({ code }) => code)).toEqual([2, 2, 2])
  })

  it('tells a server that nobody listens at, within a few attempts', async () => {
    const fake = await startTreasureData()
    const environment = environmentOf(fake)
    await fake.close()
    const diagnosis = await diagnose(makeTemporaryDirectory(), environment)
    expect(diagnosis.results).toMatchObject({ credentials: 'fail', clock: 'fail', 'data directory': 'pass' })
    expect(diagnosis.found.credentials).toMatch(
      /^treasure-data: GET \/v3\/database\/list failed after 3 attempts: no answer: .*ECONNREFUSED/,
    )
    expect(diagnosis.found.clock).toMatch(
      /^http:.* can't be asked for its time: .*ECONNREFUSED.*; check the network$/,
    )
  })

  it('removes the table of its trial where reading it fails', async () => {
    const fake = await startTreasureData()
    fake.faults.add({
      method: 'POST',
      path: /job\/issue/,
      call: 3,
      fault: { kind: 'expired-key' },
    })
    const diagnosis = await diagnose(makeTemporaryDirectory(), environmentOf(fake), ['--write'])
    expect(diagnosis.results).toMatchObject({ touchpoints: 'pass', write: 'fail' })
    expect(await listTables(fake)).toEqual(['touches'])
  })
})

const trino = await askForTrino()

describe.skipIf(trino.origin === undefined)(`doctor on Trino${trino.skipped}`, () => {
  const origin = String(trino.origin)
  const environmentAs = (user: string): Environment => ({
    WAREHOUSE: `trino:${origin.replace('://', `://${user}@`)}/memory`,
    DB: 'doctor',
    DATA_TABLE: 'touches',
    MODEL: 'hazard',
  })

  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'memory')
    const rows = "('a', 1767225600, 'email', 0), ('a', 1767229200, NULL, 1)"
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS doctor')
    await collect(warehouse, 'DROP TABLE IF EXISTS doctor.touches')
    await collect(
      warehouse,
      `CREATE TABLE doctor.touches AS SELECT * FROM (VALUES ${rows}) AS t (user_id, time, source, conversion)`,
    )
    await warehouse.close()
  })

  it('finds nothing wrong, and leaves the schema as it was', async () => {
    const diagnosis = await diagnose(makeTemporaryDirectory(), environmentAs('tester'), ['--write'])
    expect(diagnosis).toMatchObject({ code: 0, ok: true })
    expect(diagnosis.found).toMatchObject({
      credentials: `${origin} takes user tester`,
      touchpoints: '2 rows from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z, 1 touch of 1 channel, 1 user',
      'output database': 'schema doctor is in catalog memory',
    })
    const warehouse = openCatalog(origin, 'memory')
    expect(await collect(warehouse, 'SHOW TABLES FROM doctor')).toEqual([['touches']])
    await warehouse.close()
  })

  it('tells a user that may read and not write, and a schema that the first write has to create', async () => {
    const reader = await diagnose(makeTemporaryDirectory(), environmentAs('reader'), ['--write'])
    expect(reader).toMatchObject({ code: 4 })
    expect(reader.results).toMatchObject({ touchpoints: 'pass', 'output database': 'pass', write: 'fail' })
    expect(reader.found.write).toMatch(
      /^--warehouse \(WAREHOUSE\) trino:.* can't take the output tables; .*Access Denied.*; a run has to create, fill, rename and drop tables in database doctor$/,
    )
    const other = await diagnose(makeTemporaryDirectory(), { ...environmentAs('tester'), DB: 'nowhere' })
    expect(other.found['output database']).toBe(
      'catalog memory has no schema nowhere: the first write creates it, if the user may',
    )
    expect(other.results).toMatchObject({ 'touchpoint table': 'fail' })
  })

  it('tells an address with a password in it, without the password', async () => {
    const environment = { ...environmentAs('me'), WAREHOUSE: 'trino:http://me:secret-7@127.0.0.1:1/memory' }
    const diagnosis = await diagnose(makeTemporaryDirectory(), environment)
    expect(diagnosis.results).toMatchObject({ warehouse: 'fail', 'data directory': 'pass' })
    expect(diagnosis.stdout).not.toContain('secret-7')
  })
})

describe.skipIf('missing' in server)(`doctor on Google Cloud Storage${skipped}`, () => {
  const gcs = server as FakeGcs

  it('makes a round trip in every directory of a bucket', async () => {
    const cwd = withTouches()
    const diagnosis = await diagnose(cwd, {
      INPUT: 'touches.csv',
      DATA_DIR: 'gs://runs/one',
      MODEL_DIR: 'gs://runs/models/one',
      STORAGE_EMULATOR_HOST: gcs.url,
      MODEL: 'hazard',
    })
    expect(diagnosis).toMatchObject({ code: 0, ok: true })
    const told = ['data directory', 'positive_tfrecords', 'negative_tfrecords', 'model'].map((check) =>
      diagnosis.found[check]?.replace(/:\s.*/, ''),
    )
    expect(told).toEqual([
      'gs://runs/one',
      'gs://runs/one/positive_tfrecords',
      'gs://runs/one/negative_tfrecords',
      'gs://runs/models/one',
    ])
    expect(diagnosis.found.clock).toContain(gcs.url)
    const listed = await fetch(`${gcs.url}/storage/v1/b/runs/o`).then((answer) => answer.json())
    expect(listed).toEqual({ kind: 'storage#objects' })
  })

  it('tells a bucket that is not there, and checks what does not lie in it', async () => {
    const cwd = withTouches()
    const diagnosis = await diagnose(cwd, {
      INPUT: 'touches.csv',
      DATA_DIR: 'gs://nobody/one',
      MODEL_DIR: 'gs://runs/models/one',
      STORAGE_EMULATOR_HOST: gcs.url,
      MODEL: 'hazard',
    })
    expect(diagnosis.code).toBe(2)
    expect(diagnosis.found['data directory']).toBe(
      '--data-dir (DATA_DIR) or another directory option is gs://nobody/one: there is no bucket nobody (status 404); ' +
        'create it, or give the name of one that exists',
    )
    expect(diagnosis.results).toMatchObject({
      positive_tfrecords: 'skipped',
      model: 'pass',
      touchpoints: 'pass',
    })
  })

  it('tells a key file that is not there', async () => {
    const cwd = withTouches()
    const diagnosis = await diagnose(cwd, {
      INPUT: 'touches.csv',
      DATA_DIR: 'gs://runs/one',
      GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json',
      MODEL: 'hazard',
    })
    expect(diagnosis.results).toMatchObject({ 'data directory': 'fail', touchpoints: 'pass' })
    expect(diagnosis.found['data directory']).toMatch(
      /^Google Cloud Storage: no usable credentials \(.*\/nowhere\/key\.json.*\); set GOOGLE_APPLICATION_CREDENTIALS to the path .* service account$/,
    )
  })

  it('tells credentials that are none, and never prints them', async () => {
    const cwd = withTouches()
    const secret = 'c2VjcmV0IG9mIGEga2V5'
    const diagnosis = await diagnose(cwd, {
      INPUT: 'touches.csv',
      DATA_DIR: 'gs://runs/one',
      GOOGLE_APPLICATION_CREDENTIALS_JSON: `{"type":"service_account","private_key":"${secret}"}`,
      MODEL: 'hazard',
    })
    expect(diagnosis.results).toMatchObject({ 'data directory': 'fail', touchpoints: 'pass' })
    expect(diagnosis.found['data directory']).toBe(
      "GOOGLE_APPLICATION_CREDENTIALS_JSON holds no credentials (its value isn't shown): " +
        "give the whole content of a service account's key file, a JSON object with client_email",
    )
    expect(diagnosis.stdout).not.toContain(secret)
  })
})

async function listTables(fake: FakeTreasureData): Promise<readonly string[]> {
  const headers = { authorization: `TD1 ${fake.apiKey}` }
  const answer = await fetch(`${fake.url}/v3/table/list/mta`, { headers })
  const { tables } = (await answer.json()) as { tables: readonly { name: string }[] }
  return tables.map(({ name }) => name)
}
