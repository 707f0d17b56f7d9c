#!/usr/bin/env node
import { commands, parseArguments } from './commands/arguments.ts'
import { type Effects, processEffects } from './commands/effects.ts'
import { exitCodeOf, Interrupted, messageOf } from './errors.ts'
import type { CommandName } from './options/option-table.ts'
import type { Written } from './options/resolve.ts'
import { createTerminalProgress } from './progress.ts'

/** The entry point: the only reader of arguments and environment, with the one catch and all exit codes. */
async function main(): Promise<void> {
  const invocation = await parseArguments(process.argv.slice(2), process.stdout.columns)
  if (invocation.kind === 'text') {
    process.stdout.write(`${invocation.text}\n`)
    return
  }
  await runCommand(invocation.command, invocation.flags)
}

/** The table of options is loaded here only, because help needs none of it. */
async function runCommand<Name extends CommandName>(name: Name, flags: Written): Promise<void> {
  const [{ resolveOptions }, { withWorkflowParams }] = await Promise.all([
    import('./options/resolve.ts'),
    import('./options/workflow-params.ts'),
  ])
  const environment = withWorkflowParams(process.env)
  const options = resolveOptions(name, flags, environment)
  const effects = await createEffects(options.logLevel, environment)
  const run = await commands[name].load()
  const result = await run(options, effects)
  process.stdout.write(`${options.format === 'json' ? JSON.stringify(result.json) : result.text}\n`)
  process.exitCode = result.exitCode ?? 0
}

/** The logger is loaded here only, because help needs none. */
async function createEffects(logLevel: string, environment: Effects['environment']): Promise<Effects> {
  const { createPinoLogger } = await import('./pino-logger.ts')
  const logger = createPinoLogger(logLevel, process.stderr)
  return {
    ...processEffects,
    logger,
    progress: createTerminalProgress(process.stderr, logger, processEffects.now),
    signal: signalOfProcess(),
    environment,
  }
}

/** The first SIGINT or SIGTERM stops the run in an orderly way, a second one stops it at once. */
function signalOfProcess(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      const reason = new Interrupted(name)
      controller.abort(reason)
      process.once(name, () => process.exit(reason.exitCode))
    })
  }
  return controller.signal
}

main().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    const exitCode = exitCodeOf(error)
    const trace = exitCode === 1 && error instanceof Error ? `\n${error.stack}` : ''
    process.stderr.write(`td-mta: ${messageOf(error)}${trace}\n`)
    process.exit(exitCode)
  },
)
