#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { commandOf, parseArguments } from './commands/arguments.ts'
import type { CommandResult, Effects } from './commands/effects.ts'
import { exitCodeOf, Interrupted, messageOf } from './errors.ts'
import { resolveOptions, resolveOwnOptions } from './options/resolve.ts'
import { withWorkflowParams } from './options/workflow-params.ts'
import { isProcessAlive } from './process-liveness.ts'

/** The entry point: the one reader of arguments, environment and clock, one catch, all exit codes. */
async function main(): Promise<void> {
  const invocation = await parseArguments(process.argv.slice(2), process.stdout.columns)
  if (invocation.kind === 'text') {
    process.stdout.write(`${invocation.text}\n`)
    return
  }
  const command = commandOf(invocation.command)
  const environment = withWorkflowParams(process.env)
  const options = resolveOptions(invocation.flags, environment)
  const own = resolveOwnOptions(command.own, invocation.flags, environment)
  const effects = await createEffects(options.logLevel, environment)
  const result = await (await command.load())(options, effects, own)
  process.stdout.write(`${formatResult(result, options.format)}\n`)
  process.exitCode = result.exitCode ?? 0
}

function formatResult(result: CommandResult, format: 'text' | 'json'): string {
  return format === 'json' ? JSON.stringify(result.json) : result.text
}

/** The logger is loaded here only: help needs none. */
async function createEffects(logLevel: string, environment: Effects['environment']): Promise<Effects> {
  const [{ createPinoLogger }, { createTerminalProgress }] = await Promise.all([
    import('./pino-logger.ts'),
    import('./terminal-progress.ts'),
  ])
  const logger = createPinoLogger(logLevel, process.stderr)
  return {
    logger,
    progress: createTerminalProgress(process.stderr, logger, () => performance.now()),
    signal: signalOfProcess(),
    environment,
    now: () => performance.now(),
    wallClockSec: () => Math.floor(Date.now() / 1000),
    uniqueSuffix: () => randomBytes(3).toString('hex'),
    owner: `${hostname()}:${process.pid}`,
    isAlive: isProcessAlive,
  }
}

/** The first SIGINT or SIGTERM stops the run in good order, a second one at once. */
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
