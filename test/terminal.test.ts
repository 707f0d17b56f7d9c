import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLogger } from '../src/logger.ts'
import { createPinoLogger } from '../src/pino-logger.ts'
import { createTerminalProgress } from '../src/progress.ts'
import { makeTemporaryDirectory } from './temporary-directory.ts'

const CHANNEL = '\x1b]0;title\x07\u202email\x9b2J\rx'
const SHOWN = '\\u001b]0;title\\u0007\\u202email\\u009b2J\\u000dx'

const STEERING = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u
const COLOUR = /\p{Cc}\[\d+m/gu

/** @returns what a logger writes to a file that is a terminal, or not. */
function logged(isTTY: boolean): string {
  const file = join(makeTemporaryDirectory(), 'log')
  const fd = openSync(file, 'w')
  const logger = createPinoLogger('info', { write: () => {}, isTTY, fd }, (line) => line)
  logger.warn({ channel: CHANNEL, channels: { [CHANNEL]: [CHANNEL] } }, `found ${CHANNEL}`)
  closeSync(fd)
  return readFileSync(file, 'utf8')
}

it('writes log lines in JSON that steer no terminal and still hold the texts as they are', () => {
  const line = logged(false)
  expect(line).not.toMatch(STEERING)
  expect(JSON.parse(line)).toMatchObject({ channel: CHANNEL, msg: `found ${CHANNEL}` })
})

it('writes readable log lines whose texts steer no terminal', () => {
  const line = logged(true)
  expect(line).toContain(`found ${SHOWN}`)
  // What remains are the colours of the log itself.
  expect(line.replaceAll(COLOUR, '')).not.toMatch(STEERING)
})

it('draws progress within its line', () => {
  let drawn = ''
  const stream = { isTTY: true, write: (text: string) => (drawn += text) }
  createTerminalProgress(stream, silentLogger, () => 0).update('read\x1b[2J', 1, 1, 'a\nb')
  expect(drawn.slice('\r\x1b[2K'.length)).toBe(`read\\u001b[2J ${'█'.repeat(24)} 100 %  a\\nb\n`)
})
