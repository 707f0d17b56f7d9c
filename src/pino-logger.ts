import pino from 'pino'
import pretty from 'pino-pretty'
import type { Redact } from './http/redact.ts'
import type { Logger, TextOutput } from './logger.ts'

/** Keys whose values never reach a log: at the top of an event or one level down. */
const secretKeys = ['apiKey', 'password', 'token', 'authorization', 'secret']

/**
 * @param stream standard error; a terminal gets readable lines, anything else JSON lines.
 * @param hide takes the secrets out of a line, wherever they stand.
 * @returns a logger that writes synchronously, so nothing is lost when the process exits.
 */
export function createPinoLogger(level: string, stream: TextOutput, hide: Redact): Logger {
  const redact = { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '(secret)' }
  const base = { level, redact, base: null, hooks: { streamWrite: hide } }
  if (stream.fd === undefined) return pino(base, stream)
  if (!stream.isTTY) return pino(base, pino.destination({ fd: stream.fd, sync: true }))
  const readable = pretty({
    colorize: true,
    destination: stream.fd,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
  })
  return pino(base, readable)
}
