import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from '../../set-up/lock.ts'
import { baseDigest, makeBaseImage } from './base-image.ts'
import { type Engine, findEngine } from './engine.ts'

const run = promisify(execFile)

/** Containers that are ready to run. */
export interface Containers extends Engine {
  /** The CPU image, built from docker/Dockerfile as the checkout is now. */
  readonly image: string
  /** The image beneath it. */
  readonly baseImage: string
  /** Words for a build of another Dockerfile of ours: where this machine has its packages from. */
  readonly buildArguments: readonly string[]
  /** How long this set-up took to build the image; 0 where it was there already. */
  readonly buildSeconds: number
}

const repository = resolve(import.meta.dirname, '../../..')
const home = join(repository, '.cache/containers')

/** All that .dockerignore lets through. */
const ingredients = [
  'docker',
  'src',
  'vendor',
  'scripts',
  'package.json',
  'package-lock.json',
  '.npmrc',
  '.dockerignore',
  'tsconfig.json',
  'tsconfig.build.json',
  'LICENSE',
]

/**
 * Finds or installs an engine and builds docker/Dockerfile with it. The first time takes a minute or two and some 700 MB
 * under `.cache/containers`; with unchanged sources later ones take less than a second. Two at a time wait for each other.
 * @returns why it can't be done here, for a test that is skipped aloud; throws where it could but failed.
 */
export async function setUpContainers(): Promise<Containers | { readonly missing: string }> {
  const engine = await findEngine(home)
  if ('missing' in engine) return engine
  await mkdir(home, { recursive: true })
  return await withLock(join(home, 'lock'), async () => {
    const baseImage = await startBase(engine).catch((error: unknown) => error)
    if (typeof baseImage !== 'string') return { missing: `containers do not run here: ${String(baseImage)}` }
    const image = `localhost/td-mta:${sourceDigest(baseImage)}`
    const ready = { ...engine, image, baseImage, buildArguments: await mirrorsOf(engine) }
    if (await hasImage(engine, image)) return { ...ready, buildSeconds: 0 }
    const startedMs = performance.now()
    const words = ['build', '--file', 'docker/Dockerfile', '--tag', image, ...ready.buildArguments, '.']
    await run(engine.docker, words, { cwd: repository, maxBuffer: 1e9 })
    await removeFormer(engine, image)
    return { ...ready, buildSeconds: (performance.now() - startedMs) / 1000 }
  })
}

/** @returns the name that the Dockerfile takes for its base, so that it is built as users build it. */
function defaultBase(): string {
  const text = readFileSync(join(repository, 'docker/Dockerfile'), 'utf8')
  const [, name] = /^ARG NODE_IMAGE=(\S+)$/m.exec(text) ?? []
  if (name === undefined) throw new Error('docker/Dockerfile has no line ARG NODE_IMAGE=...')
  return name
}

/** @returns the base image, once a container of it has run. */
async function startBase(engine: Engine): Promise<string> {
  const baseImage = engine.makesItsBase ? await provideBase(engine) : defaultBase()
  await run(engine.docker, ['run', '--rm', baseImage, 'node', '--version'])
  return baseImage
}

async function provideBase(engine: Engine): Promise<string> {
  const name = `docker.io/library/${defaultBase()}`
  const made = `localhost/td-mta-base:${await baseDigest()}`
  if (!(await hasImage(engine, made))) await makeBaseImage(engine.docker, made)
  await run(engine.docker, ['tag', made, name])
  return name
}

async function hasImage({ docker }: Engine, image: string): Promise<boolean> {
  return await run(docker, ['image', 'inspect', image], { maxBuffer: 1e8 }).then(
    () => true,
    () => false,
  )
}

async function mirrorsOf({ makesItsBase }: Engine): Promise<readonly string[]> {
  const certificates = '/etc/ssl/certs/ca-certificates.crt'
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: repository })
  const registry = ['--build-arg', `NPM_REGISTRY=${stdout.trim()}`]
  if (!makesItsBase || !existsSync(certificates)) return registry
  return [...registry, '--build-arg', `NODE_EXTRA_CA_CERTS=${certificates}`]
}

/** Images of former sources, an hour old at least: another test run may be between two containers of one. */
async function removeFormer({ docker, makesItsBase }: Engine, image: string): Promise<void> {
  const format = '{{.Repository}}:{{.Tag}}|{{.CreatedAt}}'
  const words = ['images', '--format', format, '--filter', 'reference=localhost/td-mta']
  const { stdout } = await run(docker, words)
  for (const line of stdout.trim().split('\n')) {
    const [name = '', createdAt = ''] = line.split('|')
    const ageMs = Date.now() - Date.parse(createdAt.replace(/ [A-Z]+$/, ''))
    if (name !== image && ageMs > 3_600_000) await run(docker, ['rmi', name]).catch(() => {})
  }
  // The layers between: of an engine of our own only.
  if (makesItsBase) await run(docker, ['image', 'prune', '--force', '--filter', 'until=24h']).catch(() => {})
}

function sourceDigest(baseImage: string): string {
  const hash = createHash('sha256').update(baseImage)
  for (const path of ingredients.flatMap((name) => filesUnder(join(repository, name)))) {
    hash.update(path.slice(repository.length)).update('\0').update(readFileSync(path)).update('\0')
  }
  return hash.digest('hex').slice(0, 12)
}

function filesUnder(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, String(name)))
    .filter((name) => statSync(name).isFile())
    .sort()
}
