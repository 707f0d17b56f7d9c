import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPythonPackages, lastLine, pythonEnvironment } from '../../python-packages.ts'

const run = promisify(execFile)
const requirements = join(import.meta.dirname, 'requirements.txt')

/** Where Treasure Data's clients for Python lie, or why they can't. */
export type PythonClients = { readonly path: string } | { readonly missing: string }

/** 50 MB of packages; some optional dependencies, first of all pyarrow, are left out. */
export async function installPythonClients(): Promise<PythonClients> {
  const python = await run('python3', ['--version']).catch(() => undefined)
  if (python === undefined) return { missing: 'there is no python3' }
  return await installPythonPackages('python-clients', requirements).then(
    (path) => ({ path }),
    (error: unknown) => ({ missing: `pip can't fetch them for ${python.stdout.trim()}: ${lastLine(error)}` }),
  )
}

/** @returns what the clients saw. @throws what they said. */
export async function runPythonClients(path: string, url: string, apiKey: string): Promise<unknown> {
  const script = join(import.meta.dirname, 'clients.py')
  const { stdout } = await run('python3', [script, url, apiKey], { env: pythonEnvironment(path) })
  return JSON.parse(stdout)
}
