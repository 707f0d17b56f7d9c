import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const QUICK = ['--lookback-window-days', '4', '--signal-draws', '99']
const STAMP = ['--run-id', 'run-1', '--session-time', '2026-03-01']

async function makeTouchpoints(directory: string, variant: string): Promise<string> {
  const words = ['simulate', '--users', '1500', '--days', '30', '--variant', variant, '--seed', '5']
  const run = await runInProcess([...words, '--output', `${variant}.csv`, '--truth', 'truth.json'], {
    cwd: directory,
  })
  expect(run.code, run.stderr).toBe(0)
  return join(directory, `${variant}.csv`)
}

async function run(csv: string, words: readonly string[]) {
  const cwd = makeTemporaryDirectory()
  const model = words.includes('--model') ? [] : ['--model', 'hazard']
  const all = ['run', '--input', csv, '--no-report', '--no-compare', ...STAMP, ...QUICK, ...model, ...words]
  const ended = await runInProcess(all, { cwd })
  const read = (name: string) => readFileSync(join(cwd, 'mta-data', name), 'utf8')
  return { ...ended, cwd, read }
}

const cells = (csv: string) =>
  csv
    .trim()
    .split('\n')
    .map((line) => line.split(','))

const CHANNELS = ['affiliate', 'direct', 'display', 'email', 'search', 'social', 'video']

