import { Interrupted, messageOf } from '../../errors.ts'
import type { Logger } from '../../logger.ts'

/** One check: what was found, and where it failed what to do. */
export interface CheckRow {
  readonly check: string
  readonly result: 'pass' | 'fail' | 'skipped'
  readonly found: string
}

/** What a check that passed found, in words, and for the checks that build on it. */
export interface Finding<T> {
  readonly found: string
  readonly value: T
}

/** Collects checks one by one: one that fails is a row, and the others go on. */
export class Report {
  readonly rows: CheckRow[] = []
  readonly #signal: AbortSignal
  readonly #logger: Logger

  constructor(signal: AbortSignal, logger: Logger) {
    this.#signal = signal
    this.#logger = logger
  }

  /**
   * @param work throws where the check fails; the message's first line says what was found and what to do.
   * @returns the finding's value, undefined where the check failed.
   * @throws the signal's reason: somebody who stops the doctor wants no further checks.
   */
  async check<T>(check: string, work: () => Promise<Finding<T>>): Promise<T | undefined> {
    this.#signal.throwIfAborted()
    try {
      const { found, value } = await work()
      this.#add({ check, result: 'pass', found })
      return value
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof Interrupted) throw error
      const [found = ''] = messageOf(error).split('\n')
      this.#add({ check, result: 'fail', found })
      return undefined
    }
  }

  skip(check: string, why: string): void {
    this.#add({ check, result: 'skipped', found: why })
  }

  get failed(): number {
    return this.rows.filter(({ result }) => result === 'fail').length
  }

  #add(row: CheckRow): void {
    this.rows.push(row)
    this.#logger.info(row, 'checked')
  }
}
