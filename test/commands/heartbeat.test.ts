import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../src/commands/heartbeat.ts'
import { silentLogger } from '../../src/logger.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A command that logs, and how it is heard. */
function listen() {
  const heartbeat = new Heartbeat(() => Date.now())
  const beats: object[] = []
  const shown = {
    ...silentLogger,
    info: (fields: object, event: string) => void beats.push({ ...fields, event }),
  }
  const work = (ms: number) =>
    heartbeat.during(shown, () => new Promise((resolve) => setTimeout(resolve, ms)))
  return { heartbeat, beats, work, logger: heartbeat.watchLogger(silentLogger) }
}

it('says what was done last, even if that was not shown, whenever nothing is said for 20 s', async () => {
  const { beats, work, logger } = listen()
  const done = work(60_000)
  await vi.advanceTimersByTimeAsync(3000)
  logger.debug({ jobId: '7', status: 'running' }, 'waited for a job at Treasure Data')
  await vi.advanceTimersByTimeAsync(57_000)
  await done
  const last = {
    jobId: '7',
    status: 'running',
    last: 'waited for a job at Treasure Data',
    event: 'still at work',
  }
  expect(beats).toEqual([20, 40, 60].map((seconds) => ({ ...last, seconds })).slice(0, beats.length))
  expect(beats.length).toBeGreaterThanOrEqual(2)
  await vi.advanceTimersByTimeAsync(100_000)
  expect(beats.length).toBeLessThanOrEqual(3)
})

it('keeps still while something is shown', async () => {
  const { heartbeat, beats, work } = listen()
  const progress = heartbeat.watchProgress({ update() {} })
  const done = work(100_000)
  for (let at = 0; at < 10; at++) {
    progress.update('train', at, 10)
    await vi.advanceTimersByTimeAsync(10_000)
  }
  await done
  expect(beats).toEqual([])
})
