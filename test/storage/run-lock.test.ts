import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { silentLogger } from '../../src/logger.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { acquireRunLock, type RunLockOptions } from '../../src/storage/run-lock.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { LockTime } from './lock-time.ts'

const options = (changes: Partial<RunLockOptions> = {}): RunLockOptions => ({
  ...new LockTime().options('us:100'),
  ...changes,
})

const lock = (owner: string, place: string, runId = 'r1') =>
  new TextEncoder().encode(`${JSON.stringify({ runId, step: 'export', owner, place, token: 'another' })}\n`)

async function storageWith(owner: string, place: string, runId?: string) {
  const storage = openLocalStorage(makeTemporaryDirectory())
  await storage.write('export.lock', [lock(owner, place, runId)])
  return storage
}

const refusal = (storage: Storage, owner = 'us:100') =>
  new DataError(
    `run r1 is at its export step in this storage: ${owner} holds ${storage.location}/export.lock and renews it; ` +
      'wait for it to end, or stop it, and run again',
  )

/** What is logged, and how long those that take a lock wait in all, while nobody else does anything. */
function patience() {
  const events: unknown[] = []
  const log = (fields: object, event: string) => events.push([fields, event])
  const waited = { ms: 0 }
  const parked = (signal: AbortSignal) =>
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  const { signal } = options()
  const sleep = async (ms: number, asked: AbortSignal) => {
    if (asked !== signal) return await parked(asked)
    waited.ms += ms
  }
  return { events, waited, changes: { logger: { ...silentLogger, info: log, warn: log }, signal, sleep } }
}

it('is an object while the step runs and gone when it ended', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const release = await acquireRunLock(storage, options())
  expect(JSON.parse(new TextDecoder().decode(await storage.read('export.lock')))).toEqual({
    runId: 'r1',
    step: 'export',
    owner: 'us:100',
    place: 'here',
    token: expect.stringMatching(/^[0-9a-f-]{36}$/),
    renewals: 0,
  })
  await release()
  await release()
  expect(await storage.list('')).toEqual([])
})

it('keeps a second taker of the same process out at once, and tells who has it', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const release = await acquireRunLock(storage, options())
  await expect(acquireRunLock(storage, options())).rejects.toThrow(refusal(storage))
  await release()
  await (await acquireRunLock(storage, options()))()
})

it('keeps a second taker of the same process out while the first one takes the lock or gives it back', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
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
  expect(refused).toEqual([refusal(storage), refusal(storage)])
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
  ['another host', { owner: 'them:7', place: 'there' }],
  ['another host, with a process id that is a dead one here', { owner: 'us:7', place: 'there' }],
  ['a container of our host name and process id', { owner: 'us:100', place: 'there' }],
  ['another process of this place', { owner: 'us:101', place: 'here' }],
])('is never taken over from a living owner, even of the same run: %s', async (_, theirs) => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const time = new LockTime()
  const release = await acquireRunLock(storage, { ...time.options(''), ...theirs })
  // A process of its own knows nothing of the locks of this one; a second storage does the same.
  const ours = { ...storage, location: `${storage.location}/.` }
  await expect(acquireRunLock(ours, time.options('us:100'))).rejects.toThrow(refusal(ours, theirs.owner))
  await release()
  await (await acquireRunLock(storage, time.options('us:100')))()
})

it.each([
  ['of another host', 'them:7', 'there', 'r2'],
  ['of the same run', 'them:7', 'there', 'r1'],
  ['with our own process id elsewhere', 'us:100', 'there', 'r2'],
  ['in a process that still runs, or another of its id', 'us:101', 'here', 'r2'],
])(
  'is taken over after 90 seconds without a renewal, and that is logged: one %s',
  async (_, owner, place, runId) => {
    const storage = await storageWith(owner, place, runId)
    const { events, waited, changes } = patience()
    const release = await acquireRunLock(storage, options(changes))
    const key = `${storage.location}/export.lock`
    expect(events).toEqual([
      [
        { lock: key, owner, runId, seconds: 90 },
        'waiting to see whether the owner of the lock still renews it',
      ],
      [{ lock: key, from: owner, runId }, 'took over an abandoned lock'],
    ])
    expect(waited.ms).toBe(90_000)
    await release()
    expect(await storage.list('')).toEqual([])
  },
)

it.each([
  ['a dead process of this place', 'us:7'],
  ['a former process with our own id, of this place', 'us:100'],
])('is taken over at once, and that is logged, from %s', async (_, owner) => {
  const storage = await storageWith(owner, 'here', 'r2')
  const { events, waited, changes } = patience()
  const release = await acquireRunLock(storage, options(changes))
  expect(events).toEqual([
    [{ lock: `${storage.location}/export.lock`, from: owner, runId: 'r2' }, 'took over an abandoned lock'],
  ])
  expect(waited.ms).toBe(0)
  await release()
  expect(await storage.list('')).toEqual([])
})

