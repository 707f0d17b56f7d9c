import { setImmediate } from 'node:timers/promises'
import { silentLogger } from '../../src/logger.ts'
import type { RunLockOptions } from '../../src/storage/run-lock.ts'

/**
 * Time of several processes that take a lock: no time passes for those that hold it until another one looks at it; then
 * each of them has renewed it before that other one sees it again.
 */
export class LockTime {
  readonly #looking = new AbortController().signal
  readonly #parked = new Map<AbortSignal, () => void>()

  /** Options of a process, which is of a place where `us:7` is dead. */
  options(owner: string): RunLockOptions {
    return {
      runId: 'r1',
      step: 'export',
      owner,
      place: 'here',
      isAlive: (asked) => asked !== 'us:7',
      logger: silentLogger,
      signal: this.#looking,
      onLost: (reason) => {
        throw reason
      },
      sleep: (_, signal) => (signal === this.#looking ? this.#look() : this.#park(signal)),
    }
  }

  async #look(): Promise<void> {
    while (this.#parked.size === 0) await setImmediate()
    const woken = [...this.#parked]
    this.#parked.clear()
    for (const [, wake] of woken) wake()
    for (const [signal] of woken) while (!signal.aborted && !this.#parked.has(signal)) await setImmediate()
  }

  #park(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#parked.set(signal, resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
