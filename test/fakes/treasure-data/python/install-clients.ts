import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache, makeOnce } from '../../java.ts'

const run = promisify(execFile)
const requirements = join(import.meta.dirname, 'requirements.txt')

/** Where Treasure Data's clients for Python lie, or why they can't. */
export type PythonClients = { readonly path: string } | { readonly missing: string }

/**
 * Fetches 50 MB of packages by pip, once, into a folder of their own: nothing else of this machine's Python is used, and
 * nothing of it is changed. Some optional dependencies, first of all pyarrow, are left out.
 */
export async function installPythonClients(): Promise<PythonClients> {
  const python = await run('python3', ['--version']).catch(() => undefined)
  if (python === undefined) return { missing: 'there is no python3' }
  const wanted = createHash('sha256').update(python.stdout).update(readFileSync(requirements))
  const home = join(cache, `python-clients-${wanted.digest('hex').slice(0, 12)}`)
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--no-compile',
    '--only-binary',
    ':all:',
  ]
  const install = async (fresh: string) => {
    await run('python3', ['-m', 'pip', 'install', ...options, '--target', fresh, '-r', requirements])
  }
  return await makeOnce(home, install).then(
    (path) => ({ path }),
    (error: unknown) => ({ missing: `pip can't fetch them for ${python.stdout.trim()}: ${lastLine(error)}` }),
  )
}

function lastLine(error: unknown): string {
  const said = String(Reflect.get(Object(error), 'stderr') ?? error)
  return said.trim().split('\n').at(-1) ?? ''
}

/** @returns what the clients saw. @throws what they said. */
export async function runPythonClients(path: string, url: string, apiKey: string): Promise<unknown> {
  const environment = { PATH: process.env.PATH, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' }
  const script = join(import.meta.dirname, 'clients.py')
  const { stdout } = await run('python3', [script, url, apiKey], { env: environment })
  return JSON.parse(stdout)
}
