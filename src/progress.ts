import type { Logger, TextOutput } from './logger.ts'
import { visibleLine } from './visible-text.ts'

/** Shows how far a phase has come: a progress bar on a terminal, occasional log lines elsewhere. */
export interface Progress {
  /**
   * @param phase what is being done, in a few words; the same throughout the phase.
   * @param done units finished so far; `done === total` ends the phase.
   * @param total units in total.
   * @param note a few figures, such as `loss 0.0512  val_loss 0.0520`.
   */
  update(phase: string, done: number, total: number, note?: string): void
}

/** A progress that shows nothing. */
export const silentProgress: Progress = { update() {} }

const barWidth = 24
const redrawMs = 100
const logEveryMs = 10_000

/**
 * @param stream standard error; a terminal gets a progress bar that redraws itself.
 * @param logger without a terminal, gets a line at the end of each phase and every ten seconds.
 * @param now milliseconds of a clock that never goes back.
 */
export function createTerminalProgress(stream: TextOutput, logger: Logger, now: () => number): Progress {
  return stream.isTTY ? createBar(stream, now) : createLines(logger, now)
}

function createBar(stream: TextOutput, now: () => number): Progress {
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    update(phase, done, total, note = '') {
      if (done < total && now() - drawnAt < redrawMs) return
      drawnAt = now()
      const filled = Math.round((barWidth * done) / Math.max(total, 1))
      const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
      const share = Math.floor((100 * done) / Math.max(total, 1))
      stream.write(`\r\x1b[2K${visibleLine(phase)} ${bar} ${share} %  ${visibleLine(note)}`)
      if (done >= total) stream.write('\n')
    },
  }
}

function createLines(logger: Logger, now: () => number): Progress {
  let loggedAt = now()
  return {
    update(phase, done, total, note = '') {
      if (done < total && now() - loggedAt < logEveryMs) return
      loggedAt = now()
      logger.info({ phase, done, total, note }, 'progressed')
    },
  }
}
