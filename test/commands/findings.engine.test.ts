import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Finding } from '../../src/findings/finding.ts'
import { runInProcess } from '../cli/in-process.ts'

const HEADER = 'user_id,time,source,conversion,value'
const WORDS = ['--value-column', 'value', '--log-level', 'silent', '--format', 'json']
const SESSION = ['--session-time', '2026-03-01']

interface Printed {
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Record<string, number>>
  readonly channels: readonly string[]
}

const directories: string[] = []

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

async function runFiles(
  command: string,
  files: readonly (readonly string[])[],
  words: readonly string[],
  header = HEADER,
) {
  const cwd = mkdtempSync(join(tmpdir(), 'td-mta-findings-'))
  directories.push(cwd)
  files.forEach((lines, at) => {
    writeFileSync(join(cwd, `touches-${at}.csv`), `${[header, ...lines].join('\n')}\n`)
  })
  return { ...(await runInProcess([command, '--input', 'touches-*.csv', ...words], { cwd })), cwd }
}

/** @returns what `export` prints about the lines. */
async function exportLines(
  lines: readonly string[],
  words: readonly string[] = [],
  header = HEADER,
): Promise<Printed> {
  const run = await runFiles('export', [lines], [...WORDS, ...SESSION, ...words], header)
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout)
}

const at = (day: number, second = 0) => 1_767_225_600 + day * 86_400 + second

/** 60 users on 20 days, each with a touch on two days and every third with a conversion. */
const plain = Array.from({ length: 60 }, (_, user) => [
  `u${user},${at(user % 19, user * 61)},${user % 2 ? 'email' : 'search'},0,`,
  `u${user},${at((user % 19) + 1, user * 67)},social,0,`,
  ...(user % 3 === 0 ? [`u${user},${at((user % 19) + 1, user * 67 + 600)},,1,10`] : []),
]).flat()

const codesOf = ({ findings }: Printed) => findings.map(({ code }) => code)

describe('rows that are as they should be', () => {
  it('give no finding', async () => {
    const printed = await exportLines(plain)
    expect(printed.findings).toEqual([])
    expect(printed.counts).toMatchObject({ rows: 140, conversions: 20, credited: { value: 200 } })
  })
})

describe('what is wrong with rows is found, and does not change what they say', () => {
  const many = Array.from({ length: 5 }, () => plain).flatMap((lines, copy) =>
    lines.map((line) => `c${copy}${line}`),
  )
  let expected: Printed['counts'] = {}

  beforeAll(async () => {
    expected = (await exportLines(many)).counts
  })

  it.each([
    ['a row of 2099', [`x,${Date.UTC(2099, 0) / 1000},email,0,`], 'impossible-times', '2099-01-01T00:00:00Z'],
    ['a row of 1970', ['x,1767225,email,0,'], 'impossible-times', '1970-01-21T10:53:45Z'],
    ['a row in milliseconds', ['x,1767225600000,email,0,'], 'impossible-times', '1767225600000'],
    [
      'a row after the session',
      [`x,${Date.UTC(2026, 2, 2, 0, 0, 1) / 1000},email,0,`],
      'rows-after-session',
      '2026-03-02T00:00:01Z',
    ],
    [
      'three rows of 2001',
      Array.from({ length: 3 }, (_, n) => `x,${1_000_000_000 + n},email,1,5`),
      'stray-rows',
      '2001-09-09T01:46:40Z',
    ],
    ['the same rows again', many.slice(0, 7), 'duplicate-rows', 'user c0u'],
    ['rows of nobody', [`,${at(3)},email,1,5`, `   ,${at(4)},email,1,5`], 'rows-without-user', undefined],
    ['rows of NULL', [`NULL,${at(3)},email,1,5`, ` nan ,${at(4)},email,1,5`], 'null-text-users', ' nan '],
    ['rows without a time', ['x,,email,1,5'], 'rows-without-time', undefined],
  ])('%s', async (_, lines, code, example) => {
    const { findings, counts } = await exportLines([...many, ...lines])
    expect(findings).toMatchObject([{ code, severity: 'warning', count: lines.length }])
    if (example !== undefined) expect(findings[0]?.example).toContain(example)
    const { rows, rowsWithoutUser, rowsWithoutTime, duplicateRows, ...read } = counts
    expect({ ...expected, ...read }).toEqual(expected)
  })
})

