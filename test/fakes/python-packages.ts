import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache, makeOnce } from './java.ts'

const run = promisify(execFile)

/** What Python needs to find packages of ours, and nothing else of this process. */
export function pythonEnvironment(packages: string) {
  return { PATH: process.env.PATH, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' }
}

/**
 * Fetches packages by pip, once, into a folder of their own: nothing else of this machine's Python is used, and nothing
 * of it is changed.
 * @param name of the folder. @param requirements the file that lists all of them; their dependencies are not followed.
 * @returns the folder. @throws {Error} where there is no python3 or pip, or they can't be fetched.
 */
export async function installPythonPackages(name: string, requirements: string): Promise<string> {
  const { stdout } = await run('python3', ['--version'])
  const wanted = createHash('sha256').update(stdout).update(readFileSync(requirements))
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-compile',
    '--only-binary',
    ':all:',
  ]
  return await makeOnce(join(cache, `${name}-${wanted.digest('hex').slice(0, 12)}`), async (fresh) => {
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', fresh, '-r', requirements])
  })
}

/** @returns the last line of what a program said before it failed, or of the error. */
export function lastLine(error: unknown): string {
  const said = String(Reflect.get(Object(error), 'stderr') || error)
  return said.trim().split('\n').at(-1) ?? ''
}
