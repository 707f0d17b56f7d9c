import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { type Lease, withLease } from '../../src/warehouse/lease.ts'

const MINUTE_MS = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** A lease whose tables are numbers, and what becomes of them. */
function counted(
  changes: Partial<Lease> = {},
): Lease & { readonly tables: Set<string>; readonly log: string[] } {
  const tables = new Set<string>()
  const log: string[] = []
  let made = 0
  return {
    tables,
    log,
    name: () => ({ database: 'mta', table: String(++made) }),
    make: async ({ table }) => {
      tables.add(table)
      log.push(`made ${table}`)
    },
    remove: async ({ table }) => {
      tables.delete(table)
      log.push(`removed ${table}`)
    },
    logger: silentLogger,
    ...changes,
  }
}

/** Lets everything happen that needs no timer. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('a lease', () => {
  it('costs nothing where the work is short', async () => {
    const lease = counted()
    expect(await withLease(lease, async () => 'done')).toBe('done')
    expect(lease.log).toEqual([])
  })

  it('has a new table every minute, the new one before the former goes, and none in the end', async () => {
    const lease = counted()
    await withLease(lease, async () => {
      for (const _ of [1, 2]) {
        vi.advanceTimersByTime(MINUTE_MS)
        await settle()
      }
      expect([...lease.tables]).toEqual(['2'])
    })
    expect(lease.log).toEqual(['made 1', 'made 2', 'removed 1', 'removed 2'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends with the work that fails, whose error counts', async () => {
    const lease = counted()
    const work = withLease(lease, async () => {
      vi.advanceTimersByTime(MINUTE_MS)
      await settle()
      throw new Error('the work failed')
    })
    await expect(work).rejects.toThrow('the work failed')
    expect(lease.tables).toEqual(new Set())
  })

  it('that cannot be renewed is logged, tried again, and does not stop the work', async () => {
    const events: string[] = []
    const logger = { ...silentLogger, warn: (_: object, event: string) => void events.push(event) }
    let failures = 1
    const lease = counted({ logger })
    const make = async (table: Parameters<Lease['make']>[0], signal: AbortSignal) => {
      if (failures-- > 0) throw new Error('no')
      await lease.make(table, signal)
    }
    await withLease({ ...lease, make }, async () => {
      for (const _ of [1, 2]) {
        vi.advanceTimersByTime(MINUTE_MS)
        await settle()
      }
      expect([...lease.tables]).toEqual(['2'])
    })
    expect(events).toEqual(['could not renew the lease of temporary tables'])
    expect(lease.tables).toEqual(new Set())
  })

  it('that takes longer than a minute to renew is renewed once at a time', async () => {
    let answer = () => {}
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const lease = counted()
    const make = async (table: Parameters<Lease['make']>[0], signal: AbortSignal) => {
      await lease.make(table, signal)
      await answered
    }
    await withLease({ ...lease, make }, async () => {
      vi.advanceTimersByTime(3 * MINUTE_MS)
      await settle()
      expect(lease.log).toEqual(['made 1'])
      answer()
      await settle()
      vi.advanceTimersByTime(MINUTE_MS)
      await settle()
      expect([...lease.tables]).toEqual(['2'])
    })
  })

  it('that is being renewed when the work ends is broken off', async () => {
    const lease = counted({
      make: async (_, signal) => {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      },
    })
    await withLease(lease, async () => {
      vi.advanceTimersByTime(MINUTE_MS)
      await settle()
    })
    expect(lease.log).toEqual(['removed 1'])
  })
})