describe('times that can not be', () => {
  const third = plain.map((line, row) => (row % 3 === 0 ? line.replace(/,(\d{10}),/, ',$1000,') : line))

  it('are an error where they are many, even out of the range', async () => {
    const range = ['--from', '2026-01-01', '--to', '2026-02-01']
    const run = await runFiles('export', [third], [...WORDS, ...SESSION, ...range])
    expect(run.code).toBe(3)
    expect(run.stderr).toContain('impossible-times: 47 rows with an impossible time in time, such as "17688')
    expect(run.stderr).toContain('they look like milliseconds')
    const allowed = await exportLines(third, [...range, '--allow-findings', 'impossible-times'])
    expect(allowed.findings[0]).toMatchObject({ code: 'impossible-times', severity: 'error', count: 47 })
  })

  it.each(['0', '-5', '1767225', '20260105', '20260105080000', '253402214400', '1767225600000'])(
    'are named where all are: %s',
    async (time) => {
      const run = await runFiles(
        'export',
        [[`ann,${time},email,0,`, `ann,${time},,1,`]],
        [...WORDS, ...SESSION],
      )
      expect(run.code).toBe(3)
      expect(run.stderr).toContain('table mta.mock_data has no rows to read: 2 rows with an impossible time')
    },
  )

  it('leaves other rows than those between two years of the user', async () => {
    const early = ['x,1000000000,email,0,', 'x,1000000060,email,1,5']
    const from = ['--from', '2001-01-01', '--to', '2026-03-01']
    const many = Array.from({ length: 5 }, (_, copy) => plain.map((line) => `c${copy}${line}`)).flat()
    expect((await exportLines([...many, ...early], from)).counts.rows).toBe(702)
  })
})

