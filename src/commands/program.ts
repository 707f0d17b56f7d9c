import { exitCodeOf, messageOf } from '../errors.ts'
import type { Redact } from '../http/redact.ts'
import type { TextOutput } from '../logger.ts'
import type { CommandName } from '../options/option-spec.ts'
import type { Written } from '../options/resolve.ts'
import { createTerminalProgress } from '../progress.ts'
import { visible } from '../visible-text.ts'
import { commands, parseArguments } from './arguments.ts'
import { type Effects, processEffects } from './effects.ts'
import { Heartbeat } from './heartbeat.ts'

/** What the program is started with and where it writes; a process's own, or a test's. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** For results, help and version. */
  readonly stdout: TextOutput
  /** For logs, progress and the message of a failure. */
  readonly stderr: TextOutput
  /** Stops the command; its reason is then the failure. */
  readonly signal: AbortSignal
}

/**
 * The program from its words to its exit code, with the one catch.
 * @param words the command line after the program's name.
 * @returns the exit code; see {@link exitCodeOf}.
 */
export async function runProgram(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const invocation = await parseArguments(words, surroundings.stdout.columns)
    if (invocation.kind === 'command') {
      return await runCommand(invocation.command, invocation.flags, surroundings)
    }
    await surroundings.stdout.write(`${invocation.text}\n`)
    return 0
  } catch (error) {
    const exitCode = exitCodeOf(error)
    const trace = exitCode === 1 && error instanceof Error ? `\n${error.stack}` : ''
    const { redactAll } = await import('./secrets.ts')
    const redact = redactAll(surroundings.environment)
    await surroundings.stderr.write(`td-mta: ${visible(redact(messageOf(error) + trace))}\n`)
    return exitCode
  }
}

/** The table of options is loaded here only, because help needs none of it. */
async function runCommand<Name extends CommandName>(
  name: Name,
  flags: Written,
  surroundings: Surroundings,
): Promise<number> {
  const [{ resolveOptions }, { withWorkflowParams }, { warehouses }, { storages }, secrets] =
    await Promise.all([
      import('../options/resolve.ts'),
      import('../options/workflow-params.ts'),
      import('./warehouses.ts'),
      import('./storages.ts'),
      import('./secrets.ts'),
    ])
  const environment = withWorkflowParams(surroundings.environment, [...warehouses, ...storages])
  const options = resolveOptions(name, flags, environment)
  secrets.refuseSecrets(options, environment)
  const { logLevel, format } = options
  const redact = secrets.redactAll(environment)
  const heartbeat = new Heartbeat(processEffects.now)
  const effects = await createEffects(logLevel, heartbeat, redact, { ...surroundings, environment })
  const run = await commands[name].load()
  const result = await heartbeat.during(effects.logger, () => run(options, effects))
  const output = format === 'json' ? JSON.stringify(result.json) : result.text
  await surroundings.stdout.write(`${visible(output)}\n`)
  return result.exitCode ?? 0
}

/** The logger is loaded here only, because help needs none. */
async function createEffects(
  logLevel: string,
  heartbeat: Heartbeat,
  redact: Redact,
  { environment, stderr, signal }: Surroundings,
): Promise<Effects> {
  const { createPinoLogger } = await import('../pino-logger.ts')
  const shown = createPinoLogger(logLevel, stderr, (line) => {
    heartbeat.said()
    return redact(line)
  })
  const logger = heartbeat.watchLogger(shown)
  const terminal = createTerminalProgress(stderr, logger, processEffects.now)
  const progress = stderr.isTTY ? heartbeat.watchProgress(terminal) : terminal
  return { ...processEffects, logger, progress, signal, environment, redact }
}
