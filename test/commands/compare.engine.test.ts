import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { type CliRun, readTree } from '../cli/td-mta.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const STAMP = ['--run-id', 'run-1', '--session-time', '2026-03-01']
const HAZARD = ['--model', 'hazard']

let csv = ''
let seedCsv = ''

beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-compare-'))
  csv = join(directory, 'touchpoints.csv')
  seedCsv = join(directory, 'seed.csv')
  const truth = join(directory, 'truth.json')
  const simulate = ['simulate', '--users', '600', '--days', '30', '--truth', truth]
  await succeed([...simulate, '--output', csv], directory)
  await succeed([...simulate, '--output', seedCsv, '--variant', 'seed-format'], directory)
  return () => rmSync(directory, { recursive: true, force: true })
})

async function succeed(words: readonly string[], cwd: string): Promise<CliRun> {
  const run = await runInProcess(words, { cwd })
  expect(run.code, run.stderr).toBe(0)
  return run
}

/** The rows of a table as objects; no name or channel here has a comma or quote. */
function readTable(cwd: string, table: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = readFileSync(join(cwd, `mta-data/tables/${table}.csv`), 'utf8')
    .trim()
    .split('\n')
  const names = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, at) => [names[at]!, field])))
}

/** Names of files that differ, since their content is too long to be shown. */
function expectSameFiles(found: string, expected: string): void {
  const [left, right] = [found, expected].map((cwd) => readTree(join(cwd, 'mta-data')))
  const names = [...new Set([...Object.keys(left!), ...Object.keys(right!)])]
  expect(names.length).toBeGreaterThan(5)
  expect(names.filter((name) => left![name] !== right![name])).toEqual([])
}

const methodsIn = (cwd: string) => [...new Set(readTable(cwd, 'attribution').map(({ method }) => method))]

const ALL_METHODS = [
  'shapley_hazard',
  'first_touch',
  'last_touch',
  'last_non_direct',
  'linear',
  'position',
  'w_shaped',
  'time_decay',
  'simplified_shapley',
  'markov_1',
  'markov_2',
  'markov_3',
]

const WHOLE = ['--input', '', ...STAMP, '--lookback-window-days', '4', '--value-column', 'value']

function withInput(words: readonly string[], input = csv): readonly string[] {
  return words.map((word, at) => (words[at - 1] === '--input' ? input : word))
}