describe('the evidence of a run', () => {
  let clean = ''
  let noEffect = ''

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'td-mta-evidence-'))
    clean = await makeTouchpoints(directory, 'clean')
    noEffect = await makeTouchpoints(directory, 'no-effect')
    return () => rmSync(directory, { recursive: true, force: true })
  })

  it('finds the signal of touches that cause conversions, and says that it is an association', async () => {
    const { code, stdout, read } = await run(clean, ['--require-signal'])
    expect(code).toBe(0)
    const verdict =
      'touches and conversions go together (p = 0.010); this is association, not proof of effect'
    expect(stdout).toContain(`signal test: ${verdict}`)
    expect(stdout).toMatch(/hazard on held-out users: better than a constant by [\d.]+%/)
    const [header = '', learned = '', credited = '', first = ''] = read('tables/evidence.csv').split('\n')
    expect(header).toBe(
      'measure,value,lower,upper,verdict,conversion_type,run_id,session_time,session_date,credited_from,credited_to',
    )
    const stamp = /run-1,2026-03-01T00:00:00\.000Z,2026-03-01,\d{4}-\d\d-\d\d,\d{4}-\d\d-\d\d$/
    for (const line of [learned, credited, first]) expect(line).toMatch(stamp)
    expect(learned.replace('learned', 'credited')).toBe(credited)
    expect(first.startsWith(`signal_p_value,0.01,,,"${verdict}",`)).toBe(true)
  })

  it('gives every row of the hazard an interval around it', async () => {
    const { read } = await run(clean, [])
    const [header = [], ...rows] = cells(read('tables/attribution.csv'))
    const at = (name: string) => header.indexOf(name)
    expect(rows.length).toBe(4 * 7 + 1)
    for (const row of rows) {
      const [conversions, lower, upper] = ['conversions', 'lower', 'upper'].map((name) =>
        Number(row[at(name)]),
      )
      expect(row[at('lower')]).not.toBe('')
      expect(conversions).toBeGreaterThanOrEqual(lower!)
      expect(conversions).toBeLessThanOrEqual(upper!)
      expect(lower).toBeGreaterThanOrEqual(0)
    }
    const { methods } = JSON.parse(read('results/shapley.json'))
    const intervals = cells(read('tables/evidence.csv')).flatMap(([measure = '', , lower, upper]) => {
      const [method, channel] = measure.split(': ')
      return method === 'channel_conversions_shapley_hazard'
        ? [{ channel, lower: Number(lower), upper: Number(upper) }]
        : []
    })
    expect(intervals).toEqual(methods[0].channels)
    expect(methods[0].channels.map(({ channel }: { channel: string }) => channel)).toEqual(CHANNELS)
  })

  it('writes the tables of data without signal, and says that shares mean nothing', async () => {
    const { code, stdout, stderr, read } = await run(noEffect, [])
    expect(code).toBe(0)
    expect(stdout).toMatch(/signal test: no signal \(p = 0\.\d{3}\): .*, so the shares mean nothing\n/)
    expect(stderr).toContain('found no signal: shares mean nothing')
    expect(cells(read('tables/shapley_channel.csv')).length).toBe(2)
  })

  it('ends with exit code 5 after the tables are written where a signal is required', async () => {
    const { code, stdout, read } = await run(noEffect, ['--require-signal', '--format', 'json'])
    expect(code).toBe(5)
    const { signal, evidence, confounding, known } = JSON.parse(stdout)
    expect(confounding.length).toBe(cells(read('tables/confounding.csv')).length - 1)
    expect(known).toMatchObject({ placebos: [], experiments: [] })
    expect(signal).toMatchObject({ hasSignal: false, draws: 99 })
    expect(evidence.length).toBe(cells(read('tables/evidence.csv')).length - 1 - CHANNELS.length)
    expect(cells(read('tables/attribution.csv')).length).toBeGreaterThan(20)
  })

  it('says nothing of held-out users where there are none', async () => {
    const { read } = await run(clean, ['--validation-fraction', '0'])
    const measures = cells(read('tables/evidence.csv')).map(([measure]) => measure)
    expect(measures.filter((measure) => !measure?.startsWith('channel_conversions_'))).toEqual([
      'measure',
      'learned_conversions',
      'credited_conversions',
      'signal_p_value',
      'signal_statistic',
      'signal_draws',
      'next_experiment',
    ])
    expect(JSON.parse(read('results/shapley.json')).calibration).toEqual([])
  })

  it('gives the rows of BiLSTMs intervals by the fit to the training users, the same each time', async () => {
    const words = ['--nets', '2', '--model', 'bilstm', '--backend', 'wasm', '--model-width', '4']
    const tiny = [...words, '--steps-per-epoch', '3', '--train-epochs', '1']
    const [one, two] = [await run(clean, tiny), await run(clean, tiny)]
    expect(one.code, one.stderr).toBe(0)
    const [header = [], ...rows] = cells(one.read('tables/attribution.csv'))
    const ofBiLstm = rows.filter(([method]) => method === 'shapley_bilstm')
    expect(ofBiLstm.length).toBe(4 * 7 + 1)
    for (const row of ofBiLstm) expect(row[header.indexOf('lower')]).not.toBe('')
    const { nets } = JSON.parse(one.read('model/manifest.json')).bilstm
    const parts = nets.map(({ learnedFrom }: { learnedFrom: string }) => learnedFrom)
    expect(parts).toEqual(['training', 'all', 'all'])
    const said = nets.map(({ probes }: { probes: number[] }) => String(probes))
    expect(new Set(said).size).toBe(3)
    expect(two.read('tables/attribution.csv')).toBe(one.read('tables/attribution.csv'))
  })

  it('fills the tables as the hazard model alone does where a few days taught the BiLSTM nothing', async () => {
    const range = ['--from', '2026-01-12', '--to', '2026-01-16', '--credits-table', 'credits']
    const stacked = ['--model', 'stacked', '--backend', 'wasm', '--model-width', '2', '--train-epochs', '1']
    const { code, stdout, read } = await run(clean, [
      ...stacked,
      ...['--steps-per-epoch', '1', ...range, '--format', 'json'],
    ])
    expect(code).toBe(0)
    const { methods, evidence } = JSON.parse(stdout)
    expect(methods.map(({ method }: { method: string }) => method)).toEqual([
      'shapley_stacked',
      'shapley_bilstm',
      'shapley_hazard',
    ])
    const verdict = 'the hazard model alone: the BiLSTM learned nothing'
    expect(evidence).toContainEqual(expect.objectContaining({ measure: 'stacked_weight', value: 0, verdict }))
    const hazard = await run(clean, range)
    for (const table of ['shapley', 'shapley_channel', 'credits']) {
      const rows = cells(read(`tables/${table}.csv`))
      expect(rows).toEqual(cells(hazard.read(`tables/${table}.csv`)))
      expect(rows.length).toBeGreaterThan(1)
    }
  })

  it('stops at an evidence sample that is not what the manifest says', async () => {
    const { cwd } = await run(clean, [])
    writeFileSync(join(cwd, 'mta-data/evidence/part-00000-of-00001.spans'), '')
    const again = await runInProcess(['shapley', '--model', 'hazard', ...QUICK], { cwd })
    expect(again.code).toBe(3)
    expect(again.stderr).toContain('evidence/part-00000-of-00001.spans: bytes 0, the manifest says')
  })
})
