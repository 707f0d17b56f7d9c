import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { SIMULATION_VARIANTS } from '../../src/simulation/worlds.ts'
import { runInProcess } from '../cli/in-process.ts'
import { type CliRun, readTree } from '../cli/td-mta.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const STAMP = ['--run-id', 'run-1', '--session-time', '2026-03-01']
const SMALL = ['--model-width', '4', '--steps-per-epoch', '5', '--train-epochs', '2', '--backend', 'wasm']
const WINDOW = ['--lookback-window-days', '4']

let csv = ''

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-touchpoints-'))
  csv = join(directory, 'touchpoints.csv')
  const truth = join(directory, 'truth.json')
  const run = await runInProcess(
    ['simulate', '--users', '600', '--days', '30', '--output', csv, '--truth', truth],
    {
      cwd: directory,
    },
  )
  expect(run).toMatchObject({ code: 0 })
  return () => rmSync(directory, { recursive: true, force: true })
})

async function succeed(words: readonly string[], cwd: string): Promise<CliRun> {
  const run = await runInProcess(words, { cwd })
  expect(run.code, run.stderr).toBe(0)
  return run
}

describe('the job', () => {
  it('gives other bytes for another seed', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['run', '--input', csv, ...STAMP, ...WINDOW, ...SMALL], cwd)
    const first = readTree(join(cwd, 'mta-data'))
    await succeed(['run', '--input', csv, ...STAMP, ...WINDOW, ...SMALL, '--seed', '2'], cwd)
    const second = readTree(join(cwd, 'mta-data'))
    expect(second['model/nets/00/weights.bin']).not.toBe(first['model/nets/00/weights.bin'])
  })

  it('reads a table of a DuckDB file and writes its tables there', async () => {
    const cwd = makeTemporaryDirectory()
    const warehouse = ['--warehouse', 'duckdb:mta.duckdb']
    await succeed(['simulate', ...warehouse, '--users', '300', '--days', '30'], cwd)
    await succeed(['run', ...warehouse, ...STAMP, ...WINDOW, '--model', 'hazard'], cwd)
    const rows = await query(
      join(cwd, 'mta.duckdb'),
      'SELECT DISTINCT count(DISTINCT run_id), sum(share)::DECIMAL(9,6)::VARCHAR FROM opened.mta.attribution GROUP BY method',
    )
    expect(rows).toEqual([[1n, '1.000000']])
    const columns = await query(join(cwd, 'mta.duckdb'), 'DESCRIBE opened.mta.shapley')
    expect(columns.map(([name]) => name)).toEqual([
      'days_before_conversion',
      'affiliate',
      'direct',
      'display',
      'email',
      'search',
      'social',
      'video',
      'conversion_type',
      'run_id',
      'session_time',
      'session_date',
      'credited_from',
      'credited_to',
    ])
  })

  it('keeps the rows of other runs where it appends', async () => {
    const cwd = makeTemporaryDirectory()
    const hazard = ['--input', csv, ...WINDOW, '--model', 'hazard', '--if-exists', 'append']
    for (const runId of ['a', 'b', 'a']) await succeed(['run', ...hazard, '--run-id', runId], cwd)
    const lines = readFileSync(join(cwd, 'mta-data/tables/shapley.csv'), 'utf8').trim().split('\n').slice(1)
    expect(lines.map((line) => line.split(',').at(-5))).toEqual([
      ...Array(4).fill('b'),
      ...Array(4).fill('a'),
    ])
  })

  it('reads what a workflow sets in the environment', async () => {
    const cwd = makeTemporaryDirectory()
    const environment = {
      INPUT: csv,
      LOOKBACK_WINDOW: '3',
      MODEL: 'hazard',
      RUN_ID: 'env',
      FORMAT: 'json',
      DB: 'x',
    }
    const run = await runInProcess(['run'], { cwd, environment })
    expect(run.code, run.stderr).toBe(0)
    const result = JSON.parse(run.stdout)
    expect(result).toMatchObject({ runId: 'env', model: 'hazard' })
    expect(Math.abs(result.identity.credited - result.identity.conversions)).toBeLessThan(
      1e-9 * result.identity.conversions,
    )
    expect(readFileSync(join(cwd, 'mta-data/tables/shapley.csv'), 'utf8').trim().split('\n')).toHaveLength(4)
  })

  it('adds up to the same patterns in batches as in one query', async () => {
    const [whole, batched] = [makeTemporaryDirectory(), makeTemporaryDirectory()]
    const words = ['export', '--input', csv, ...STAMP, ...WINDOW, '--format', 'json']
    const one = JSON.parse((await succeed(words, whole)).stdout)
    const many = JSON.parse((await succeed([...words, '--users-per-tfrecord', '100'], batched)).stdout)
    const patterns = ({ positivePatterns, negativePatterns, ...counts }: Record<string, number>) => counts
    expect(patterns(many.counts)).toEqual(patterns(one.counts))
    expect(existsSync(join(batched, 'mta-data/positive_tfrecords/part-00005-of-00006.tfrecord'))).toBe(true)
    const credits = []
    for (const cwd of [whole, batched]) {
      await succeed(['train', '--model', 'hazard'], cwd)
      await succeed(['shapley', '--model', 'hazard'], cwd)
      credits.push(
        readFileSync(join(cwd, 'mta-data/tables/shapley_channel.csv'), 'utf8').split('\n')[1]?.split(','),
      )
    }
    const [left = [], right = []] = credits
    left.slice(0, 7).forEach((share, at) => {
      // The same maximum, reached over rows in another order: the fit stops within 1e-10 of it.
      expect(Number(right[at])).toBeCloseTo(Number(share), 6)
    })
  })

  it('simulates every world, and says what the experiment of one finds', async () => {
    const cwd = makeTemporaryDirectory()
    for (const variant of SIMULATION_VARIANTS) {
      const words = ['simulate', '--variant', variant, '--users', '100', '--output', 'touchpoints.csv']
      const { stdout } = await succeed([...words, '--truth', `${variant}.json`], cwd)
      const truth = JSON.parse(readFileSync(join(cwd, `${variant}.json`), 'utf8'))
      expect(truth).toMatchObject({ variant, meaning: { variant: expect.stringMatching(/\w/) } })
      expect(stdout.includes('never gets video')).toBe(variant === 'holdout')
      expect(truth.experiment !== null).toBe(variant === 'holdout')
    }
  })

  it('refuses a demo of a part of the time, whose truth is that of all of it', async () => {
    const run = await runInProcess(['demo', '--credit-from', '-1d'], { cwd: makeTemporaryDirectory() })
    expect(run).toMatchObject({ code: 2 })
    expect(run.stderr).toContain('--credit-from (CREDIT_FROM): the demo compares all that it simulates')
  })

  it('shows the demo with the truth beside the answer', async () => {
    const cwd = makeTemporaryDirectory()
    const run = await succeed(['demo', '--users', '2000', '--model', 'hazard', '--format', 'json'], cwd)
    const { errors, truth, identity } = JSON.parse(run.stdout)
    expect(errors.map(({ method }: { method: string }) => method)).toEqual(['hazard', 'last touch', 'Markov'])
    expect(errors[0].incremental).toBeLessThan(errors[1].incremental)
    const caused = truth.byChannel.reduce(
      (sum: number, one: { conversions: number }) => sum + one.conversions,
      0,
    )
    expect(caused + truth.baseline.conversions).toBeCloseTo(identity.conversions, 6)
  })
})

