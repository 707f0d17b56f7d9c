import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { silentLogger } from '../../src/logger.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { acquireRunLock, type RunLockOptions } from '../../src/storage/run-lock.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

function options(changes: Partial<RunLockOptions> = {}): RunLockOptions {
  return {
    runId: 'r1',
    step: 'export',
    owner: 'us:100',
    isAlive: () => true,
    logger: silentLogger,
    ...changes,
  }
}

const lock = (owner: string, runId = 'r1') =>
  new TextEncoder().encode(`${JSON.stringify({ runId, step: 'export', owner })}\n`)

async function storageWith(owner: string, runId?: string) {
  const storage = openLocalStorage(makeTemporaryDirectory())
  await storage.write('export.lock', [lock(owner, runId)])
  return storage
}

it('is an object while the step runs and gone when it ended', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const release = await acquireRunLock(storage, options())
  expect(new TextDecoder().decode(await storage.read('export.lock'))).toBe(
    '{"runId":"r1","step":"export","owner":"us:100"}\n',
  )
  await release()
  await release()
  expect(await storage.list('')).toEqual([])
})

it('keeps a second taker out, even of the same process, and tells who has it', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const release = await acquireRunLock(storage, options())
  const refusal = new DataError(
    `run r1 is at its export step in this storage: us:100 holds ${storage.location}/export.lock; ` +
      'wait for it to end, or, where that process is gone, delete the file and run again',
  )
  await expect(acquireRunLock(storage, options())).rejects.toThrow(refusal)
  await expect(acquireRunLock(storage, options({ owner: 'us:101' }))).rejects.toThrow(refusal)
  await release()
  await (await acquireRunLock(storage, options()))()
})

it('keeps a second taker of the same process out while the first one takes the lock or gives it back', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const refusal = new DataError(
    `run r1 is at its export step in this storage: us:100 holds ${storage.location}/export.lock; ` +
      'wait for it to end, or, where that process is gone, delete the file and run again',
  )
  const refused: unknown[] = []
  const tryMeanwhile = async () => {
    await acquireRunLock(storage, options()).catch((error: unknown) => refused.push(error))
  }
  const busy: Storage = {
    ...storage,
    write: async (...call) => {
      const written = await storage.write(...call)
      await tryMeanwhile()
      return written
    },
    delete: async (...call) => {
      await tryMeanwhile()
      await storage.delete(...call)
    },
  }
  const release = await acquireRunLock(busy, options())
  expect(await storage.list('')).toEqual(['export.lock'])
  await Promise.all([release(), release()])
  expect(refused).toEqual([refusal, refusal])
  expect(await storage.list('')).toEqual([])
  await (await acquireRunLock(storage, options()))()
})

it('can be taken again after an attempt that failed', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const broken: Storage = { ...storage, write: () => Promise.reject(new Error('disk full')) }
  await expect(acquireRunLock(broken, options())).rejects.toThrow('disk full')
  await (await acquireRunLock(storage, options()))()
  expect(await storage.list('')).toEqual([])
})

it('lets the steps lock apart', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const releases = [
    await acquireRunLock(storage, options()),
    await acquireRunLock(storage, options({ step: 'train' })),
  ]
  expect(await storage.list('')).toEqual(['export.lock', 'train.lock'])
  for (const release of releases) await release()
})

it.each([
  ['a living process of this host', 'us:7', 'r1', true],
  ['another host and another run', 'them:7', 'r2', false],
])('is not taken over from %s', async (_, owner, runId, alive) => {
  const storage = await storageWith(owner, runId)
  await expect(acquireRunLock(storage, options({ isAlive: () => alive }))).rejects.toThrow(DataError)
  expect(await storage.read('export.lock')).toEqual(Buffer.from(lock(owner, runId)))
})

it.each([
  ['a dead process of this host', 'us:7', 'r2'],
  ['the same run on another host', 'them:7', 'r1'],
  ['a former process with our own id, as containers have it', 'us:100', 'r2'],
])('is taken over, and that is logged, from %s', async (_, owner, runId) => {
  const storage = await storageWith(owner, runId)
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: object, event: string) => warnings.push([fields, event]) }
  const release = await acquireRunLock(storage, options({ isAlive: (asked) => asked === 'us:100', logger }))
  expect(warnings).toEqual([
    [{ lock: `${storage.location}/export.lock`, from: owner, runId }, 'took over an abandoned lock'],
  ])
  await release()
  expect(await storage.list('')).toEqual([])
})

it('leaves a lock that was taken over from us', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const release = await acquireRunLock(storage, options())
  await storage.write('export.lock', [lock('them:1', 'r3')])
  await release()
  expect(await storage.list('')).toEqual(['export.lock'])
})

it('refuses a file of that name that is no lock', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  await storage.write('export.lock', [new TextEncoder().encode('null')])
  await expect(acquireRunLock(storage, options())).rejects.toThrow(
    new DataError(`${storage.location}/export.lock is not a lock of this program: delete it and run again`),
  )
})

it.each([
  ['processes', (at: number) => `us:${at}`],
  ['takers in one process', () => 'us:100'],
])('is won by one of many %s that begin at once', async (_, ownerOf) => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const ends = await Promise.allSettled(
    Array.from({ length: 5 }, (_, at) => acquireRunLock(storage, options({ owner: ownerOf(at) }))),
  )
  const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  expect(won).toHaveLength(1)
  await won[0]?.()
})

it('says what to do where a taker was killed in the moment in which it removed the lock', async () => {
  const storage = await storageWith('us:7')
  const { version } = (await storage.readVersion('export.lock')) ?? {}
  writeFileSync(join(storage.location, `export.lock~${version}.mta-tmp`), '')
  const take = () => acquireRunLock(storage, options({ isAlive: () => false }))
  await expect(take()).rejects.toThrow(
    new DataError(
      `${storage.location}/export.lock is taken again and again by other processes; wait for them and run again, ` +
        'or, where there are none, delete the file and run again',
    ),
  )
  await storage.delete('export.lock')
  await (await take())()
  expect(await storage.list('')).toEqual([])
})
