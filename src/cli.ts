#!/usr/bin/env node
import { runProgram } from './commands/program.ts'
import { Interrupted } from './errors.ts'
import { standardError, standardOutput } from './standard-streams.ts'

/** For killing jobs and removing what is half-written, which have limits of their own: 25 s together. */
const PATIENCE_MS = 30_000

/** The entry point: the only reader of arguments and environment, the only one that exits. */
const surroundings = {
  environment: process.env,
  stdout: standardOutput(process.stdout),
  stderr: standardError(process.stderr),
  signal: signalOfProcess(),
}
process.exit(await runProgram(process.argv.slice(2), surroundings))

/** Something that does not end, such as a dead network disk, keeps even `process.exit` waiting: the system's own way doesn't. */
function endAtOnce(name: 'SIGINT' | 'SIGTERM'): void {
  process.removeAllListeners(name)
  process.kill(process.pid, name)
}

/** The first SIGINT or SIGTERM stops the run in an orderly way, a second one stops it at once. */
function signalOfProcess(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      const reason = new Interrupted(name)
      controller.abort(reason)
      setTimeout(() => endAtOnce(name), PATIENCE_MS).unref()
      process.once(name, () => process.exit(reason.exitCode))
    })
  }
  return controller.signal
}