describe('td-mta compare', () => {
  it('leaves, after a run without it, the bytes of a run with it, and so again', async () => {
    const [one, two] = [makeTemporaryDirectory(), makeTemporaryDirectory()]
    const ranges = [
      [],
      ['--from', '2026-01-10T12:00:00+09:00', '--to', '2026-01-25', '--time-zone', 'Asia/Tokyo'],
    ]
    for (const range of ranges) {
      const run = ['run', '--no-report', ...withInput(WHOLE), ...HAZARD, ...range]
      await succeed(run, one)
      await succeed([...run, '--no-compare'], two)
      expect(methodsIn(two)).toEqual(['shapley_hazard'])
      for (let time = 0; time < 2; time++) {
        await succeed(['compare', '--input', csv], two)
        expectSameFiles(two, one)
      }
      expect(methodsIn(one)).toEqual(ALL_METHODS)
      rmSync(join(one, 'mta-data'), { recursive: true })
      rmSync(join(two, 'mta-data'), { recursive: true })
    }
  })

  it('credits all conversions and all value by each method, and shares 1 without the baseline', async () => {
    const cwd = makeTemporaryDirectory()
    const run = await succeed(['run', '--no-report', ...withInput(WHOLE), ...HAZARD, '--format', 'json'], cwd)
    const { counts, comparison, markov } = JSON.parse(run.stdout)
    expect(comparison.map(({ method }: { method: string }) => method)).toEqual(ALL_METHODS.slice(1))
    expect([1, 2, 3]).toContain(markov.chosenOrder)
    const rows = readTable(cwd, 'attribution')
    for (const method of ALL_METHODS) {
      const own = rows.filter((row) => row.method === method)
      const sum = (name: string) => own.reduce((total, row) => total + Number(row[name]), 0)
      expect(sum('conversions'), method).toBeCloseTo(counts.conversions, 7)
      // Patterns carry their value as single precision numbers.
      const precision = method === 'shapley_hazard' ? 2 ** -24 * counts.credited.value : 1e-9
      expect(Math.abs(sum('value') - counts.credited.value), method).toBeLessThanOrEqual(precision)
      expect(sum('share'), method).toBeCloseTo(1, 10)
    }
  })

  it('has no baseline where every conversion sits on a touch, nor value where no column has it', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['run', '--no-report', ...withInput(WHOLE.slice(0, -2), seedCsv), ...HAZARD], cwd)
    const rows = readTable(cwd, 'attribution')
    expect(rows.some(({ channel }) => channel === '(baseline)')).toBe(false)
    expect(new Set(rows.map(({ value }) => value))).toEqual(new Set(['']))
  })

  it('comes before shapley too, which then writes the rows of both', async () => {
    const [cwd, whole] = [makeTemporaryDirectory(), makeTemporaryDirectory()]
    await succeed(['run', '--no-report', ...withInput(WHOLE), ...HAZARD], whole)
    await succeed(['export', ...withInput(WHOLE)], cwd)
    await succeed(['compare', '--input', csv], cwd)
    expect(methodsIn(cwd)).toEqual(ALL_METHODS.slice(1))
    await succeed(['train', '--model', 'hazard'], cwd)
    await succeed(['shapley', '--model', 'hazard'], cwd)
    expect(readTable(cwd, 'attribution')).toEqual(readTable(whole, 'attribution'))
  })

  it('reads no touchpoint that came after the export, and says so where an earlier one changed', async () => {
    const cwd = makeTemporaryDirectory()
    const input = join(cwd, 'touches.csv')
    copyFileSync(csv, input)
    await succeed(['export', ...withInput(WHOLE, input)], cwd)
    await succeed(['compare', '--input', input], cwd)
    const before = readTable(cwd, 'attribution')
    const header = readFileSync(csv, 'utf8').split('\n')[0]!.split(',')
    const row = (time: number) => {
      const fields: Record<string, string> = {
        user_id: 'late',
        time: String(time),
        source: 'email',
        conversion: '1',
      }
      return `${header.map((name) => fields[name] ?? '').join(',')}\n`
    }
    const { period } = JSON.parse(readFileSync(join(cwd, 'mta-data/manifest.json'), 'utf8'))
    appendFileSync(input, row(period.lastAtSec + 1))
    const late = await succeed(['compare', '--input', input], cwd)
    expect(late.stderr).not.toContain('changed-touchpoints')
    expect(readTable(cwd, 'attribution')).toEqual(before)
    appendFileSync(input, row(period.lastAtSec))
    const changed = await succeed(['compare', '--input', input], cwd)
    expect(changed.stderr).toContain('1 conversion more than in the export')
  })

  it('counts conversions of the kind that the export counted, on its columns, without being told again', async () => {
    const cwd = makeTemporaryDirectory()
    const input = join(cwd, 'kinds.csv')
    const at = (hour: number) => 1_767_600_000 + 3600 * hour
    const rows = [
      ['ann', at(0), 'email', 0, ''],
      ['ann', at(1), '', 1, 'newsletter'],
      ['ann', at(2), 'search', 0, ''],
      ['ann', at(3), '', 1, 'order'],
      ['bob', at(1), '', 1, 'order'],
      ['cat', at(1), 'social', 0, ''],
    ]
    writeFileSync(input, `who,at,channel,converts,kind\n${rows.map((row) => row.join(',')).join('\n')}\n`)
    const columns = ['--user-column', 'who', '--time-column', 'at', '--action-column', 'channel']
    const kind = [
      '--conversion-column',
      'converts',
      '--conversion-type-column',
      'kind',
      '--conversion-type',
      'order',
    ]
    await succeed(['export', '--input', input, ...STAMP, ...columns, ...kind], cwd)
    const run = await succeed(
      ['compare', '--input', input, '--paths-table', 'paths', '--format', 'json'],
      cwd,
    )
    expect(JSON.parse(run.stdout).conversions).toBe(2)
    expect(
      readTable(cwd, 'paths').map(({ path, conversions, null_paths, conversion_type }) => {
        return [path, Number(conversions), Number(null_paths), conversion_type]
      }),
    ).toEqual([
      ['(baseline)', 1, 0, 'order'],
      ['email > search', 1, 0, 'order'],
      ['social', 0, 1, 'order'],
    ])
  })

  it('writes the commonest paths and the transitions of order 1 where they are asked for', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['export', ...withInput(WHOLE)], cwd)
    const asked = ['--paths-table', 'paths', '--transitions-table', 'transitions']
    const run = await succeed(['compare', '--input', csv, ...asked, '--format', 'json'], cwd)
    const { distinctPaths, conversions } = JSON.parse(run.stdout)
    const paths = readTable(cwd, 'paths')
    expect(paths.length).toBe(Math.min(1000, distinctPaths))
    expect(paths.map(({ rank }) => Number(rank))).toEqual(paths.map((_, at) => at + 1))
    expect(paths.map(({ run_id }) => run_id)).toEqual(paths.map(() => 'run-1'))
    expect(new Set(paths.map(({ path }) => path)).size).toBe(paths.length)
    expect(paths.reduce((sum, path) => sum + Number(path.conversions), 0)).toBeLessThanOrEqual(conversions)
    for (const { path, touches, conversions: led, null_paths, conversion_rate } of paths) {
      if (path === '(baseline)') expect(conversion_rate).toBe('')
      else {
        expect(path!.split(' > ').length).toBe(Number(touches))
        expect(Number(conversion_rate)).toBeCloseTo(Number(led) / (Number(led) + Number(null_paths)), 12)
      }
    }
    const transitions = readTable(cwd, 'transitions')
    const sources = [...new Set(transitions.map(({ from_channel }) => from_channel!))]
    const bySource = new Map(
      sources.map((source) => [source, transitions.filter((row) => row.from_channel === source)]),
    )
    expect([...bySource.keys()]).toEqual([
      '(start)',
      'affiliate',
      'direct',
      'display',
      'email',
      'search',
      'social',
      'video',
    ])
    for (const rows of bySource.values()) {
      expect(rows.reduce((sum, row) => sum + Number(row.probability), 0)).toBeCloseTo(1, 12)
      expect(new Set(rows.map((row) => row.removal_effect)).size).toBe(1)
    }
    const ends = (name: string) =>
      transitions
        .filter((row) => row.to_channel === name)
        .reduce((sum, row) => sum + Number(row.transitions), 0)
    const starts = bySource.get('(start)')!.reduce((sum, row) => sum + Number(row.transitions), 0)
    expect(ends('(conversion)') + ends('(null)')).toBe(starts)
    const effects = readTable(cwd, 'removal_effects')
    expect(effects.map(({ channel }) => channel)).toEqual(sources.slice(1))
    const credited = readTable(cwd, 'attribution').filter((row) => row.method === 'markov_1')
    for (const { channel, removal_effect, conversions, share } of effects) {
      expect(removal_effect).toBe(bySource.get(channel!)?.[0]?.removal_effect)
      expect(credited.find((row) => row.channel === channel)).toMatchObject({ conversions, share })
    }
  })

  it('passes over the channels that it is told are direct, and parts positions and time as it is told', async () => {
    const cwd = makeTemporaryDirectory()
    await succeed(['export', ...withInput(WHOLE)], cwd)
    const credits = async (words: readonly string[]) => {
      await succeed(['compare', '--input', csv, ...words], cwd)
      const rows = readTable(cwd, 'attribution')
      return (method: string) =>
        rows.filter((row) => row.method === method).map(({ method: _, ...rest }) => JSON.stringify(rest))
    }
    const plain = await credits([])
    expect(plain('last_non_direct')).not.toEqual(plain('last_touch'))
    const told = await credits(['--direct-channels', 'none such', '--position-weights', '0/0/100'])
    expect(told('last_non_direct')).toEqual(plain('last_touch'))
    expect(told('position')).toEqual(plain('last_touch'))
    const short = await credits([
      '--half-life-days',
      '0.001',
      '--markov-orders',
      '1',
      '--no-markov-null-paths',
    ])
    expect(short('time_decay')).not.toEqual(plain('time_decay'))
    expect(short('markov_1')).not.toEqual(plain('markov_1'))
    expect(short('markov_2')).toEqual([])
  })
})

