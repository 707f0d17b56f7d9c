import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface CliRun {
  /** Exit code; null where a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliSurroundings {
  readonly cwd: string
  /** Variables beside PATH and HOME; nothing else of this process's environment is passed on. */
  readonly environment?: Readonly<Record<string, string>>
  /** Sends a signal when standard error holds a text, after some milliseconds, or when a promise is kept. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly at: string | number | Promise<unknown> }
}

/** Runs the built program as a person does, in a process of its own. */
export function runCli(words: readonly string[], surroundings: CliSurroundings): Promise<CliRun> {
  const { cwd, environment = {}, kill } = surroundings
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment }
  const child = spawn(process.execPath, [program, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let killed = false
  if (typeof kill?.at === 'number') setTimeout(() => child.kill(kill.signal), kill.at)
  if (kill?.at instanceof Promise) kill.at.finally(() => child.kill(kill.signal))
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
    if (typeof kill?.at !== 'string' || killed || !stderr.includes(kill.at)) return
    killed = true
    child.kill(kill.signal)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Runs a command of the shell, to which `"$0" "$1"` is the built program. */
export function runShell(command: string): { readonly code: number; readonly stderr: string } {
  const words = ['-c', command, process.execPath, program]
  const { status, stderr } = spawnSync('sh', words, { cwd: makeTemporaryDirectory(), encoding: 'utf8' })
  return { code: status ?? -1, stderr }
}

/** @returns the content of every file under a directory by its path, hexadecimal where it is no text. */
export function readTree(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true }).map(String).sort()
  const files = names.filter((name) => statSync(join(directory, name)).isFile())
  return Object.fromEntries(
    files.map((name) => {
      // How DuckDB lays tables out depends on who wrote when; the CSV files say what is in them.
      if (name === 'tables.duckdb') return [name, 'tables']
      const bytes = readFileSync(join(directory, name))
      return [name, /\.(json|csv)$/.test(name) ? withoutSeconds(bytes.toString()) : bytes.toString('hex')]
    }),
  )
}

/** The one column that no two runs share: how long an epoch took. */
function withoutSeconds(text: string): string {
  const [header = '', ...lines] = text.split('\n')
  const at = header.split(',').indexOf('seconds')
  if (at < 0) return text
  return [header, ...lines.map((line) => line.split(',').toSpliced(at, 1).join(','))].join('\n')
}
