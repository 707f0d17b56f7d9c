import pino from 'pino'
import pretty from 'pino-pretty'
import type { Redact } from './http/redact.ts'
import type { Logger, TextOutput } from './logger.ts'
import { visible, visibleOnceParsed } from './visible-text.ts'

/** Keys whose values never reach a log: at the top of an event or one level down. */
const secretKeys = ['apiKey', 'password', 'token', 'authorization', 'secret']

/**
 * @param stream standard error; a terminal gets readable lines, anything else JSON lines.
 * @param hide takes the secrets out of a line, wherever they stand.
 * @returns a logger that writes synchronously, so nothing is lost when the process exits; what can't be written (a full disk, a
 *   closed pipe) ends no work. No character of a text steers the terminal.
 */
export function createPinoLogger(level: string, stream: TextOutput, hide: Redact): Logger {
  const redact = { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '(secret)' }
  const show = stream.isTTY ? (line: string) => `${visibleOnceParsed(line)}\n` : visible
  const base = { level, redact, base: null, hooks: { streamWrite: (line: string) => show(hide(line)) } }
  if (stream.fd === undefined) return pino(base, stream)
  if (!stream.isTTY) {
    const destination = pino.destination({ fd: stream.fd, sync: true })
    destination.on('error', () => {})
    return pino(base, destination)
  }
  const readable = pretty({
    colorize: true,
    destination: stream.fd,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
  })
  return pino(base, readable)
}
