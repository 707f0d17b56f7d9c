import { expect, it } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { Overtaken } from '../../src/warehouse/overtaken.ts'
import { ownerOf, temporaryNames } from '../../src/warehouse/temporary-names.ts'
import { LOCK_LEASE_SEC, type WriteLock, withWriteLock } from '../../src/warehouse/write-lock.ts'

const target = { database: 'mta', table: 'shapley' }

/** A database with one lock, which anybody can remove by its name, and whose time passes with every pause, so many times faster. */
function openDatabase(speed = 1) {
  let nowSec = 1767323045
  let holder: string | undefined
  const said: string[] = []
  const tables: string[] = []
  const lockOf = (process: string): WriteLock =>
    lockBy(temporaryNames(ownerOf(process), nowSec)(target, 'lock').table)
  const lockBy = (mine: string): WriteLock => ({
    target,
    mine,
    create: async () => {
      if (holder !== undefined) return false
      holder = mine
      return true
    },
    holder: async () => holder || undefined,
    remove: async () => {
      holder = undefined
    },
    tables: async () => tables,
    wallClockSec: () => nowSec,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      await new Promise((resolve) => setImmediate(resolve))
      nowSec += (ms / 1000) * speed
    },
    logger: { ...silentLogger, info: (_: object, event: string) => void said.push(event) },
  })
  return { lockOf, lockBy, said, tables, now: () => nowSec, holder: () => holder }
}

it('lets one run work at a time, and all of them in the end', async () => {
  const { lockOf, said, holder } = openDatabase()
  let working = 0
  const ended: number[] = []
  await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      withWriteLock(lockOf(`process ${at}`), undefined, async () => {
        expect(++working).toBe(1)
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
        working--
        ended.push(at)
      }),
    ),
  )
  expect(ended.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 12 }, (_, at) => at))
  expect(said).not.toContain('removed a lock that a dead run had left')
  expect(holder()).toBeUndefined()
})

it('is free again after work that failed', async () => {
  const { lockOf, holder } = openDatabase()
  const failing = withWriteLock(lockOf('one'), undefined, () => Promise.reject(new Error('failed')))
  await expect(failing).rejects.toThrow('failed')
  expect(holder()).toBeUndefined()
})

it('is not left behind where it was taken by a call whose answer got lost', async () => {
  const { lockOf, holder } = openDatabase()
  const lock = lockOf('one')
  const create = async () => {
    await lock.create(undefined)
    throw new Error('no answer')
  }
  await expect(withWriteLock({ ...lock, create }, undefined, async () => 'worked')).rejects.toThrow(
    'no answer',
  )
  expect(holder()).toBeUndefined()
})

it('of another run is not released by one that fails to take it', async () => {
  const { lockOf, holder } = openDatabase()
  const other = lockOf('other')
  await other.create(undefined)
  const create = () => Promise.reject(new Error('no answer'))
  await expect(withWriteLock({ ...lockOf('one'), create }, undefined, async () => 'worked')).rejects.toThrow(
    'no answer',
  )
  expect(holder()).toBe(other.mine)
})

it('of a dead run is taken over ten minutes after its last sign of life, and not before', async () => {
  const { lockOf, said, now } = openDatabase(10)
  const died = lockOf('died')
  await died.create(undefined)
  const diedAtSec = now()
  const tookOverAtSec = await withWriteLock(lockOf('next'), undefined, async () => now())
  expect(tookOverAtSec).toBeGreaterThan(diedAtSec + LOCK_LEASE_SEC)
  expect(said.slice(0, 2)).toEqual(
    Array.from({ length: 2 }, () => 'another run is writing its tables: waiting'),
  )
  expect(said.at(-1)).toBe('removed a lock that a dead run had left')
})

it('of a run that renews its lease is waited for, until the signal', async () => {
  const { lockOf, tables, now } = openDatabase(15)
  const living = lockOf('living')
  await living.create(undefined)
  const startedSec = now()
  const stop = new AbortController()
  const waiting = lockOf('waiting')
  const renewing: WriteLock = {
    ...waiting,
    sleep: async (ms, signal) => {
      tables.splice(0, 1, temporaryNames(ownerOf('living'), now())(target, 'lease').table)
      if (now() > startedSec + 3 * LOCK_LEASE_SEC) stop.abort(new Error('told to stop'))
      await waiting.sleep(ms, signal)
    },
  }
  await expect(withWriteLock(renewing, stop.signal, async () => 'worked')).rejects.toThrow('told to stop')
})

it.each([
  { delayed: 'judges', slow: 'tables', lost: 0 },
  { delayed: 'removes', slow: 'remove', lost: 1 },
] as const)(
  'of a dead run goes to one run at a time though a waiting one $delayed it late',
  async ({ slow, lost }) => {
    const { lockOf, lockBy, now, holder } = openDatabase()
    const died = temporaryNames(ownerOf('died'), now() - LOCK_LEASE_SEC - 1)(target, 'lock')
    await lockBy(died.table).create(undefined)
    let take = () => {}
    const taken = new Promise<void>((resolve) => {
      take = resolve
    })
    const late = lockOf('late')
    const slowly: WriteLock =
      slow === 'tables'
        ? { ...late, tables: async (signal) => taken.then(() => late.tables(signal)) }
        : { ...late, remove: async (holder, signal) => taken.then(() => late.remove(holder, signal)) }
    let publishing = 0
    const publish = async (checkHeld: () => Promise<void>) => {
      take()
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      await checkHeld()
      expect(++publishing).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      publishing--
    }
    const runs = [slowly, lockOf('second'), lockOf('third')].map((lock) =>
      withWriteLock(lock, undefined, publish),
    )
    const failures = (await Promise.allSettled(runs)).flatMap((run) =>
      run.status === 'rejected' ? [run.reason] : [],
    )
    expect(failures).toEqual(Array.from({ length: lost }, () => new Overtaken(target)))
    expect(holder()).toBeUndefined()
  },
)

it('that does not say whose it is is waited for, aloud, and removed after a minute', async () => {
  const { lockOf, lockBy, said, now } = openDatabase()
  await lockBy('').create(undefined)
  const leftAtSec = now()
  const tookOverAtSec = await withWriteLock(lockOf('next'), undefined, async () => now())
  expect(tookOverAtSec).toBeGreaterThan(leftAtSec + 24)
  expect(said[0]).toBe('another run is writing its tables: waiting')
  expect(said.at(-1)).toBe('removed a lock that a dead run had left')
})
