import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { embeddedTable, type Table } from '../cli/remote-run.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const SMALL = ['--model-width', '4', '--steps-per-epoch', '5', '--train-epochs', '2', '--backend', 'wasm']
const PLAIN = ['--session-time', '2026-03-01', '--lookback-window-days', '4']

/** Touchpoints of the simulator with a kind of conversion: every third of them is a lead, the rest are orders. */
let csv = ''

beforeAll(async () => {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-kinds-'))
  const path = join(directory, 'touchpoints.csv')
  const truth = join(directory, 'truth.json')
  const words = ['simulate', '--users', '600', '--days', '30', '--output', path, '--truth', truth]
  expect(await runInProcess(words, { cwd: directory })).toMatchObject({ code: 0 })
  csv = join(directory, 'kinds.csv')
  writeFileSync(csv, withKinds(readFileSync(path, 'utf8')))
  return () => rmSync(directory, { recursive: true, force: true })
})

function withKinds(text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const at = header.split(',').indexOf('conversion')
  let conversions = 0
  const kinds = lines.map((line) => {
    if (line.split(',')[at] !== '1') return `${line},`
    return `${line},${conversions++ % 3 === 0 ? 'lead' : 'order'}`
  })
  return [`${header},kind`, ...kinds, ''].join('\n')
}

async function succeed(words: readonly string[], cwd: string): Promise<void> {
  const run = await runInProcess(words, { cwd })
  expect(run.code, run.stderr).toBe(0)
}

const tableOf = (cwd: string, name: string): Table => embeddedTable(join(cwd, 'mta-data'), name)
const sum = (rows: Table, column: string) => rows.reduce((total, row) => total + Number(row[column]), 0)

