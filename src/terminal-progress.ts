import type { Logger } from './logger.ts'
import type { Progress } from './progress.ts'

const barWidth = 24
const redrawMs = 100
const logEveryMs = 10_000

/**
 * @param stream standard error: a bar that redraws itself where it is a terminal.
 * @param logger gets a line at a phase's end and every ten seconds where it is none.
 * @param now milliseconds that only go forward.
 */
export function createTerminalProgress(
  stream: NodeJS.WriteStream,
  logger: Logger,
  now: () => number,
): Progress {
  return stream.isTTY ? createBar(stream, now) : createLines(logger, now)
}

function createBar(stream: NodeJS.WriteStream, now: () => number): Progress {
  let drawnAt = Number.NEGATIVE_INFINITY
  return {
    update(phase, done, total, note = '') {
      if (done < total && now() - drawnAt < redrawMs) return
      drawnAt = now()
      const filled = Math.round((barWidth * done) / Math.max(total, 1))
      const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
      stream.write(`\r\x1b[2K${phase} ${bar} ${Math.floor((100 * done) / Math.max(total, 1))} %  ${note}`)
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
