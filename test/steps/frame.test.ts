import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import { type Logger, silentLogger } from '../../src/logger.ts'
import { silentProgress } from '../../src/progress.ts'
import { runStep } from '../../src/steps/frame.ts'
import { type World, worldOf } from '../../src/steps/world.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { metrics } from '../../src/tables/metrics.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const stamp = { runId: 'r1', sessionTime: '2026-01-01T00:00:00.000Z', conversionType: null }
const options = { db: 'mta', metricsTable: 'metrics', ifExists: 'error' } as const

/** A warehouse that has one table; a step of these tests asks for nothing else. */
const warehouse = {
  describeTable: async ({ table }) => (table === 'metrics' ? [] : undefined),
} as Partial<Warehouse> as Warehouse

function openWorld(changes: Partial<World> = {}): World {
  let ms = 0
  const effects = {
    logger: silentLogger,
    progress: silentProgress,
    signal: new AbortController().signal,
    now: () => (ms += 1000),
    wallClockSec: () => 1_767_312_000,
    uniqueSuffix: () => '0a0b0c',
    owner: 'here:1',
    place: 'here',
    isAlive: () => true,
    environment: { TD_API_KEY: '1/secret' },
  }
  return { ...worldOf(effects, openLocalStorage(makeTemporaryDirectory()), warehouse), ...changes }
}

const step = {
  name: 'train',
  phases: { first: 0, second: 0 },
  read: async () => ({ stamp }),
  tables: [],
  work: async () => ({}),
  message: 'trained',
  facts: () => ({}),
} as const

describe('a step', () => {
  it('holds its lock while it works, and no longer', async () => {
    const world = openWorld()
    const work = async () => ({ locks: await world.storage.list('train.lock') })
    const { locks } = await runStep(options, world, { ...step, work })
    expect(locks).toEqual(['train.lock'])
    expect(await world.storage.list('train.lock')).toEqual([])
  })

  it('is stopped with the reason of a lost lock', async () => {
    const world = openWorld()
    const work = async () => {
      world.stop(new DataError('the lock was taken over'))
      world.signal.throwIfAborted()
      return {}
    }
    await expect(runStep(options, world, { ...step, work })).rejects.toThrow('the lock was taken over')
  })

  it('gives the lock back when its work fails', async () => {
    const world = openWorld()
    const work = () => Promise.reject(new DataError('the end'))
    await expect(runStep(options, world, { ...step, work })).rejects.toEqual(new DataError('the end'))
    expect(await world.storage.list('train.lock')).toEqual([])
  })

  it('does not begin where a table exists that it must not find', async () => {
    const world = openWorld()
    const refused = { ...step, tables: [metrics], work: () => Promise.reject(new Error('begun')) }
    await expect(runStep(options, world, refused)).rejects.toEqual(
      new DataError(
        'table mta.metrics exists and --if-exists (IF_EXISTS) is error: drop it, name another one, or use overwrite, ' +
          'append or ignore',
      ),
    )
    await expect(runStep({ ...options, ifExists: 'append' }, world, refused)).rejects.toEqual(
      new Error('begun'),
    )
    await expect(runStep(options, world, { ...refused, alreadyWritten: () => [metrics] })).rejects.toEqual(
      new Error('begun'),
    )
  })

  it('does not begin if no table can have the name of one of its own', async () => {
    const refusing = {
      ...warehouse,
      checkTableName: () => {
        throw new ConfigError('no such name')
      },
    }
    const work = () => Promise.reject(new Error('begun'))
    const running = runStep({ ...options, ifExists: 'overwrite' }, openWorld({ warehouse: refusing }), {
      ...step,
      tables: [metrics],
      work,
    })
    await expect(running).rejects.toEqual(new ConfigError('no such name'))
  })

  it('says in the log and to its caller what it left, and the seconds of each phase and of all', async () => {
    const events: unknown[] = []
    const logger: Logger = { ...silentLogger, info: (facts, message) => void events.push([facts, message]) }
    const left = await runStep(options, openWorld({ logger }), {
      ...step,
      work: async (_, time: (phase: 'first', work: () => number) => Promise<number>) => {
        return { found: (await time('first', () => 1)) + (await time('first', () => 2)) }
      },
      facts: ({ found }) => ({ found, more: true }),
    })
    const seconds = { first: 2, second: 0, total: 5 }
    expect(left).toEqual({ found: 3, seconds, findings: [] })
    expect(events).toEqual([[{ found: 3, more: true, seconds }, 'trained']])
  })
})

describe('the world of a step', () => {
  it('has no environment, which holds keys', () => {
    expect(Object.keys(openWorld())).not.toContain('environment')
    expect(JSON.stringify(openWorld())).not.toContain('secret')
  })
})
