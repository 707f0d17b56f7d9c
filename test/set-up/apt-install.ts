import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache } from '../fakes/java.ts'
import { withLock } from './lock.ts'

/**
 * Installs packages of Debian. Test files that run side by side wait for each other, as apt-get refuses to run twice.
 * @throws {Error} where apt-get fails.
 */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...words: readonly string[]) => promisify(execFile)('apt-get', words, { env, maxBuffer: 1e8 })
  await mkdir(cache, { recursive: true })
  await withLock(join(cache, 'apt.lock'), async () => {
    await apt('update', '-qq')
    await apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
  })
}
