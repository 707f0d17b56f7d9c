import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listTables, readBucket, remoteTable } from '../cli/remote-run.ts'
import { tasksOf } from './digdag/digdag.ts'
import { type Machine, makeScene, type Scene, setUpMachine, simulateTouchpoints } from './set-up.ts'
import { setParams } from './workflow-project.ts'

const found = await setUpMachine()
const skipped = 'missing' in found ? ` (skipped, ${found.missing})` : ''
const machine = found as Machine
let csv = ''

beforeAll(async () => {
  const simulated = await simulateTouchpoints(600)
  csv = simulated.csv
  return simulated.remove
})

afterAll(async () => ('missing' in found ? undefined : found.gcs.stop()))

const STEPS = ['attribution', 'export', 'train', 'shapley', 'compare', 'report']

describe.skipIf('missing' in found)(`a step of the workflow that fails${skipped}`, () => {
  it('once is tried again, and the session succeeds', async () => {
    const scene = await makeScene(machine, csv)
    scene.fake.faults.add({ path: /job\/issue/, call: 1, fault: { kind: 'expired-key' } })
    const run = await scene.run('2026-01-20')
    expect(run.code, run.output).toBe(0)
    expect(run.output).toContain('the API key has expired')
    expect(run.output).not.toContain('+export failed')
    expect(tasksOf(run.output).filter((task) => task === 'export')).toHaveLength(2)
    expect(await remoteTable(scene.fake, 'shapley_channel')).toHaveLength(1)
  })

  it('for good is named with where to look, leaves the tables, and is taken up again by the next try', async () => {
    const scene = await makeScene(machine, csv, { limit: 0 })
    expect((await scene.run('2026-01-19')).code).toBe(0)
    const before = await tablesOf(scene)
    scene.fake.faults.add({ path: /bulk_import\/create\/.*shapley/, fault: { kind: 'expired-key' } })
    const failed = await scene.run('2026-01-20')
    expect(failed.code).toBe(1)
    expect(tasksOf(failed.output).slice(3)).toEqual([
      'attribution',
      'export',
      'train',
      'shapley',
      'tell',
      'attribution^failure-alert',
    ])
    expect(failed.output).toContain(
      '2026-01-20: +attribution+attribution+for-0=conversi=0=+shapley failed: Command failed with code 2',
    )
    expect(await tablesOf(scene)).toEqual(before)
    scene.fake.faults.clear()
    const again = await scene.run('2026-01-20')
    expect(again.code, again.output).toBe(0)
    expect(tasksOf(again.output).slice(-6, -1)).toEqual([
      'export (skipped)',
      'train (skipped)',
      'shapley',
      'compare',
      'report',
    ])
    const runs = (await remoteTable(scene.fake, 'shapley_channel')).map((row) => row.run_id)
    expect(runs.sort()).toEqual(['2026-01-19', '2026-01-20'])
  })

  it('since its container was killed is tried again, in spite of the lock that it left', async () => {
    const scene = await makeScene(machine, csv)
    scene.fake.faults.add({ path: /job\/status/, call: 1, fault: { kind: 'silent' } })
    const killing = killWhen(scene, () => scene.fake.calls.some(({ path }) => /job\/status/.test(path)))
    const run = await scene.run('2026-01-20')
    expect(await killing).toBe(1)
    expect(run.code, run.output).toBe(0)
    expect(run.output).toContain('Command failed with code 137')
    expect(run.output).toContain('took over an abandoned lock')
    expect(tasksOf(run.output).slice(3)).toEqual([
      'attribution',
      'export',
      'export',
      ...STEPS.slice(2),
      'views',
    ])
    expect(
      [...(await readBucket(machine.gcs, scene.bucket)).keys()].filter((name) => /\.lock$/.test(name)),
    ).toEqual([])
  })

  it('for want of a secret is told by name, before any container starts', async () => {
    const scene = await makeScene(machine, csv, { doctor: true }, { secrets: {} })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(tasksOf(run.output)).toEqual(['params', 'doctor', 'check', 'tell', 'attribution^failure-alert'])
    expect(run.output).toContain("Secret not found for key: 'td.apikey'")
    expect(scene.fake.calls).toEqual([])
  })

  it('for want of the image is told by the name of the image', async () => {
    const scene = await makeScene(machine, csv, { doctor: true, image: 'localhost/no-such-image:1' })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(tasksOf(run.output)).toEqual(['params', 'doctor', 'check', 'tell', 'attribution^failure-alert'])
    expect(run.output).toContain('localhost/no-such-image:1')
    expect(run.output).toContain(
      '+attribution+doctor+for-0=conversi=0=+check failed: Command failed with code 125',
    )
    expect(scene.fake.calls).toEqual([])
  })

  it('for want of td-mta in the image is told so, and goes on where it was once the image is right', async () => {
    const scene = await makeScene(machine, csv, { doctor: true, image: machine.containers.baseImage })
    const run = await scene.run('2026-01-20')
    expect(run.code).toBe(1)
    expect(run.output).toMatch(/td-mta: not found/)
    expect(run.output).toContain(
      '+attribution+doctor+for-0=conversi=0=+check failed: Command failed with code 127',
    )
    expect(run.output).toContain('127 image without td-mta')
    setParams(scene.project, { image: machine.containers.image })
    const again = await scene.run('2026-01-20')
    expect(again.code, again.output).toBe(0)
  })
})

async function tablesOf({ fake }: Scene) {
  const names = (await listTables(fake)).filter((name) => /^(shapley|attribution)/.test(name))
  return await Promise.all(names.map(async (name) => [name, await remoteTable(fake, name)] as const))
}

/** Kills every container of a scene. @returns how many there were. */
async function killWhen({ bucket }: Scene, isTime: () => boolean): Promise<number> {
  const { docker } = machine.containers
  const run = promisify(execFile)
  while (!isTime()) await new Promise((resolve) => setTimeout(resolve, 50))
  const { stdout } = await run(docker, ['ps', '--quiet', '--filter', `label=scene=${bucket}`])
  const ids = stdout.split('\n').filter(Boolean)
  await run(docker, ['kill', ...ids])
  return ids.length
}