describe('td-mta compare and tables that exist', () => {
  const run = ['run', '--no-report', ...HAZARD, '--input', '', '--lookback-window-days', '4']

  it('appends its rows to those of other runs, and replaces its own', async () => {
    const cwd = makeTemporaryDirectory()
    const append = withInput([...run, '--if-exists', 'append'])
    await succeed([...append, '--run-id', 'a'], cwd)
    const first = readTable(cwd, 'attribution')
    await succeed([...append, '--run-id', 'b'], cwd)
    await succeed(['compare', '--input', csv, '--if-exists', 'append'], cwd)
    const rows = readTable(cwd, 'attribution')
    expect(rows.filter(({ run_id }) => run_id === 'a')).toEqual(first)
    expect(rows.filter(({ run_id }) => run_id === 'b').length).toBe(first.length)
    expect(rows.length).toBe(2 * first.length)
  })

  it('leaves a table of another run as it was where it is told to ignore', async () => {
    const cwd = makeTemporaryDirectory()
    const ignore = withInput([...run, '--if-exists', 'ignore'])
    await succeed([...ignore, '--run-id', 'a'], cwd)
    expect(methodsIn(cwd)).toEqual(ALL_METHODS)
    const first = readTable(cwd, 'attribution')
    const second = await succeed([...ignore, '--run-id', 'b'], cwd)
    expect(readTable(cwd, 'attribution')).toEqual(first)
    expect(second.stdout.match(/left table attribution unchanged/g)?.length).toBe(2)
    await succeed(['compare', '--input', csv, '--if-exists', 'ignore'], cwd)
    expect(readTable(cwd, 'attribution')).toEqual(first)
  })

  it('adds to the table that shapley has just made where others are refused, and refuses them before any work', async () => {
    const cwd = makeTemporaryDirectory()
    const refuse = withInput([...run, '--if-exists', 'error'])
    const words = ['compare', '--input', csv, '--if-exists', 'error']
    await succeed([...refuse, '--run-id', 'a'], cwd)
    expect(methodsIn(cwd)).toEqual(ALL_METHODS)
    const first = readTable(cwd, 'attribution')
    await succeed([...words, '--paths-table', 'paths'], cwd)
    expect(readTable(cwd, 'attribution')).toEqual(first)
    const again = await runInProcess([...words, '--paths-table', 'paths'], { cwd })
    expect(again.code).toBe(3)
    expect(again.stderr).toContain(
      'td-mta: table mta.paths exists and --if-exists (IF_EXISTS) is error: ' +
        'drop it, name another one, or use overwrite, append or ignore',
    )
    rmSync(join(cwd, 'mta-data/results'), { recursive: true })
    const alone = await runInProcess(words, { cwd })
    expect(alone.code).toBe(3)
    expect(alone.stderr).toContain(
      'td-mta: table mta.attribution exists and --if-exists (IF_EXISTS) is error',
    )
  })
})

