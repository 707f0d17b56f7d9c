import { execFile, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type Containers, setUpContainers } from './containers/set-up.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const found = await setUpContainers()
const skipped = 'missing' in found ? ` (skipped: ${found.missing})` : ''
const containers = found as Containers

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** @returns what a program ended with, whatever its exit code. */
async function outcome(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(program, words, { env: { ...process.env, ...env }, maxBuffer: 1e8 })
    return { code: 0, stdout, stderr }
  } catch (error) {
    return error as Outcome
  }
}

const docker = (...words: readonly string[]) => outcome(containers.docker, words)
const smoke = (image: string, env: NodeJS.ProcessEnv = {}) =>
  outcome(join(repository, 'docker/smoke.sh'), [image], { DOCKER: containers.docker, ...env })

/** An image of the built one with an instruction more; gone when the test ends. */
async function derive(instruction: string): Promise<string> {
  const folder = makeTemporaryDirectory()
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${containers.image}\n${instruction}\n`)
  const image = `localhost/td-mta-derived:${Math.random().toString(36).slice(2)}`
  const { code, stderr } = await docker('build', '--file', join(folder, 'Dockerfile'), '--tag', image, folder)
  expect(code, stderr).toBe(0)
  onTestFinished(async () => void (await docker('rmi', image)))
  return image
}

describe.skipIf('missing' in found)(`the image of docker/Dockerfile${skipped}`, () => {
  it('runs the three steps in three containers, as smoke.sh proves', async () => {
    const { code, stdout, stderr } = await smoke(containers.image)
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(stdout).toContain('entrypoint: none\nuser: 1000\n')
    expect(stdout).toMatch(/^== attribution, \d\d+ rows$/m)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/ works; td-mta \S+ runs on wasm$/)
  })

  it('is smaller than 350 MB with its base', async () => {
    const { stdout } = await docker('image', 'inspect', '--format', '{{.Size}}', containers.image)
    const base = await docker('image', 'inspect', '--format', '{{.Size}}', containers.baseImage)
    expect(Number(stdout)).toBeLessThan(350e6)
    expect(Number(stdout)).toBeGreaterThan(Number(base.stdout))
  })

  it('prints help without a command, and passes the exit code of one', async () => {
    expect((await docker('run', '--rm', containers.image)).stdout).toMatch(/^td-mta <command> \[options\]\n/)
    const refused = await docker('run', '--rm', containers.image, 'td-mta', 'run', '--no-such-option')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
  })

  it('holds no compiler and no tests', async () => {
    const { stdout } = await docker('run', '--rm', containers.image, 'ls', '/opt/td-mta/node_modules')
    const names = stdout.trim().split('\n')
    expect(names).toContain('yargs')
    expect(names).not.toContain('typescript')
    expect(names).not.toContain('vitest')
  })

  it("reads a runner's closed folder as root, which its own user can't", async () => {
    const folder = makeTemporaryDirectory()
    writeFileSync(join(folder, 'runner.sh'), 'exec td-mta --version\n')
    chmodSync(folder, 0o700)
    const mount = ['--rm', '-v', `${folder}:${folder}:rw`, '-w', '/tmp']
    const command = [containers.image, '/bin/sh', join(folder, 'runner.sh')]
    expect(await docker('run', ...mount, '--user=0:0', ...command)).toMatchObject({ code: 0 })
    expect((await docker('run', ...mount, ...command)).code).not.toBe(0)
  })

  it('ends with 143 soon after SIGTERM', async () => {
    const folder = makeTemporaryDirectory()
    const name = `td-mta-stopped-${process.pid}`
    // A demo of this size would take minutes.
    const words = [
      'run',
      '--rm',
      '--name',
      name,
      '--user=0:0',
      '-v',
      `${folder}:/save_dir`,
      '-w',
      '/save_dir',
    ]
    const demo = ['/bin/sh', '-c', 'exec td-mta demo --users 100000 --data-dir /save_dir']
    const child = spawn(containers.docker, [...words, containers.image, ...demo], { stdio: 'pipe' })
    let log = ''
    const started = new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        log += chunk
        if (log.includes('"msg"')) resolve()
      })
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await Promise.race([started, ended])
    expect((await docker('kill', '--signal', 'TERM', name)).code, log).toBe(0)
    expect(await ended, log).toBe(143)
    expect(log).toContain('td-mta: stopped by SIGTERM')
  })
})

describe.skipIf('missing' in found)(`the image of docker/Dockerfile.gpu${skipped}`, () => {
  it('has the package of the GPU, and one TensorFlow.js for all, before its library comes', async () => {
    const image = `localhost/td-mta-gpu-dependencies:${process.pid}`
    const words = ['--file', join(repository, 'docker/Dockerfile.gpu'), '--target', 'dependencies']
    const built = await docker('build', ...words, '--tag', image, ...containers.buildArguments, repository)
    expect(built.code, built.stderr).toBe(0)
    onTestFinished(async () => void (await docker('rmi', image)))
    const find = ['find', 'node_modules', '-type', 'd', '-path', '*@tensorflow/tfjs*', '-name', 'tfjs-*']
    const { stdout } = await docker('run', '--rm', image, ...find, '-prune')
    const names = stdout.trim().split('\n')
    expect(names).toContain('node_modules/@tensorflow/tfjs-node-gpu')
    expect(names.filter((name) => name.endsWith('/tfjs-core'))).toEqual([
      'node_modules/@tensorflow/tfjs-core',
    ])
  })
})

describe.skipIf('missing' in found)(`smoke.sh${skipped}`, () => {
  it('refuses an image with an entrypoint, in which no step would run', async () => {
    const image = await derive('ENTRYPOINT ["node"]')
    expect(await smoke(image)).toMatchObject({
      code: 1,
      stderr: `smoke.sh: ${image} has the entrypoint ["node"]: Digdag's command would not run, and the task would succeed\n`,
    })
  })

  it('refuses an image in which something of the program is missing', async () => {
    const image = await derive('USER 0:0\nRUN rm /opt/td-mta/dist/bilstm/wasm/net.wasm\nUSER 1000:1000')
    const { code, stderr } = await smoke(image)
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^smoke\.sh: td-mta \w+ (found a problem|exited with \d+)$/,
    )
  })

  it('refuses an image that computes on another tier than asked for', async () => {
    const { code, stderr, stdout } = await smoke(containers.image, { TIER: 'gpu' })
    expect(code).toBe(1)
    expect(stderr.trimEnd()).toBe('smoke.sh: td-mta doctor found a problem')
    expect(stdout).toMatch(/backend +fail +--backend \(BACKEND\) is gpu/)
  })
})
