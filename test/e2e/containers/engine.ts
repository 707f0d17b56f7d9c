import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { aptInstall } from '../../set-up/apt-install.ts'

const run = promisify(execFile)

/** What runs containers here. */
export interface Engine {
  /** Path, or name on PATH, of a program that understands `docker run`, `build`, `image inspect`, `kill`, `ps`. */
  readonly docker: string
  /** True where it can't pull images, so that a base has to be made of what the machine has. */
  readonly makesItsBase: boolean
  /** PATH for processes that call `docker` by name, such as Digdag. */
  readonly path: string
}

const packages = ['podman', 'buildah', 'runc', 'busybox-static']

/**
 * @param home directory for images and containers, kept for the next time.
 * @returns a Docker that answers, else podman (installed where that can be done), else why there is neither.
 */
export async function findEngine(home: string): Promise<Engine | { readonly missing: string }> {
  const folder = join(home, 'bin')
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== folder)
  if (await succeeds('docker', ['info'], path.join(delimiter))) {
    return { docker: 'docker', makesItsBase: false, path: path.join(delimiter) }
  }
  const obstacle = await whyNoPodman()
  if (obstacle !== undefined) return { missing: `no Docker answers, and podman can't be had: ${obstacle}` }
  const docker = await writeDocker(home, folder)
  const proof = await run(docker, ['info']).catch((error: unknown) => error)
  if (proof instanceof Error) return { missing: `podman does not start: ${proof.message}` }
  return { docker, makesItsBase: true, path: [folder, ...path].join(delimiter) }
}

/** @returns the path of a `docker` that knows where its images lie, whatever environment it is called with. */
async function writeDocker(home: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const driver = (await canOverlay()) ? 'overlay' : 'vfs'
  const script = join(import.meta.dirname, 'docker')
  const variables = `TD_MTA_CONTAINERS='${home}' TD_MTA_DRIVER=${driver}`
  const docker = join(folder, 'docker')
  // A running one must not change under its shell, and others may be starting it.
  const fresh = `${docker}.${process.pid}`
  await writeFile(fresh, `#!/bin/sh\n${variables} exec '${script}' "$@"\n`, { mode: 0o755 })
  await rename(fresh, docker)
  return docker
}

async function whyNoPodman(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `it would need Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'it would need root to run containers without further set-up'
  if (await hasPodman()) return undefined
  if (!(await succeeds('apt-get', ['--version']))) return 'there is no apt-get to install it with'
  try {
    await aptInstall(packages)
  } catch (error) {
    return `apt-get install ${packages.join(' ')} failed: ${error instanceof Error ? error.message : error}`
  }
  return (await hasPodman()) ? undefined : `apt-get installed ${packages.join(', ')}, but they don't start`
}

async function hasPodman(): Promise<boolean> {
  const programs = ['podman', 'buildah', 'runc', 'busybox']
  const found = await Promise.all(
    programs.map((name) => succeeds(name, [name === 'busybox' ? '--help' : '--version'])),
  )
  return found.every((there) => there)
}

/** Without it every layer is a whole copy, and starting a container copies the image. */
async function canOverlay(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'td-mta-overlay-'))
  try {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
      join(folder, name),
    )
    if (lower === undefined || upper === undefined || work === undefined || merged === undefined) return false
    for (const path of [lower, upper, work, merged]) await mkdir(path)
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    if (!(await succeeds('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]))) return false
    await run('umount', [merged])
    return true
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function succeeds(program: string, words: readonly string[], path = process.env.PATH): Promise<boolean> {
  return run(program, words, { env: { ...process.env, PATH: path } }).then(
    () => true,
    () => false,
  )
}
