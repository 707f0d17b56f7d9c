import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const HEADER = 'user_id,time,source,conversion'
const GOOD = [HEADER, 'a,1767225600,email,0', 'a,1767229200,,1', 'b,1767229300,search,0']

async function exportLines(lines: readonly string[], words: readonly string[] = []) {
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'touches.csv'), `${lines.join('\n')}\n`)
  const run = await runInProcess(['export', '--input', 'touches.csv', '--log-level', 'silent', ...words], {
    cwd,
  })
  return { ...run, stderr: run.stderr.trimEnd(), cwd }
}

describe('touchpoints that can not be used', () => {
  it.each([
    [
      'no such column',
      [HEADER, 'a,1767225600,email,1'],
      ['--user-column', 'cookie'],
      2,
      '--user-column (USER_COLUMN) is "cookie": table mta.mock_data has no such column; it has user_id, time, source, conversion',
    ],
    [
      'no rows',
      [HEADER],
      [],
      3,
      'table mta.mock_data has no rows (in the range): check --table (DATA_TABLE), --from (FROM) and --to (TO)',
    ],
    [
      'no conversion',
      [HEADER, 'a,1767225600,email,0'],
      [],
      3,
      'table mta.mock_data: no row of 1 has conversion = 1: check --conversion-column (CONVERSION_COLUMN) and the time range',
    ],
    [
      'no touch',
      [HEADER, 'a,1767225600,,1'],
      [],
      3,
      'table mta.mock_data: no row of 1 has a channel in source: check --action-column (ACTION_COLUMN)',
    ],
    [
      'milliseconds',
      [HEADER, 'a,1767225600000,email,1'],
      [],
      3,
      'table mta.mock_data has no rows to read: 1 row with an impossible time in time, such as "1767225600000 (+057971-02-25T00:00:00Z)": ' +
        'they are not read; many of them are a sign that the column holds another unit; ' +
        'they look like milliseconds, which --time-unit ms (TIME_UNIT) reads',
    ],
    [
      'times in 1970',
      [HEADER, 'a,1767225,email,1'],
      [],
      3,
      'table mta.mock_data has no rows to read: 1 row with an impossible time in time, such as "1767225 (1970-01-21T10:53:45Z)": ' +
        'they are not read; many of them are a sign that the column holds another unit; ' +
        'check --time-column (TIME_COLUMN) and its unit, or leave the rows out of the table',
    ],
    [
      'text for a time',
      [HEADER, 'a,yesterday,email,1'],
      [],
      3,
      'table mta.mock_data: column time (--time-column, TIME_COLUMN) has 1 rows that are not unix seconds, a timestamp or ISO 8601 text, ' +
        'such as "yesterday": correct them, or name another column',
    ],
    [
      'a conversion of 2',
      [HEADER, 'a,1767225600,email,2', 'a,1767225601,email,1'],
      [],
      3,
      'table mta.mock_data: column conversion (--conversion-column, CONVERSION_COLUMN) has 1 rows that are not 0, 1, true, false or NULL, ' +
        'such as "2": correct them, or name another column; --conversion-counts (CONVERSION_COUNTS) reads numbers of conversions',
    ],
    [
      'text for a value',
      [`${HEADER},value`, 'a,1767225600,email,1,much'],
      ['--value-column', 'value'],
      3,
      'table mta.mock_data: column value (--value-column, VALUE_COLUMN) has 1 rows that are not a number or NULL, ' +
        'such as "much": correct them, or name another column',
    ],
    [
      'nobody',
      [HEADER, ',1767225600,email,1'],
      [],
      3,
      'table mta.mock_data: all 1 rows lack a user or a time: check --user-column (USER_COLUMN) and --time-column (TIME_COLUMN)',
    ],
  ] as const)('end with one sentence: %s', async (_, lines, words, code, message) => {
    const run = await exportLines(lines, words)
    expect({ code: run.code, stderr: run.stderr, stdout: run.stdout }).toEqual({
      code,
      stderr: `td-mta: ${message}`,
      stdout: '',
    })
  })

  it('are good with one channel only', async () => {
    const run = await exportLines([HEADER, 'a,1767225600,email,0', 'a,1767229200,,1'])
    expect(run.code, run.stderr).toBe(0)
  })

  it('steer no terminal by their names, values or file', async () => {
    const steering = '\x1b[2J\u202e\x9b'
    const run = await exportLines([HEADER, `a,1767225600,mail${steering},0`, 'a,1767229200,,1'])
    expect(run.code, run.stderr).toBe(0)
    expect(run.stdout).toContain('mail\\u001b[2J\\u202e\\u009b')
    const broken = await exportLines([HEADER, `a,${steering},email,1`])
    expect(broken.stderr).toContain('\\u001b[2J')
    const missing = await exportLines([HEADER], ['--input', `${steering}.csv`])
    const other = await exportLines([`user${steering}`, 'a'], ['--format', 'json'])
    for (const { stdout, stderr } of [run, broken, missing, other]) {
      expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u)
    }
  })

  it('are counted, skipped and told where user or time is missing', async () => {
    const run = await exportLines([...GOOD, ',1767229300,search,0', 'c,,search,0'])
    expect(run.code, run.stderr).toBe(0)
    expect(run.stdout).toContain('rows-without-user: 1 row without a user in user_id')
    expect(run.stdout).toContain('rows-without-time: 1 row without a time in time')
  })
})

