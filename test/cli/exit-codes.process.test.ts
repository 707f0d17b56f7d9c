import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { runCli, runShell } from './td-mta.ts'

/** One start of the real program per exit code; 130 and 143 are those of job.process.test.ts. What else ends with them is tested in process. */
it('exits with 0 after its work', async () => {
  const run = await runCli(['--version'], { cwd: makeTemporaryDirectory() })
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

it('exits with 1 after a bug, and shows where it is', async () => {
  const breaking = 'performance.now = () => { throw new TypeError("no clock") }'
  const environment = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(breaking)}` }
  const words = ['simulate', '--users', '10', '--days', '2', '--output', 'touches.csv']
  const run = await runCli(words, { cwd: makeTemporaryDirectory(), environment })
  expect(run).toMatchObject({ code: 1, stdout: '' })
  expect(run.stderr).toContain('td-mta: no clock\nTypeError: no clock\n    at ')
})

it('exits with 2 for options that cannot be', async () => {
  const run = await runCli(['train', '--lookback-window-days', '0'], { cwd: makeTemporaryDirectory() })
  expect(run).toMatchObject({ code: 2, stdout: '' })
  expect(run.stderr).toContain('td-mta: --lookback-window-days (LOOKBACK_WINDOW) is "0"')
})

it('exits with 3 for input that cannot be used', async () => {
  const cwd = makeTemporaryDirectory()
  const run = await runCli(['report', '--log-level', 'silent'], { cwd })
  expect(run).toMatchObject({ code: 3, stdout: '' })
  expect(run.stderr).toContain(`td-mta: no export in ${join(cwd, 'mta-data')}: run td-mta export first`)
})

it('exits with the code of what the doctor finds wrong, after its table', async () => {
  const cwd = makeTemporaryDirectory()
  const run = await runCli(['doctor', '--model', 'hazard', '--log-level', 'silent'], { cwd })
  expect(run).toMatchObject({ code: 2, stderr: '' })
  expect(run.stdout).toMatch(/ failed, \d+ skipped\n/)
})

it('exits with 5 where a signal is required and there is none, after its tables', async () => {
  const cwd = makeTemporaryDirectory()
  const words = ['demo', '--users', '600', '--days', '20', '--variant', 'no-effect', '--model', 'hazard']
  const run = await runCli([...words, '--require-signal', '--log-level', 'silent'], { cwd })
  expect(run.code, run.stderr).toBe(5)
  expect(run.stdout).toContain('no signal')
})

it.runIf(process.platform === 'linux')('exits with 4 where standard output is full', () => {
  const run = runShell('"$0" "$1" --version > /dev/full')
  expect(run).toEqual({
    code: 4,
    stderr:
      "td-mta: can't write to standard output: the disk is full; free some space, or write it to another place\n",
  })
})

it.runIf(process.platform === 'linux')(
  'goes on where nobody reads its output or its log can not be written',
  () => {
    const output = join(makeTemporaryDirectory(), 'touches.csv')
    const words = `simulate --users 10 --days 2 --output ${output} --log-level info`
    expect(runShell(`("$0" "$1" ${words}; echo "code $?" >&2) | true`)).toMatchObject({
      stderr: expect.stringMatching(/code 0\n$/),
    })
    expect(runShell(`"$0" "$1" ${words} 2> /dev/full`)).toEqual({ code: 0, stderr: '' })
  },
)
