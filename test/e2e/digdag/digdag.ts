import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DigdagJars } from './install-digdag.ts'

/** How a command of Digdag ended. */
export interface DigdagRun {
  readonly code: number | null
  /** What it and its tasks wrote, in the order of writing. */
  readonly output: string
  readonly seconds: number
  /** From the start of Java to the first task. */
  readonly firstTaskSeconds: number | undefined
}

export interface DigdagSurroundings {
  /** The project. */
  readonly cwd: string
  /** Where its settings and secrets lie; made by writeSecrets. */
  readonly home: string
  /** PATH, for `docker`. */
  readonly path: string
  /** Called with all of the output each time there is more of it. */
  readonly onOutput?: (output: string) => void
}

/** Runs `digdag run`, `digdag check` or `digdag archive` on the real engine. */
export async function runDigdag(
  jars: DigdagJars,
  words: readonly string[],
  { cwd, home, path, onOutput = () => {} }: DigdagSurroundings,
): Promise<DigdagRun> {
  const startedMs = performance.now()
  const secondsSoFar = () => (performance.now() - startedMs) / 1000
  // Java does not look at HOME.
  const settings = [`-Duser.home=${home}`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  const opens = '--add-opens=java.base/java.lang=ALL-UNNAMED'
  const line = [opens, ...settings, '-cp', jars.classPath, 'io.digdag.cli.Engine', ...words]
  const child = spawn('java', line, {
    cwd,
    env: { PATH: path, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let firstTaskSeconds: number | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
      if (output.includes('core.agent.OperatorManager: ')) firstTaskSeconds ??= secondsSoFar()
      onOutput(output)
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, output, seconds: secondsSoFar(), firstTaskSeconds }
}

/** Sets the secrets of all projects under a home directory, as `digdag secrets --local --set` does. */
export function writeSecrets(home: string, secrets: Readonly<Record<string, string>>): void {
  const directory = join(home, '.config/digdag/secrets')
  mkdirSync(directory, { recursive: true })
  for (const [name, secret] of Object.entries(secrets)) writeFileSync(join(directory, name), secret)
}

/**
 * @returns the tasks that ran or were skipped, in order: `export`, or `export (skipped)`, those in groups by their last
 *   name, and no group that has no name of its own.
 */
export function tasksOf(output: string): readonly string[] {
  return [...output.matchAll(/\(\d+@\[[^\]]*\](\S+)(?<!\^sub)\) \S+: (Skipped|[a-z_]+>?:)/g)].map(
    ([, name, what]) => {
      const last = String(name).replace(/.*\+/, '')
      return what === 'Skipped' ? `${last} (skipped)` : last
    },
  )
}
