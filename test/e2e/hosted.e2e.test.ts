import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { embeddedTable, findSecrets, listTables, remoteTable } from '../cli/remote-run.ts'
import { runCli } from '../cli/td-mta.ts'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'
import { startFakeTreasureData } from '../fakes/treasure-data/start.ts'
import { type Bundle, makeBundle } from '../hosted/bundle.ts'
import { layOutProject as hostedProject, runTask } from '../hosted/launcher.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { runDigdag, tasksOf, writeSecrets } from './digdag/digdag.ts'
import { type DigdagJars, installDigdag } from './digdag/install-digdag.ts'
import { simulateTouchpoints } from './set-up.ts'
import { pushedFiles, setParams } from './workflow-project.ts'

const hosted = join(import.meta.dirname, '../../digdag/hosted')

interface Machine {
  readonly jars: DigdagJars
  readonly gcs: FakeGcs
}

/** Digdag, a bucket, and a Python whose pip can have the wheel with Node.js. No containers: none has Python here. */
async function setUpMachine(): Promise<Machine | { readonly missing: string }> {
  if (spawnSync('python', ['-m', 'pip', '--version']).status !== 0)
    return { missing: 'there is no python with pip' }
  const wanted = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:']
  const file = [
    '--dest',
    makeDownloads(),
    '--require-hashes',
    '--requirement',
    join(hosted, 'requirements.txt'),
  ]
  const download = spawnSync('python', [...wanted, ...file], { encoding: 'utf8' })
  if (download.status !== 0) return { missing: `pip can't have Node.js: ${download.stderr.trim()}` }
  const jars = await installDigdag()
  if ('missing' in jars) return { missing: `no Digdag: ${jars.missing}` }
  const gcs = await startFakeGcs()
  return 'missing' in gcs ? { missing: `no Cloud Storage: ${gcs.missing}` } : { jars, gcs }
}

/** Kept, and where pip finds the file the next time. */
function makeDownloads(): string {
  const directory = join(import.meta.dirname, '../../.cache/wheels')
  mkdirSync(directory, { recursive: true })
  return directory
}

const found = await setUpMachine()
const skipped = 'missing' in found ? ` (skipped: ${found.missing})` : ''
const machine = found as Machine
const credentials = JSON.stringify({
  type: 'service_account',
  client_email: 'mta@example.iam.gserviceaccount.com',
  private_key: 'key-that-nobody-may-see',
})

let bundle: Bundle
let csv = ''
beforeAll(async () => {
  bundle = await makeBundle()
  const simulated = await simulateTouchpoints(800)
  csv = simulated.csv
  return simulated.remove
})
afterAll(async () => {
  bundle.remove()
  if (!('missing' in found)) await found.gcs.stop()
})

/** The folder as `td wf push` sends it after `npm run bundle`, its params as a person fills them in. */
function layOutProject(params: Parameters<typeof setParams>[1]): string {
  const source = makeTemporaryDirectory()
  cpSync(hosted, source, { recursive: true })
  cpSync(bundle.directory, join(source, 'dist'), { recursive: true })
  const project = makeTemporaryDirectory()
  for (const name of pushedFiles(source)) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    cpSync(join(source, name), join(project, name))
  }
  setParams(project, params)
  // The image has Python and no more of what matters here; on this machine its tasks run without one.
  const file = join(project, 'params.yml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^docker:\n {2}image: .*\n/m, ''))
  return project
}

const small = { MODEL: 'bilstm', TRAIN_EPOCHS: 1, STEPS_PER_EPOCH: 5, MODEL_WIDTH: 4, SIGNAL_DRAWS: 99 }

async function makeScene(td_mta: Readonly<Record<string, string | number>> = {}) {
  const quick = { queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } }
  const fake = await startFakeTreasureData(quick)
  onTestFinished(() => fake.close())
  await fake.loadTable('mta', 'touches', { file: csv })
  const bucket = `hosted-${process.pid}-${Math.random().toString(36).slice(2, 8)}`
  await machine.gcs.createBucket(bucket)
  const places = { TD_API_SERVER: fake.url, STORAGE_EMULATOR_HOST: machine.gcs.url, DB: 'mta' }
  const options = { DATA_TABLE: 'touches', DATA_DIR: `gs://${bucket}/daily`, LOOKBACK_WINDOW: 4 }
  const project = layOutProject({
    learn_days: 10,
    credit_days: 10,
    limit: 1,
    interval: 1,
    td_mta: { ...places, ...options, ...small, ...td_mta },
  })
  const home = makeTemporaryDirectory()
  const secrets = { 'td.apikey': fake.apiKey, 'gcs.credentials': credentials }
  return {
    fake,
    project,
    run: (known: Readonly<Record<string, string>> = secrets) => {
      writeSecrets(home, known)
      const surroundings = { cwd: project, home, path: process.env.PATH ?? '' }
      return runDigdag(machine.jars, ['run', 'attribution.dig', '--session', '2026-01-20'], surroundings)
    },
  }
}