it('is taken, without a word of abandonment, when its owner gives it back meanwhile', async () => {
  const storage = await storageWith('them:7', 'there')
  const { events, changes } = patience()
  const sleep = async (_: number, signal: AbortSignal) => {
    if (signal === changes.signal) await storage.delete('export.lock')
    else await changes.sleep(0, signal)
  }
  const release = await acquireRunLock(storage, options({ ...changes, sleep }))
  expect(events).toHaveLength(1)
  await release()
})

it('ends the wait for a lock with the reason of the signal', async () => {
  const storage = await storageWith('them:7', 'there')
  const { signal } = new AbortController()
  const sleep = () => Promise.reject(new Error('told to stop'))
  await expect(acquireRunLock(storage, options({ signal, sleep }))).rejects.toThrow('told to stop')
  await storage.delete('export.lock')
  await (await acquireRunLock(storage, options()))()
})

/** An owner that renews its lock when it is told to. */
function owner(storage: Storage) {
  let wake = () => {}
  let slept = () => {}
  const lost: string[] = []
  const warnings: object[] = []
  const changes: Partial<RunLockOptions> = {
    logger: { ...silentLogger, warn: (fields) => warnings.push(fields) },
    onLost: (reason) => {
      lost.push(reason.message)
      slept()
    },
    sleep: (_, signal) =>
      new Promise<void>((resolve) => {
        slept()
        wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
  const renew = () =>
    new Promise<void>((resolve) => {
      slept = resolve
      wake()
    })
  return { lost, warnings, renew, take: () => acquireRunLock(storage, options(changes)) }
}

it('changes with each renewal', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const { take, renew, lost } = owner(storage)
  const release = await take()
  const versions = new Set<string | undefined>()
  for (let renewals = 0; renewals < 3; renewals++) {
    const found = await storage.readVersion('export.lock')
    expect(JSON.parse(new TextDecoder().decode(found?.bytes))).toMatchObject({ owner: 'us:100', renewals })
    versions.add(found?.version)
    await renew()
  }
  expect(versions.size).toBe(3)
  expect(lost).toEqual([])
  await release()
  expect(await storage.list('')).toEqual([])
})

it.each([
  ['was taken over by them:1', (storage: Storage) => storage.write('export.lock', [lock('them:1', 'there')])],
  ['was removed', (storage: Storage) => storage.delete('export.lock')],
])('tells its owner once, and is left alone, when it %s', async (what, change) => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const { take, renew, lost } = owner(storage)
  const release = await take()
  await change(storage)
  const left = await storage.read('export.lock')
  await renew()
  expect(lost).toEqual([
    `${storage.location}/export.lock ${what}: this process did not renew it for 90 seconds, or somebody deleted it; ` +
      'nothing more is written, run again when no other run is at this step',
  ])
  await release()
  expect(await storage.read('export.lock')).toEqual(left)
})

it('is renewed again after a storage that failed for a while', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  let isBroken = false
  const readVersion: Storage['readVersion'] = (name) =>
    isBroken ? Promise.reject(new Error('no answer')) : storage.readVersion(name)
  const { take, renew, lost, warnings } = owner({ ...storage, readVersion })
  const release = await take()
  isBroken = true
  await renew()
  isBroken = false
  await renew()
  expect(warnings).toEqual([{ lock: `${storage.location}/export.lock`, failure: 'no answer' }])
  expect(lost).toEqual([])
  expect(new TextDecoder().decode(await storage.read('export.lock'))).toContain('"renewals":2')
  await release()
})

it('refuses a file of that name that is no lock', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  await storage.write('export.lock', [new TextEncoder().encode('null')])
  await expect(acquireRunLock(storage, options())).rejects.toThrow(
    new DataError(`${storage.location}/export.lock is not a lock of this program: delete it and run again`),
  )
})

it.each([
  ['processes', (at: number) => `us:10${at}`],
  ['takers in one process', () => 'us:100'],
])('is won by one of many %s that begin at once', async (_, ownerOf) => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const time = new LockTime()
  const ends = await Promise.allSettled(
    Array.from({ length: 5 }, (_, at) => acquireRunLock(storage, time.options(ownerOf(at)))),
  )
  const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  expect(won).toHaveLength(1)
  await won[0]?.()
})

it('says what to do where a taker was killed in the moment in which it removed the lock', async () => {
  const storage = await storageWith('us:7', 'here')
  const { version } = (await storage.readVersion('export.lock')) ?? {}
  writeFileSync(join(storage.location, `export.lock~${version}.mta-tmp`), '')
  await expect(acquireRunLock(storage, options())).rejects.toThrow(
    new DataError(
      `${storage.location}/export.lock is taken again and again by other processes; wait for them and run again, ` +
        'or, where there are none, delete the file and run again',
    ),
  )
  await storage.delete('export.lock')
  await (await acquireRunLock(storage, options()))()
  expect(await storage.list('')).toEqual([])
})