describe('a later step', () => {
  async function exported(): Promise<string> {
    const cwd = makeTemporaryDirectory()
    await succeed(['export', '--input', csv, ...STAMP, ...WINDOW], cwd)
    return cwd
  }

  it('refuses options that the export was not made with', async () => {
    const cwd = await exported()
    const run = await runInProcess(['train', '--lookback-window-days', '9', '--model', 'hazard'], { cwd })
    expect(run.code).toBe(3)
    expect(run.stderr).toContain(
      'td-mta: the export was made with --lookback-window-days (LOOKBACK_WINDOW) 4, this step was given 9: ' +
        'drop the option here, or export again with it',
    )
  })

  it('refuses TFRecords that were changed or cut', async () => {
    const cwd = await exported()
    const shard = join(cwd, 'mta-data/negative_tfrecords/part-00000-of-00001.tfrecord')
    const bytes = readFileSync(shard)
    const flipped = Buffer.from(bytes)
    flipped[40]! ^= 1
    for (const [content, words] of [
      [flipped, /negative_tfrecords\/part-00000-of-00001\.tfrecord record 1: data crc 0x\w+, expected 0x\w+/],
      [bytes.subarray(0, bytes.length - 5), /negative_tfrecords\/part-00000-of-00001\.tfrecord/],
    ] as const) {
      writeFileSync(shard, content)
      const run = await runInProcess(['train', '--model', 'hazard'], { cwd })
      expect(run.code, run.stderr).toBe(3)
      expect(run.stderr).toMatch(words)
    }
  })

  it('refuses a model of another export, and one that is not there', async () => {
    const cwd = await exported()
    const missing = await runInProcess(['shapley', '--model', 'hazard'], { cwd })
    expect(missing.code).toBe(3)
    expect(missing.stderr).toMatch(/td-mta: no model in .*: run td-mta train first/)
    await succeed(['train', '--model', 'hazard'], cwd)
    await succeed(['export', '--input', csv, '--run-id', 'run-2', ...WINDOW], cwd)
    const other = await runInProcess(['shapley', '--model', 'hazard'], { cwd })
    expect(other.code).toBe(3)
    expect(other.stderr).toContain(
      "td-mta: the model was trained on another export (its run run-1, the export's run run-2): train again",
    )
  })

  it('refuses a model file that was changed', async () => {
    const cwd = await exported()
    await succeed(['train', ...SMALL], cwd)
    const weights = join(cwd, 'mta-data/model/nets/01/weights.bin')
    const bytes = readFileSync(weights)
    bytes[10]! ^= 1
    writeFileSync(weights, bytes)
    const run = await runInProcess(['shapley', '--backend', 'wasm'], { cwd })
    expect(run.code, run.stderr).toBe(3)
    expect(run.stderr).toContain('model/nets/01/weights.bin')
    expect(existsSync(join(cwd, 'mta-data/tables/attribution.csv'))).toBe(false)
  })

  it('runs where only the data directory was carried to', async () => {
    const cwd = await exported()
    const elsewhere = makeTemporaryDirectory()
    mkdirSync(join(elsewhere, 'there/negative_tfrecords'), { recursive: true })
    mkdirSync(join(elsewhere, 'there/positive_tfrecords'), { recursive: true })
    mkdirSync(join(elsewhere, 'there/evidence'))
    for (const name of [
      'evidence/part-00000-of-00001.spans',
      'manifest.json',
      'negative_tfrecords/part-00000-of-00001.tfrecord',
      'positive_tfrecords/part-00000-of-00001.tfrecord',
    ]) {
      copyFileSync(join(cwd, 'mta-data', name), join(elsewhere, 'there', name))
    }
    await succeed(['train', '--model', 'hazard', '--data-dir', 'there'], elsewhere)
    await succeed(['shapley', '--model', 'hazard', '--data-dir', 'there'], elsewhere)
  })
})

async function query(file: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(`ATTACH '${file}' AS opened`)
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