describe('td-mta compare refuses', () => {
  it('position weights that are none, before any work, in a run too', async () => {
    const cwd = makeTemporaryDirectory()
    const message =
      'td-mta: --position-weights (POSITION_WEIGHTS) is "40/40/40": it must be three numbers that add up to 100, ' +
      'for the first touch, those in between and the last, such as 40/20/40'
    for (const command of ['run', 'compare']) {
      const run = await runInProcess([command, '--input', csv, '--position-weights', '40/40/40'], { cwd })
      expect(run.code).toBe(2)
      expect(run.stderr).toContain(message)
    }
    expect(existsSync(join(cwd, 'mta-data/manifest.json'))).toBe(false)
  })

  it('to run without an export, and with other options than its own', async () => {
    const cwd = makeTemporaryDirectory()
    const missing = await runInProcess(['compare', '--input', csv], { cwd })
    expect(missing.code).toBe(3)
    expect(missing.stderr).toMatch(/td-mta: no export in .*: run td-mta export first/)
    await succeed(['export', ...withInput(WHOLE)], cwd)
    const other = await runInProcess(['compare', '--input', csv, '--time-zone', 'Asia/Tokyo'], { cwd })
    expect(other.code).toBe(3)
    expect(other.stderr).toContain(
      'td-mta: the export was made with --time-zone (TIME_ZONE) UTC, this step was given Asia/Tokyo: ' +
        'drop the option here, or export again with it',
    )
  })
})