it('rows that are not read are named where the others have no conversion', async () => {
  const run = await runFiles('export', [plain], [...WORDS, '--session-time', '2026-01-01'])
  expect(run.code).toBe(3)
  expect(run.stderr).toContain(
    'has conversion = 1: check --conversion-column (CONVERSION_COLUMN) and the time range; ',
  )
  expect(run.stderr).toMatch(/; \d+ rows later than a day after the session's time, 2026-01-01T00:00:00Z/)
})

it('time at risk ends with the session, though rows of the next day are read', async () => {
  // Days 0 to 10 of a, whose touch of day 11 is in the day of grace, and days 1 to 10 of b, who enters with a conversion.
  const lines = [`a,${at(0)},email,0,`, `a,${at(11, 21_600)},email,0,`, `b,${at(0, 60)},,1,5`]
  const run = await runFiles('export', [lines], [...WORDS, '--session-time', '2026-01-11T12:00:00Z'])
  const { counts, findings } = JSON.parse(run.stdout) as Printed
  expect(counts).toMatchObject({ touches: 2, negativeExamples: 11 + 10 })
  expect(findings).toEqual([])
  const later = await exportLines(lines)
  expect(later.counts).toMatchObject({ touches: 2, negativeExamples: 12 + 11 })
})

describe('conversions that occur again', () => {
  const header = `${HEADER},order`
  const impressions = Array.from({ length: 60 }, (_, order) =>
    Array.from({ length: 1 + (order % 4) }, (_, row) => {
      return `u${order},${at(order % 20, order * 100 + row * 3600)},${row % 2 ? 'ad' : 'search'},1,20,o${order}`
    }),
  ).flat()

  it('count once an id, on its last row', async () => {
    const ids = ['--conversion-id-column', 'order']
    const printed = await exportLines([...impressions, `v,${at(3)},ad,0,,`], ids, header)
    expect(printed.counts).toMatchObject({ conversions: 60, credited: { value: 1200 } })
    expect(codesOf(printed)).toEqual(['conversions-on-touches', 'repeated-conversion-ids'])
    expect(printed.findings[1]?.count).toBe(90)
  })

  it('are several in one second where their ids differ', async () => {
    const orders = Array.from({ length: 300 }, (_, order) => {
      return `u${order % 20},2026-01-${String(2 + (order % 5)).padStart(2, '0')},,1,10,o${order}`
    })
    const touches = Array.from({ length: 20 }, (_, user) => `u${user},2026-01-01,email,0,,`)
    const lines = [...touches, ...orders]
    const without = await exportLines(
      lines.map((line) => line.replace(/,o\d+$/, ',')),
      [],
      header,
    )
    expect(without.counts.conversions).toBe(20)
    expect(codesOf(without)).toEqual(['date-only-times', 'duplicate-rows'])
    const withIds = await exportLines(lines, ['--conversion-id-column', 'order'], header)
    expect(withIds.counts).toMatchObject({
      conversions: 300,
      credited: { value: 3000 },
      mergedConversionRows: 0,
    })
    expect(codesOf(withIds)).toEqual(['date-only-times'])
  })

  it('of one second and several ids are credited one by one, by every method and in the table of credits', async () => {
    const lines = Array.from({ length: 20 }, (_, user) => [
      `u${user},2026-01-01,email,0,,`,
      `u${user},2026-01-03,${user % 2 ? 'search' : 'social'},0,,`,
      ...Array.from(
        { length: 12 },
        (_, order) => `u${user},2026-01-0${3 + (order % 2)},,1,10,o${user}-${order}`,
      ),
    ]).flat()
    const words = ['--conversion-id-column', 'order', '--credits-table', 'credits', '--model', 'hazard']
    const { code, stdout, stderr, cwd } = await runFiles(
      'run',
      [lines],
      [...WORDS, ...SESSION, ...words],
      header,
    )
    expect(code, stderr).toBe(0)
    const { identity, comparison } = JSON.parse(stdout)
    expect(identity.credited).toBeCloseTo(240, 9)
    type Method = { readonly channels: readonly { conversions: number }[]; readonly baseline: number }
    for (const { channels, baseline } of comparison as readonly Method[]) {
      expect(channels.reduce((sum, { conversions }) => sum + conversions, baseline)).toBeCloseTo(240, 9)
    }
    const [names = '', ...rows] = readFileSync(join(cwd, 'mta-data/tables/credits.csv'), 'utf8')
      .trim()
      .split('\n')
    const at = (name: string) => names.split(',').indexOf(name)
    const sum = (name: string) => rows.reduce((total, row) => total + Number(row.split(',')[at(name)]), 0)
    expect([sum('incremental_credit'), sum('value')]).toEqual([
      expect.closeTo(240, 9),
      expect.closeTo(2400, 6),
    ])
  })

  it('are said to be merged where they have no id', async () => {
    const lines = [...plain, `u0,${at(1, 600)},,1,7`, `u0,${at(1, 600)},,1,8`]
    const { findings, counts } = await exportLines(lines)
    expect(findings).toMatchObject([{ code: 'merged-conversions', count: 2 }])
    expect(counts).toMatchObject({ conversions: 20, credited: { value: 215 } })
  })

  it('of several users end the step, unless that is allowed', async () => {
    const lines = [...impressions, `w,${at(3)},,1,5,o1`]
    const ids = ['--conversion-id-column', 'order']
    const run = await runFiles('export', [lines], [...WORDS, ...SESSION, ...ids], header)
    expect(run.code).toBe(3)
    expect(run.stderr).toContain(
      'ids-of-several-users: 1 conversion whose id in order several users have, such as "o1"',
    )
    const allowed = await exportLines(lines, [...ids, '--allow-findings', 'ids-of-several-users'], header)
    expect(allowed.counts.conversions).toBe(61)
  })
})

describe('texts that stand for NULL', () => {
  it('are no channel: conversions with one have no touch', async () => {
    const lines = plain.map((line) => line.replace(',,1,', ',NULL,1,'))
    const { findings, channels, counts } = await exportLines(lines)
    expect(findings).toMatchObject([{ code: 'null-text-channels', count: 20, example: 'NULL' }])
    expect(channels).toEqual(['email', 'search', 'social'])
    expect(counts).toMatchObject({ conversions: 20, credited: { value: 200 } })
  })

  it('are no channel either where channels are folded', async () => {
    const lines = plain.map((line) => line.replace(',,1,', ',None,1,'))
    const words = ['--max-channels', '1']
    const { counts } = await exportLines(lines, words)
    const { counts: expected } = await exportLines(plain, words)
    expect(counts).toEqual(expected)
  })

  it('are channels where the user says so', async () => {
    const lines = plain.map((line) => line.replace(',email,', ',None,'))
    const { channels } = await exportLines(lines, ['--null-texts', 'NULL'])
    expect(channels).toEqual(['None', 'search', 'social'])
  })
})

it('a user with more rows than a person makes is found', async () => {
  const bot = Array.from({ length: 450 }, (_, row) => `bot,${at(row % 20, row * 7)},email,0,`)
  const people = Array.from({ length: 1200 }, (_, user) => `p${user},${at(user % 20, user)},email,0,`)
  const { findings } = await exportLines([...plain, ...people, ...bot])
  expect(findings).toMatchObject([{ code: 'heavy-users', count: 1, example: 'bot' }])
})

it('a gap with many rows on both sides is found', async () => {
  const later = plain.map((line) => line.replace(/,(\d{10}),/, (_, sec) => `,${Number(sec) - 60 * 86_400},`))
  const { findings } = await exportLines([...plain, ...later])
  expect(findings).toMatchObject([{ code: 'days-without-rows', count: 40 }])
})

describe('a finding', () => {
  const lines = [...plain, 'x,,email,1,5']

  it('is in the text, in the log, in the manifest and in the report', async () => {
    const words = ['--model', 'hazard', '--log-level', 'warn', ...SESSION]
    const { code, stdout, stderr, cwd } = await runFiles('run', [lines], words)
    expect(code, stderr).toBe(0)
    const what = '1 row without a time in time'
    expect(stdout).toContain(`found in the data:\n  rows-without-time: ${what}`)
    expect(stdout.split(what)).toHaveLength(2)
    expect(stderr.split(what)).toHaveLength(2)
    const manifest = JSON.parse(readFileSync(join(cwd, 'mta-data/manifest.json'), 'utf8'))
    expect(manifest.findings).toMatchObject([{ code: 'rows-without-time', count: 1 }])
    expect(readFileSync(join(cwd, 'mta-data/report.html'), 'utf8')).toContain(what)
  })

  it('is a line of the doctor', async () => {
    const run = await runFiles('doctor', [lines], [...WORDS, '--model', 'hazard'])
    const { checks } = JSON.parse(run.stdout)
    const row = {
      check: 'rows-without-time',
      result: 'found',
      found: expect.stringContaining('1 row without a time in time'),
    }
    expect(checks).toContainEqual(row)
  })
})

describe('credits', () => {
  let lines: readonly string[] = []
  let expected: readonly number[] = []

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'td-mta-findings-'))
    const csv = join(directory, 'touchpoints.csv')
    const words = [
      '--users',
      '500',
      '--days',
      '20',
      '--output',
      csv,
      '--truth',
      join(directory, 'truth.json'),
    ]
    const run = await runInProcess(['simulate', ...words], { cwd: directory })
    expect(run.code, run.stderr).toBe(0)
    const [simulated, ...rows] = readFileSync(csv, 'utf8').trim().split('\n')
    expect(simulated).toBe('time,user_id,source,conversion,value')
    // The user first, as in the header of these tests.
    lines = rows.map((row) => row.replace(/^([^,]*),([^,]*),/, '$2,$1,'))
    expected = await creditsOf([lines])
    return () => rmSync(directory, { recursive: true, force: true })
  })

  /** Conversions that each method credits to each channel and the baseline. */
  async function creditsOf(files: readonly (readonly string[])[]): Promise<readonly number[]> {
    const words = [...WORDS, ...SESSION, '--model', 'hazard', '--no-report', '--signal-draws', '99']
    const run = await runFiles('run', files, words)
    expect(run.code, run.stderr).toBe(0)
    const { methods, comparison } = JSON.parse(run.stdout)
    const byName = (left: { channel: string }, right: { channel: string }) =>
      left.channel < right.channel ? -1 : 1
    type Method = {
      readonly channels: readonly { channel: string; conversions: number }[]
      readonly baseline?: number
    }
    return [...methods, ...comparison].flatMap(({ channels, baseline = 0 }: Method) => [
      ...[...channels].sort(byName).map(({ conversions }) => conversions),
      baseline,
    ])
  }

  it.each<[string, () => readonly (readonly string[])[]]>([
    ['duplicated', () => [[...lines, ...lines.filter((_, row) => row % 3 === 0)]]],
    ['in another order', () => [[...lines].reverse()]],
    ['split over files', () => [lines.slice(0, 700), lines.slice(700)]],
    [
      'joined by strays',
      () => [[...lines, 'x,915148800,social,0,0', `y,${4e9},email,1,9`, 'z,1767225600000,email,1,9']],
    ],
    ['joined by texts for NULL', () => [[...lines, `null,${at(2)},email,1,9`, `(null),${at(3)},search,0,0`]]],
  ])('do not change when rows are %s', async (_, files) => {
    const found = await creditsOf(files())
    expect(found).toHaveLength(expected.length)
    found.forEach((credit, place) => {
      expect(Math.abs(credit - expected[place]!)).toBeLessThanOrEqual(1e-9)
    })
  })
})