describe('options that can not be', () => {
  it.each([
    [['--lookback-window-days', '0'], '--lookback-window-days (LOOKBACK_WINDOW) is "0"'],
    [['--lookback-window-days', '1.5'], '--lookback-window-days (LOOKBACK_WINDOW) is "1.5"'],
    [['--lookback-window-days', '4000'], '--lookback-window-days (LOOKBACK_WINDOW) is "4000"'],
    [['--time-zone', 'Mars/Olympus'], '--time-zone (TIME_ZONE) is "Mars/Olympus"'],
    [['--from', '--to', '0d'], 'td-mta: Not enough arguments following: from: see td-mta --help'],
    [['--from', '-1d', '--to', '-2d'], '--from (FROM) is not before --to (TO)'],
    [['--lookback', '3'], '--lookback is not an option of export; see td-mta export --help'],
    [['--input', 'nothing.csv'], "--input (INPUT): can't read nothing.csv"],
    [['--warehouse', 'oracle'], '--warehouse (WAREHOUSE) is "oracle"'],
  ])('are told before any work: %s', async (words, message) => {
    const cwd = makeTemporaryDirectory()
    const input = words[0] === '--input' || words[0] === '--warehouse' ? [] : ['--input', 'touches.csv']
    writeFileSync(join(cwd, 'touches.csv'), `${GOOD.join('\n')}\n`)
    const run = await runInProcess(['export', ...input, ...words], { cwd })
    expect(run.code, run.stderr).toBe(2)
    expect(run.stderr).toContain(message)
    expect(run.stdout).toBe('')
  })

  it('are told where the environment set them, by the name of the variable', async () => {
    const cwd = makeTemporaryDirectory()
    const run = await runInProcess(['train'], { cwd, environment: { LOOKBACK_WINDOW: 'five' } })
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('--lookback-window-days (LOOKBACK_WINDOW) is "five"')
  })

  it.runIf(process.platform === 'linux')('include a directory that not even root may write', async () => {
    const cwd = makeTemporaryDirectory()
    writeFileSync(join(cwd, 'touches.csv'), `${GOOD.join('\n')}\n`)
    const words = ['export', '--input', 'touches.csv', '--data-dir', '/sys/td-mta', '--log-level', 'silent']
    const run = await runInProcess(words, { cwd })
    expect(run.code, run.stderr).toBe(2)
    expect(run.stderr).toContain("--data-dir (DATA_DIR): can't write /sys/td-mta")
  })

  it('include a data directory that is a file', async () => {
    const { cwd } = await exportLines(GOOD)
    writeFileSync(join(cwd, 'file'), '')
    const run = await runInProcess(
      ['export', '--input', 'touches.csv', '--data-dir', 'file', '--log-level', 'silent'],
      { cwd },
    )
    expect(run.code, run.stderr).toBe(2)
    expect(run.stderr).toContain('--data-dir (DATA_DIR)')
  })
})

describe('help', () => {
  it('names the commands', async () => {
    const { stdout, code } = await runInProcess(['--help'], { cwd: makeTemporaryDirectory() })
    expect(code).toBe(0)
    await expect(stdout).toMatchFileSnapshot('help.txt')
  })

  it('names every option with its variable and default', async () => {
    const { stdout } = await runInProcess(['run', '--help'], { cwd: makeTemporaryDirectory() })
    await expect(stdout).toMatchFileSnapshot('help-run.txt')
  })

  it('tells the version', async () => {
    const { stdout } = await runInProcess(['--version'], { cwd: makeTemporaryDirectory() })
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
