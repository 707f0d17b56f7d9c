import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type CliRun, readTree, runCli } from './td-mta.ts'

const STAMP = ['--run-id', 'run-1', '--session-time', '2026-03-01']
const SMALL = ['--model-width', '4', '--steps-per-epoch', '5', '--train-epochs', '2', '--backend', 'wasm']
const WINDOW = ['--lookback-window-days', '4']

let csv = ''

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-touchpoints-'))
  csv = join(directory, 'touchpoints.csv')
  const truth = join(directory, 'truth.json')
  const run = await runCli(
    ['simulate', '--users', '600', '--days', '30', '--output', csv, '--truth', truth],
    {
      cwd: directory,
    },
  )
  expect(run).toMatchObject({ code: 0 })
  return () => rmSync(directory, { recursive: true, force: true })
})

async function succeed(words: readonly string[], cwd: string): Promise<CliRun> {
  const run = await runCli(words, { cwd })
  expect(run.code, run.stderr).toBe(0)
  return run
}

async function threeSteps(cwd: string, extra: readonly string[]): Promise<void> {
  await succeed(['export', '--input', csv, ...STAMP, ...WINDOW, ...extra], cwd)
  await succeed(['train', ...SMALL, ...extra], cwd)
  await succeed(['shapley', '--backend', 'wasm', ...extra], cwd)
}

describe('the steps', () => {
  it('leaves the same bytes as one process and as five', async () => {
    const [one, five] = [makeTemporaryDirectory(), makeTemporaryDirectory()]
    await succeed(['run', '--input', csv, ...STAMP, ...WINDOW, ...SMALL], one)
    await threeSteps(five, [])
    await succeed(['compare', '--input', csv], five)
    await succeed(['report'], five)
    const files = readTree(join(one, 'mta-data'))
    expect(Object.keys(files)).toEqual([
      'evidence/part-00000-of-00001.spans',
      'manifest.json',
      'model/manifest.json',
      'model/nets/00/model.json',
      'model/nets/00/weights.bin',
      'model/nets/01/model.json',
      'model/nets/01/weights.bin',
      'negative_tfrecords/part-00000-of-00001.tfrecord',
      'positive_tfrecords/part-00000-of-00001.tfrecord',
      'report.html',
      'results/comparison.json',
      'results/shapley.json',
      'tables.duckdb',
      'tables/attribution.csv',
      'tables/confounding.csv',
      'tables/evidence.csv',
      'tables/metrics.csv',
      'tables/shapley.csv',
      'tables/shapley_channel.csv',
    ])
    expect(readTree(join(five, 'mta-data'))).toEqual(files)
  })
})

describe('a process that is killed', () => {
  const words = () => ['run', '--input', csv, ...STAMP, ...WINDOW, ...SMALL]
  let whole: Readonly<Record<string, string>> = {}

  beforeAll(async () => {
    const clean = mkdtempSync(join(tmpdir(), 'td-mta-clean-'))
    await succeed(words(), clean)
    whole = readTree(join(clean, 'mta-data'))
    rmSync(clean, { recursive: true })
  })

  it.each(['surveyed touchpoints', 'fitted the hazard model', 'table written'])(
    'without warning at "%s" leaves what a rerun makes whole',
    async (at) => {
      const cwd = makeTemporaryDirectory()
      expect((await runCli(words(), { cwd, kill: { signal: 'SIGKILL', at } })).code).toBeNull()
      await succeed(words(), cwd)
      expect(readTree(join(cwd, 'mta-data'))).toEqual(whole)
    },
  )

  it.each([
    ['SIGTERM', 143, 'surveyed touchpoints'],
    ['SIGINT', 130, 'fitted the hazard model'],
  ] as const)('by %s ends with %i at "%s", writes no table, and runs again', async (signal, code, at) => {
    const cwd = makeTemporaryDirectory()
    const long = [
      '--model-width',
      '64',
      '--steps-per-epoch',
      '1000',
      '--train-epochs',
      '50',
      '--backend',
      'wasm',
    ]
    const run = await runCli(['run', '--input', csv, ...STAMP, ...WINDOW, ...long], {
      cwd,
      kill: { signal, at },
    })
    expect(run.code, run.stderr).toBe(code)
    expect(run.stderr).toContain(`td-mta: stopped by ${signal}`)
    expect(existsSync(join(cwd, 'mta-data/tables'))).toBe(false)
    await succeed(['run', '--input', csv, ...STAMP, ...WINDOW, '--model', 'hazard'], cwd)
  })

  it('is not run twice at once in one data directory', async () => {
    const cwd = makeTemporaryDirectory()
    const long = [
      '--model-width',
      '32',
      '--steps-per-epoch',
      '500',
      '--train-epochs',
      '9',
      '--backend',
      'wasm',
    ]
    await succeed(['export', '--input', csv, ...STAMP, ...WINDOW], cwd)
    let resolve: (run: Promise<CliRun>) => void = () => {}
    const promise = new Promise<CliRun>((settle) => {
      resolve = settle
    })
    const first = runCli(['train', ...long], { cwd, kill: { signal: 'SIGTERM', at: promise } })
    while (!existsSync(join(cwd, 'mta-data/train.lock'))) await new Promise((done) => setTimeout(done, 20))
    resolve(runCli(['train', ...long], { cwd }))
    const second = await promise
    expect(second.code).toBe(3)
    expect(second.stderr).toMatch(
      /td-mta: run run-1 is at its train step in this storage: .* holds .*train\.lock/,
    )
    await first
  })
})
