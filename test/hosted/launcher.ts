import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const hosted = join(import.meta.dirname, '../../digdag/hosted')

/** What `py>` starts in the project's folder. */
const runner = join(import.meta.dirname, '../e2e/digdag/src/tdmta/runner.py')

export interface LauncherRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What Digdag tells of the failure; undefined for a task that succeeds. */
  readonly error: string | undefined
}

export interface Task {
  /** The task's params, `step` among them. */
  readonly params: Readonly<Record<string, unknown>>
  /** What `_env` sets, and what the container has. */
  readonly environment?: Readonly<Record<string, string>>
  /** Called when standard error holds the text, once. */
  readonly at?: { readonly text: string; readonly act: (pid: number) => void }
}

/**
 * Lays out a pushed project. @param dist the bundle, or a program of its own, or nothing.
 * @returns its folder.
 */
export function layOutProject(dist?: { readonly directory: string } | { readonly program: string }): string {
  const project = makeTemporaryDirectory()
  const files = readdirSync(hosted, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of files) copyFileSync(join(hosted, name), join(project, name))
  if (dist !== undefined && 'directory' in dist) symlinkSync(dist.directory, join(project, 'dist'))
  if (dist !== undefined && 'program' in dist) {
    mkdirSync(join(project, 'dist'))
    writeFileSync(join(project, 'dist/td-mta.mjs'), dist.program)
  }
  return project
}

/** Runs one task with real Python, in an environment that holds nothing but what is given and PATH. */
export function runTask(project: string, { params, environment = {}, at }: Task): Promise<LauncherRun> {
  const env = { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', ...environment }
  const exchange = makeTemporaryDirectory()
  const [input, output] = [join(exchange, 'input.json'), join(exchange, 'output.json')]
  writeFileSync(input, JSON.stringify({ params }))
  const words = [runner, 'launcher.run', input, output]
  const child = spawn('python3', words, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr, acted] = ['', '', false]
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
    if (at === undefined || acted || !stderr.includes(at.text)) return
    acted = true
    at.act(child.pid ?? 0)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr, error: maybeError(output) }))
  })
}

function maybeError(output: string): string | undefined {
  if (!existsSync(output)) return undefined
  const { error } = JSON.parse(readFileSync(output, 'utf8'))
  return error === undefined ? undefined : `${error.message} (${error.class})`
}
