import { describe, expect, it } from 'vitest'
import { writeExportManifest } from '../../src/artifacts/manifest.ts'
import { ConfigError, DataError } from '../../src/errors.ts'
import { type Logger, silentLogger } from '../../src/logger.ts'
import { resolveOptions } from '../../src/options/resolve.ts'
import { silentProgress } from '../../src/progress.ts'
import { readExported, runStep } from '../../src/steps/frame.ts'
import { type World, worldOf } from '../../src/steps/world.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { metrics } from '../../src/tables/metrics.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { CREDITS, manifestOf } from '../report/fixtures.ts'
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

describe('a step after an export of days before its session', () => {
  /** Of 2026-03-02 in Asia/Tokyo, from -30d to 0d. */
  async function exported() {
    const storage = openLocalStorage(makeTemporaryDirectory())
    const { options, ...others } = manifestOf(CREDITS)
    const range = { from: Date.UTC(2026, 0, 30, 15) / 1000, to: Date.UTC(2026, 2, 1, 15) / 1000 }
    await writeExportManifest(storage, { ...others, options: { ...options, ...range } })
    return storage
  }

  it.each([
    [{ FROM: '-30d', TO: '0d' }],
    [{ FROM: '-30d', TO: '0d', TIME_ZONE: 'Asia/Tokyo' }],
    [{ FROM: '-30d', TO: '0d', SESSION_TIME: '2026-03-02' }],
    [{ FROM: '2026-01-31', TO: '2026-03-02' }],
  ])('takes the same words, whatever day it is by now: %j', async (environment) => {
    const read = await readExported(resolveOptions('train', {}, environment), await exported())
    expect(read.manifest.runId).toBe('20260101t000000z-abc123')
  })

  it.each([
    [{ FROM: '-29d' }, '--from (FROM) 1769785200, this step was given 1769871600'],
    [
      { FROM: '-30d', SESSION_TIME: '2026-03-03' },
      '--from (FROM) 1769785200, this step was given 1769871600',
    ],
    [{ FROM: '-30d', TIME_ZONE: 'UTC' }, '--time-zone (TIME_ZONE) Asia/Tokyo, this step was given UTC'],
  ])('refuses others: %j', async (environment, words) => {
    const options = resolveOptions('train', {}, environment)
    await expect(readExported(options, await exported())).rejects.toEqual(
      new DataError(`the export was made with ${words}: drop the option here, or export again with it`),
    )
  })
})
