import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { listTables } from '../cli/remote-run.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { startAlteringProxy } from '../warehouse/altering-proxy.ts'
import { tasksOf } from './digdag/digdag.ts'
import { type Machine, makeScene, setUpMachine, simulateTouchpoints } from './set-up.ts'
import { setParams } from './workflow-project.ts'

const found = await setUpMachine()
const skipped = 'missing' in found ? ` (skipped, ${found.missing})` : ''
const machine = found as Machine
let csv = ''

beforeAll(async () => {
  const simulated = await simulateTouchpoints(300)
  csv = simulated.csv
  return simulated.remove
})

afterAll(async () => ('missing' in found ? undefined : found.gcs.stop()))

const STOPPED_AT_ONCE = ['params', 'doctor', 'check', 'tell', 'attribution^failure-alert']

describe.skipIf('missing' in found)(`params that can not be${skipped}`, () => {
  it.each([
    [
      'an option that is none',
      { LOOKBACK_WINDOWS: 7 },
      'td-mta: td_mta.LOOKBACK_WINDOWS is not an option: did you mean LOOKBACK_WINDOW? td-mta run --help lists them all',
    ],
    [
      'a kind of conversion without its column',
      { CONVERSION_TYPE_COLUMN: 'kind' },
      'td-mta: --conversion-type (CONVERSION_TYPE) and --conversion-type-column (CONVERSION_TYPE_COLUMN) need each other: ' +
        'the kind is missing',
    ],
  ] as const)('are told by the first step, before anything is asked of Treasure Data: %s', async (...row) => {
    const [, td_mta, message] = row
    const scene = await makeScene(machine, csv, { doctor: true, td_mta })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(tasksOf(run.output)).toEqual(STOPPED_AT_ONCE)
    expect(run.output.split('\n')).toContain(message)
    expect(run.output).toContain(
      '+attribution+doctor+for-0=conversi=0=+check failed: Command failed with code 2',
    )
    expect(scene.fake.calls).toEqual([])
  })

  it('include those of an earlier version of the workflow: nothing is started', async () => {
    const scene = await makeScene(machine, csv, { doctor: true })
    const run = await scene.run('2026-01-20', {}, ['-p', 'days=30'])
    expect(run.code).toBe(1)
    expect(tasksOf(run.output)).toEqual(['params', 'refuse', 'attribution^failure-alert'])
    expect(run.output).toContain('params.yml (or -p): days is no more: give learn_days')
    expect(scene.fake.calls).toEqual([])
  })

  it('include storage that ends with its container: the second step says so', async () => {
    const scene = await makeScene(machine, csv, { doctor: true, limit: 0, td_mta: { DATA_DIR: '/tmp/here' } })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(tasksOf(run.output).slice(-4)).toEqual(['export', 'train', 'tell', 'attribution^failure-alert'])
    expect(run.output.split('\n')).toContain(
      'td-mta: no export in /tmp/here/2026-01-20: run td-mta export first ' +
        '(looked for /tmp/here/2026-01-20/manifest.json); where it did run, it wrote to a directory that is not this one: ' +
        '--data-dir (DATA_DIR) has to be gs://bucket/prefix or s3://bucket/prefix, or on a volume that every container mounts',
    )
    expect(await listTables(scene.fake)).toEqual(['touches'])
  })

  it('include a database that the key may read only', async () => {
    const scene = await makeScene(machine, csv, { doctor: true })
    const reader = await startAlteringProxy(scene.fake.url, ({ path, answer }) => {
      if (!/\/v3\/database\/list/.test(path)) return undefined
      return { answer: Buffer.from(String(answer).replaceAll('"administrator"', '"query_only"')) }
    })
    setParams(scene.project, { td_mta: { TD_API_SERVER: reader } })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(tasksOf(run.output)).toEqual(STOPPED_AT_ONCE)
    expect(run.output).toContain(
      'output database     fail     --db (DB): the key of TD_API_KEY has only the permission query_only on database mta:',
    )
  })
  it('are told by an image with an entrypoint too, which alone would do nothing and succeed', async () => {
    const image = buildWithEntrypoint()
    const scene = await makeScene(machine, csv, { doctor: true, image, td_mta: { LOOKBACK_WINDOW: 'five' } })
    const run = await scene.run('2026-01-20')
    expect(tasksOf(run.output)).toEqual(STOPPED_AT_ONCE)
    expect(run.output).toContain('td-mta: --lookback-window-days (LOOKBACK_WINDOW) is "five"')
  })
})

/** @returns the image under test with `true` for an entrypoint, removed when the test ends. */
function buildWithEntrypoint(): string {
  const { docker, image } = machine.containers
  const directory = makeTemporaryDirectory()
  const name = `localhost/td-mta-entrypoint:${process.pid}`
  writeFileSync(join(directory, 'Dockerfile'), `FROM ${image}\nENTRYPOINT ["true"]\n`)
  execFileSync(docker, ['build', '--tag', name, directory], { stdio: 'pipe' })
  onTestFinished(() => {
    execFileSync(docker, ['rmi', name], { stdio: 'pipe' })
  })
  return name
}
