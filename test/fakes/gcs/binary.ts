import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const VERSION = '1.56.1'
const MODULE = `github.com/fsouza/fake-gcs-server@v${VERSION}`

const folder = new URL(`../../../.cache/fake-gcs-server-${VERSION}/`, import.meta.url).pathname
const binary = join(folder, 'fake-gcs-server')
const lock = join(folder, 'building.pid')

/** The server's program, or why there is none. */
export type Binary = { readonly path: string } | { readonly missing: string }

/**
 * Builds fake-gcs-server with Go where that was not done yet: some minutes, once for a checkout. Test files that run
 * at the same time wait for the one that builds.
 */
export async function fakeGcsBinary(): Promise<Binary> {
  mkdirSync(folder, { recursive: true })
  while (!existsSync(binary)) {
    if (tryToLock()) {
      try {
        await build()
      } catch (error) {
        return { missing: reasonOf(error) }
      } finally {
        rmSync(lock, { force: true })
      }
    } else await sleep(300)
  }
  return { path: binary }
}

/** The first to create the file builds; the lock of a dead process is removed. */
function tryToLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isBuilderAlive()) rmSync(lock, { force: true })
    return false
  }
}

function isBuilderAlive(): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // A file without a number is one that is just being written.
    return pid === 0 || process.kill(pid, 0)
  } catch {
    return false
  }
}

async function build(): Promise<void> {
  const target = mkdtempSync(join(folder, 'building-'))
  try {
    const environment = { ...process.env, GOBIN: target }
    await promisify(execFile)('nice', ['go', 'install', MODULE], { env: environment })
    renameSync(join(target, 'fake-gcs-server'), binary)
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  const isWithoutGo = /ENOENT|go.*No such file/.test(text)
  if (isWithoutGo) return 'Go is not installed'
  return `go install ${MODULE} failed: ${text.trim().split('\n').at(-1)}`
}
