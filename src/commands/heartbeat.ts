import type { Logger } from '../logger.ts'
import type { Progress } from '../progress.ts'

/** After so much silence, looked for so often: nothing is silent for 30 s. */
const SILENCE_MS = 20_000
const LOOK_MS = 5000

/** Notices what is said, and says what was done last where nothing is said for long: a query or a transfer may take hours. */
export class Heartbeat {
  readonly #now: () => number
  #saidMs: number
  #last: { readonly fields: object; readonly event: string } | undefined

  /** @param now milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now
    this.#saidMs = now()
  }

  /** Something was shown. */
  said(): void {
    this.#saidMs = this.#now()
  }

  /** @returns the logger, whose events are remembered, also those that it does not show. */
  watchLogger(logger: Logger): Logger {
    const watched = (level: keyof Logger) => (fields: object, event: string) => {
      this.#last = { fields, event }
      logger[level](fields, event)
    }
    return { debug: watched('debug'), info: watched('info'), warn: watched('warn'), error: watched('error') }
  }

  /** @returns the progress of a terminal, which shows something by itself. */
  watchProgress(progress: Progress): Progress {
    return {
      update: (...figures) => {
        this.said()
        progress.update(...figures)
      },
    }
  }

  /** Does the work of a command. */
  async during<T>(logger: Logger, work: () => Promise<T>): Promise<T> {
    const startedMs = this.#now()
    const timer = setInterval(() => {
      if (this.#now() - this.#saidMs < SILENCE_MS) return
      this.said()
      const last = this.#last
      const seconds = Math.round((this.#now() - startedMs) / 1000)
      logger.info({ ...last?.fields, seconds, last: last?.event }, 'still at work')
      this.#last = last
    }, LOOK_MS)
    try {
      return await work()
    } finally {
      clearInterval(timer)
    }
  }
}
