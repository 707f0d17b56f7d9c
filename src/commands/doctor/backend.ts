import type { BackendChoice } from '../../bilstm/backends.ts'
import { type Logger, silentLogger } from '../../logger.ts'
import type { Checked } from './check-report.ts'

/**
 * Opens the tier that a training would take.
 * @throws {ConfigError} where the tier asked for can't be had.
 */
export async function checkBackend(
  choice: BackendChoice,
  threads: number | undefined,
): Promise<Checked<undefined>> {
  const { openBackend } = await import('../../bilstm/backends.ts')
  const events: object[] = []
  const collector: Logger = { ...silentLogger, info: (fields) => void events.push(fields) }
  const backend = await openBackend(choice, threads, collector)
  const { tier } = backend
  await backend.close()
  return { found: `${tier}${reasonOf(choice, events)}`, value: undefined }
}

/** Why the faster tiers were passed over, as the selection logs it. */
function reasonOf(choice: BackendChoice, events: readonly object[]): string {
  if (choice !== 'auto') return `, as --backend (BACKEND) says`
  const reasons = events.flatMap((event) => ('passedOver' in event ? [event.passedOver].flat() : []))
  return reasons.length === 0 ? ', the fastest' : `, since ${reasons.join('; ')}`
}