describe.skipIf('missing' in found)(`the hosted workflow${skipped}`, () => {
  it('gives the tables of the embedded run, by Python tasks that share nothing but a bucket', async () => {
    const scene = await makeScene()
    const run = await scene.run()
    expect(run.code, run.output).toBe(0)
    expect(
      tasksOf(run.output).filter(
        (name) => !/^(params|doctor|user_table|attribution|compare|report|views)$/.test(name),
      ),
    ).toEqual(['check', 'export', 'train', 'shapley', 'rules', 'page'])
    console.log(
      `hosted: ${run.seconds.toFixed(1)} s in all, first task after ${run.firstTaskSeconds?.toFixed(1)} s`,
    )
    const cwd = makeTemporaryDirectory()
    const environment = {
      ...Object.fromEntries(Object.entries(small).map(([name, value]) => [name, String(value)])),
      INPUT: csv,
      DB: 'mta',
      DATA_TABLE: 'touches',
      LOOKBACK_WINDOW: '4',
      FROM: '2026-01-10',
      TO: '2026-01-20',
      SESSION_TIME: '2026-01-20',
      RUN_ID: '2026-01-20',
    }
    const embedded = await runCli(['run'], { cwd, environment })
    expect(embedded.code, embedded.stderr).toBe(0)
    const written = (await listTables(scene.fake)).filter((name) => name !== 'touches')
    expect(written).toContain('attribution')
    for (const name of written) {
      expect(await remoteTable(scene.fake, name), name).toEqual(embeddedTable(join(cwd, 'mta-data'), name))
    }
    const places = new Map<string, string>([['the log', run.output]])
    expect(findSecrets([scene.fake.apiKey, 'key-that-nobody-may-see'], places)).toEqual([])
  })

  it('fails with what to do, and tells which step it was, where a param is missing', async () => {
    const scene = await makeScene({ DB: '' })
    const run = await scene.run()
    expect(run.code).not.toBe(0)
    expect(run.output).toContain('td-mta: td_mta.DB is missing: name the database')
    expect(run.output).toContain(
      '2026-01-20: +attribution+doctor+for-0=conversi=0=+check failed: Python command failed with code 1; Error messages from python: ' +
        'doctor failed with code 2: td-mta: td_mta.DB is missing: name the database',
    )
    expect(run.output).not.toContain('Invalid python module call')
    expect(await listTables(scene.fake)).toEqual(['touches'])
  })

  it('starts no task without its secrets', async () => {
    const scene = await makeScene()
    const run = await scene.run({ 'td.apikey': scene.fake.apiKey })
    expect(run.code).not.toBe(0)
    expect(run.output).toContain('gcs.credentials')
    expect(scene.fake.calls).toEqual([])
  })
})

describe.skipIf('missing' in found)(`the launcher, where there is no Node.js${skipped}`, () => {
  it('installs it once a container, even if two tasks begin at once', async () => {
    const container = { TMPDIR: makeTemporaryDirectory(), HOME: makeTemporaryDirectory() }
    const project = hostedProject({ program: 'console.log(process.version)' })
    const task = { params: { step: 'train' }, environment: container }
    const startedMs = performance.now()
    const first = await Promise.all([runTask(project, task), runTask(project, task)])
    console.log(`Node.js after ${((performance.now() - startedMs) / 1000).toFixed(1)} s, twice at once`)
    for (const run of first) expect(run).toMatchObject({ code: 0, stdout: 'v22.20.0\n' })
    const offline = { ...container, PIP_NO_INDEX: '1', PIP_FIND_LINKS: '' }
    const again = await runTask(project, { ...task, environment: offline })
    expect(again).toEqual({ code: 0, stdout: 'v22.20.0\n', stderr: '', error: undefined })
    expect(readdirSync(container.TMPDIR)).toEqual([expect.stringMatching(/^td-mta-node-22\.20\.0-\d+$/)])
  })

  it('refuses a package of other bytes than were pinned', async () => {
    const project = hostedProject({ program: '' })
    const file = join(project, 'requirements.txt')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/[0-9a-f]{64}/g, '0'.repeat(64)))
    const environment = { TMPDIR: makeTemporaryDirectory(), HOME: makeTemporaryDirectory() }
    const run = await runTask(project, { params: { step: 'train' }, environment })
    expect(run.error).toMatch(/^train failed with code 4: pip could not install Node\.js/)
    expect(run.stderr).toContain('THESE PACKAGES DO NOT MATCH THE HASHES')
    expect(readdirSync(environment.TMPDIR)).toEqual([])
  })
})

describe('the pushed folder of the hosted workflow', () => {
  it('fits into an archive of 10 MB, and holds the program and nothing that belongs at home', () => {
    const project = layOutProject({})
    const names = filesOf(project)
    expect(names).toContain('dist/td-mta.mjs')
    expect(names.filter((name) => !name.startsWith('dist/'))).toEqual([
      'attribution.dig',
      'launcher.py',
      'params.yml',
      'requirements.txt',
      'step.yml',
    ])
    const archive = join(makeTemporaryDirectory(), 'archive.tar.gz')
    execFileSync('tar', ['-czf', archive, ...names], { cwd: project })
    expect(statSync(archive).size).toBeLessThan(10e6)
  })
})

function filesOf(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true }).map(String)
  return names.filter((name) => statSync(join(directory, name)).isFile()).sort()
}
