import { ConfigError } from '../errors.ts'
import type { RunStamp } from '../tables/output-tables.ts'
import { isoTime } from './frame.ts'
import type { World } from './world.ts'

/** @throws {ConfigError} for a run id that can't be part of a table's or file's name. */
export function makeStamp(
  options: { readonly runId?: string | undefined; readonly sessionTime?: number | undefined },
  { wallClockSec, uniqueSuffix }: World,
): RunStamp {
  const sessionTime = isoTime(options.sessionTime ?? wallClockSec())
  const compactTime = sessionTime.replaceAll(/[-:]|\.\d+/g, '').toLowerCase()
  const runId = options.runId ?? `${compactTime}-${uniqueSuffix()}`
  if (!/^[\w.:+-]{1,200}$/.test(runId)) {
    throw new ConfigError(
      `--run-id (RUN_ID) is "${runId}": letters, digits, _ . : + and - are allowed, 200 at most`,
    )
  }
  return { runId, sessionTime }
}
