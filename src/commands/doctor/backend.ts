import type { BackendChoice } from '../../bilstm/backends.ts'
import { type Logger, silentLogger } from '../../logger.ts'
import type { Checked } from './check-report.ts'

/**
 * Loads TensorFlow.js on the tier that a training would take.
 * @throws {ConfigError} where the tier asked for can't be had.
 */
export async function checkBackend(choice: BackendChoice): Promise<Checked<undefined>> {
  const { selectBackend } = await import('../../bilstm/backends.ts')
  const events: object[] = []
  const collector: Logger = { ...silentLogger, info: (fields) => void events.push(fields) }
  const { tier } = await selectBackend(choice, collector)
  return { found: `${tier}${reasonOf(choice, events)}`, value: undefined }
}

/** Why the faster tiers were passed over, as the selection logs it. */
function reasonOf(choice: BackendChoice, events: readonly object[]): string {
  if (choice !== 'auto') return `, as --backend (BACKEND) says`
  const reasons = events.flatMap((event) => ('passedOver' in event ? [event.passedOver].flat() : []))
  return reasons.length === 0 ? ', the fastest' : `, since ${reasons.join('; ')}`
}
