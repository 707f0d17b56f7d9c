import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { runCli } from '../cli/td-mta.ts'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'
import {
  type FakeOptions,
  type FakeTreasureData,
  startFakeTreasureData,
} from '../fakes/treasure-data/start.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type Containers, setUpContainers } from './containers/set-up.ts'
import { type DigdagRun, type DigdagSurroundings, runDigdag, writeSecrets } from './digdag/digdag.ts'
import { type DigdagJars, installDigdag } from './digdag/install-digdag.ts'
import { makeProject, type Params } from './workflow-project.ts'

/** All that a workflow needs to run here. */
export interface Machine {
  readonly jars: DigdagJars
  readonly containers: Containers
  readonly gcs: FakeGcs
}

/** The machine, or why it lacks a part. */
export type MachineUnderTest = Machine | { readonly missing: string }

/** Fetches, builds and starts the parts; to be awaited while a file is collected. */
export async function setUpMachine(): Promise<MachineUnderTest> {
  // Each takes a minute or more the first time, mostly waiting for others.
  const [jars, containers, gcs] = await Promise.all([installDigdag(), setUpContainers(), startFakeGcs()])
  if ('missing' in jars || 'missing' in containers || 'missing' in gcs) {
    if (!('missing' in gcs)) await gcs.stop()
    return { missing: reasonOf({ Digdag: jars, containers, 'Cloud Storage': gcs }) }
  }
  return { jars, containers, gcs }
}

function reasonOf(parts: Readonly<Record<string, object>>): string {
  const reasons = Object.entries(parts).map(([name, part]) =>
    'missing' in part ? [`no ${name}: ${part.missing}`] : [],
  )
  return reasons.flat().join('; ')
}

/** @returns a file of touchpoints of January 2026 and what removes it. */
export async function simulateTouchpoints(users: number): Promise<{ readonly csv: string; remove(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-e2e-'))
  const csv = join(directory, 'touchpoints.csv')
  const words = ['simulate', '--users', String(users), '--days', '20', '--output', csv]
  const run = await runCli([...words, '--truth', join(directory, 'truth.json')], { cwd: directory })
  expect(run.code, run.stderr).toBe(0)
  return { csv, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** A Treasure Data with touchpoints, a bucket, and a project that uses both; gone when the test ends. */
export interface Scene {
  readonly fake: FakeTreasureData
  readonly bucket: string
  readonly project: string
  /** Digdag's home, with the secret td.apikey. */
  readonly home: string
  /** Runs a session, `digdag run attribution.dig --session DATE`. */
  run(session: string, changes?: Partial<DigdagSurroundings>, words?: readonly string[]): Promise<DigdagRun>
}

let buckets = 0

/** @param params beside those that name the scene's places and make trainings tiny. */
export async function makeScene(
  machine: Machine,
  csv: string,
  { td_mta, runOptions = [], ...params }: Params = {},
  {
    options = {},
    secrets,
  }: { readonly options?: FakeOptions; readonly secrets?: Readonly<Record<string, string>> } = {},
): Promise<Scene> {
  const quick: FakeOptions = { queued: { polls: 0 }, running: { polls: 0 }, committing: { polls: 0 } }
  const fake = await startFakeTreasureData({ ...quick, ...options })
  onTestFinished(() => fake.close())
  await fake.loadTable('mta', 'touches', { file: csv })
  const bucket = `e2e-${process.pid}-${++buckets}`
  await machine.gcs.createBucket(bucket)
  const network = machine.containers.makesItsBase ? [] : ['--network=host']
  const project = makeProject({
    ...usualParams(machine),
    ...params,
    // Other files run containers of the same image at the same time.
    runOptions: [...network, `--label=scene=${bucket}`, ...runOptions],
    td_mta: {
      ...smallOptions,
      TD_API_SERVER: fake.url,
      STORAGE_EMULATOR_HOST: machine.gcs.url,
      DATA_DIR: `gs://${bucket}/daily`,
      ...td_mta,
    },
  })
  const home = makeTemporaryDirectory()
  writeSecrets(home, secrets ?? { 'td.apikey': fake.apiKey })
  const run: Scene['run'] = (session, changes, words = []) => {
    const surroundings = { cwd: project, home, path: machine.containers.path, ...changes }
    return runDigdag(machine.jars, ['run', 'attribution.dig', '--session', session, ...words], surroundings)
  }
  return { fake, bucket, project, home, run }
}

function usualParams({ containers }: Machine): Params {
  return {
    image: containers.image,
    learn_days: 10,
    credit_days: 10,
    limit: 1,
    interval: 1,
    doctor: false,
    compare: false,
    report: false,
  }
}

/** What a scene's options are by variable, beside its places; the rest is as params.yml ships it. */
export const smallOptions = {
  DB: 'mta',
  DATA_TABLE: 'touches',
  LOOKBACK_WINDOW: 4,
  MODEL: 'hazard',
  SIGNAL_DRAWS: 99,
  LOG_LEVEL: 'warn',
}