/** A row a conversion: user and time. */
function byConversion(credits: Table): ReadonlyMap<string, Table> {
  const groups = new Map<string, Table[number][]>()
  for (const row of credits) {
    const key = `${row.user_id} ${row.conversion_time}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return groups
}

describe('--credits-table', () => {
  it('shares out each conversion as the BiLSTM of the run does, sampled patterns too, in a step of its own', async () => {
    const cwd = makeTemporaryDirectory()
    const words = ['--value-column', 'value', '--run-id', 'r1']
    await succeed(['export', '--input', csv, ...words, ...PLAIN], cwd)
    await succeed(['train', ...SMALL], cwd)
    const biLstm = ['--model', 'bilstm', '--backend', 'wasm', '--evaluations', '250']
    await succeed(['shapley', '--input', csv, '--credits-table', 'credits', ...biLstm], cwd)
    const credits = tableOf(cwd, 'credits')
    for (const own of byConversion(credits).values()) expect(sum(own, 'incremental_credit')).toBeCloseTo(1, 9)
    const attribution = tableOf(cwd, 'attribution').filter(({ method }) => method === 'shapley_bilstm')
    expect(attribution).toHaveLength(4 * 7 + 1)
    for (const row of attribution) {
      const own = credits.filter(
        ({ channel, days_before_conversion: day }) =>
          channel === row.channel && day === row.days_before_conversion,
      )
      // Sums of some hundred numbers about 1 in size.
      expect(Math.abs(sum(own, 'incremental_credit') - Number(row.conversions))).toBeLessThan(1e-9)
      // TFRecords hold value in single precision, which rounds by 2^-24.
      const size = sum(own, 'value') + 1
      expect(Math.abs(sum(own, 'value') - Number(row.value))).toBeLessThan(size * 2 ** -22)
    }
  })

  it('needs the touchpoints, and says so', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['export', '--input', csv, ...PLAIN], cwd)
    await succeed(['train', '--model', 'hazard'], cwd)
    const run = await runInProcess(['shapley', '--model', 'hazard', '--credits-table', 'credits'], { cwd })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('--warehouse duckdb has no table of touchpoints: give --input (INPUT)')
  })
})

describe('--conversion-type', () => {
  const kinds = ['--conversion-type-column', 'kind', '--if-exists', 'append', ...PLAIN]
  const hazard = ['--model', 'hazard', '--no-report']

  it('runs a kind at a time into the same tables, each with its own conversions', async () => {
    const cwd = makeTemporaryDirectory()
    for (const kind of ['order', 'lead']) {
      await succeed(
        ['run', '--input', csv, '--conversion-type', kind, '--run-id', `run-${kind}`, ...kinds, ...hazard],
        cwd,
      )
    }
    await succeed(
      ['run', '--input', csv, '--run-id', 'all', '--if-exists', 'append', ...PLAIN, ...hazard],
      cwd,
    )
    const rows = tableOf(cwd, 'attribution')
    const conversionsOf = (runId: string, method: string) =>
      sum(
        rows.filter((row) => row.run_id === runId && row.method === method),
        'conversions',
      )
    const written = readFileSync(csv, 'utf8').match(/,(lead|order)\n/g) ?? []
    const expected = { 'run-lead': 0, 'run-order': 0, all: 0 }
    for (const kind of written) {
      expected[kind === ',lead\n' ? 'run-lead' : 'run-order']++
      expected.all++
    }
    expect(expected['run-lead']).toBeGreaterThan(10)
    for (const [runId, conversions] of Object.entries(expected)) {
      for (const method of ['shapley_hazard', 'last_touch', 'markov_1']) {
        expect(conversionsOf(runId, method)).toBeCloseTo(conversions, 6)
      }
    }
    const stamps = new Set(rows.map((row) => `${row.run_id} ${row.conversion_type}`))
    expect(stamps).toEqual(new Set(['run-order order', 'run-lead lead', 'all null']))
  })

  it('refuses a kind that there is none of', async () => {
    const cwd = makeTemporaryDirectory()
    const run = await runInProcess(
      ['run', '--input', csv, '--conversion-type', 'Order', ...kinds, ...hazard],
      { cwd },
    )
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(
      /td-mta: --conversion-type \(CONVERSION_TYPE\) is "Order": table mta\.mock_data has no conversion of that kind \(in the range\); its conversions have kind "order" \(\d+\), "lead" \(\d+\)/,
    )
  })

  it('is known to the later steps from the export, which refuse another one', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['export', '--input', csv, '--conversion-type', 'lead', '--run-id', 'r1', ...kinds], cwd)
    await succeed(['train', '--model', 'hazard'], cwd)
    await succeed(['shapley', '--model', 'hazard', '--input', csv, '--credits-table', 'credits'], cwd)
    expect(new Set(tableOf(cwd, 'credits').map((row) => row.conversion_type))).toEqual(new Set(['lead']))
    const other = await runInProcess(['shapley', '--conversion-type', 'order', ...kinds], { cwd })
    expect(other.code).toBe(3)
    expect(other.stderr).toContain(
      'td-mta: the export was made with --conversion-type (CONVERSION_TYPE) lead, this step was given order: ' +
        'drop the option here, or export again with it',
    )
  })
})

describe('--credit-from', () => {
  it('credits the last days by what all days taught, in every table and document', async () => {
    const cwd = makeTemporaryDirectory()
    const range = ['--from', '-25d', '--to', '-1d', '--credit-from', '-5d', '--time-zone', 'Asia/Tokyo']
    const tables = ['--value-column', 'value', '--credits-table', 'credits', '--paths-table', 'paths']
    const words = [
      'run',
      '--input',
      csv,
      '--session-time',
      '2026-01-30',
      '--lookback-window-days',
      '4',
      '--model',
      'hazard',
    ]
    await succeed([...words, ...range, ...tables, '--run-id', 'night'], cwd)
    const credits = tableOf(cwd, 'credits')
    const [from, to] = ['2026-01-24T15:00:00.000Z', '2026-01-28T15:00:00.000Z']
    const times = credits.map(({ conversion_time }) => String(conversion_time))
    expect(times.every((time) => time >= from && time < to)).toBe(true)
    const conversions = byConversion(credits).size
    expect(conversions).toBeGreaterThan(5)
    const { counts } = JSON.parse(readFileSync(join(cwd, 'mta-data/manifest.json'), 'utf8'))
    expect(counts.credited.conversions).toBe(conversions)
    expect(counts.conversions).toBeGreaterThan(3 * conversions)
    const attributed = tableOf(cwd, 'attribution')
    for (const method of new Set(attributed.map((row) => row.method))) {
      const rows = attributed.filter((row) => row.method === method)
      expect(sum(rows, 'conversions'), String(method)).toBeCloseTo(conversions, 9)
      // Patterns hold their value in single precision.
      expect(Math.abs(sum(rows, 'value') - counts.credited.value), String(method)).toBeLessThanOrEqual(
        2 ** -23 * counts.credited.value,
      )
    }
    expect(sum(tableOf(cwd, 'paths'), 'conversions')).toBe(conversions)
    expect(sum(tableOf(cwd, 'paths'), 'learned_conversions')).toBe(counts.conversions)
    const evidence = tableOf(cwd, 'evidence')
    const measured = (name: string) => evidence.find(({ measure }) => measure === name)?.value
    expect([measured('learned_conversions'), measured('credited_conversions')]).toEqual([
      counts.conversions,
      conversions,
    ])
    for (const row of [...attributed, ...credits, ...evidence, ...tableOf(cwd, 'metrics')]) {
      expect([row.session_date, row.credited_from, row.credited_to]).toEqual([
        '2026-01-30',
        '2026-01-25',
        '2026-01-28',
      ])
    }
    const report = readFileSync(join(cwd, 'mta-data/report.html'), 'utf8')
    expect(report).toContain(`Of ${conversions} conversions from 2026-01-25 to 2026-01-28, `)
    expect(report).toContain('Conversions credited')
  })

  it('refuses a range whose conversions all lie in the window before it', async () => {
    const words = ['export', '--input', csv, '--from', '2026-01-31', '--lookback-window-days', '30']
    const run = await runInProcess([...words, '--session-time', '2026-02-05'], {
      cwd: makeTemporaryDirectory(),
    })
    expect(run.code).toBe(3)
    expect(run.stderr).toMatch(/its \d+ conversions lie before --from \(FROM\), in the lookback window/)
  })

  it('fits models where nobody converted of late, and says that nothing is credited', async () => {
    const cwd = makeTemporaryDirectory()
    const words = [
      'run',
      '--input',
      csv,
      '--session-time',
      '2026-02-05',
      '--model',
      'hazard',
      '--credit-from',
      '2026-02-01',
    ]
    const run = await runInProcess([...words, '--format', 'json'], { cwd })
    expect(run.code, run.stderr).toBe(0)
    const printed = JSON.parse(run.stdout)
    expect(printed.identity).toEqual({ credited: 0, conversions: 0 })
    expect(printed.findings.map(({ code }: { readonly code: string }) => code)).toContain('nothing-to-credit')
    expect(sum(tableOf(cwd, 'attribution'), 'conversions')).toBe(0)
  })
})
