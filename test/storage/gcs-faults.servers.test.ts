import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RetryPolicy } from '../../src/http/retries.ts'
import { gcsAccessOf } from '../../src/storage/gcs/access.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import { ObjectExistsError, type Storage } from '../../src/storage/storage.ts'
import { type Fault, type Front, startFront } from '../fakes/gcs/front.ts'
import { hastyPolicy, patientPolicy, surroundings } from '../fakes/gcs/policy.ts'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'

const server = await startFakeGcs()

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

/** Silence lasts until a time limit: cases that wait at the same time take less. */
const TOGETHER = 9

const large = Buffer.alloc(2_000_001, 'a pattern that has a length of 37 bytes')

/** What each operation does, and what has to be true afterwards, told by the server itself. */
const operations: Readonly<
  Record<string, { do(storage: Storage): Promise<unknown>; check(storage: Storage): Promise<void> }>
> = {
  'writing a new object': {
    do: (storage) => storage.write('new', [encode('content')]),
    check: async (storage) => expect(decode(await storage.read('new'))).toBe('content'),
  },
  'replacing an object': {
    do: (storage) => storage.write('former', [encode('content')]),
    check: async (storage) => expect(decode(await storage.read('former'))).toBe('content'),
  },
  'creating an object': {
    do: (storage) => storage.write('new', [encode('content')], { ifAbsent: true }),
    check: async (storage) => expect(decode(await storage.read('new'))).toBe('content'),
  },
  'creating a large object': {
    do: (storage) => storage.write('new', [large], { ifAbsent: true }),
    check: async (storage) => expect(large.equals((await storage.read('new')) ?? encode(''))).toBe(true),
  },
  'failing to create an object that is there': {
    do: (storage) =>
      expect(storage.write('former', [encode('content')], { ifAbsent: true })).rejects.toThrow(
        ObjectExistsError,
      ),
    check: async (storage) => expect(decode(await storage.read('former'))).toBe('former content'),
  },
  'reading an object': {
    do: async (storage) => expect(decode(await storage.read('former'))).toBe('former content'),
    check: async () => {},
  },
  'streaming an object': {
    do: async (storage) => expect(decode(await collect(storage.stream('former')))).toBe('former content'),
    check: async () => {},
  },
  'listing objects': {
    do: async (storage) => expect(await storage.list('')).toEqual(['former', 'other']),
    check: async () => {},
  },
  'deleting an object': {
    do: (storage) => storage.delete('former'),
    check: async (storage) => expect(await storage.list('')).toEqual(['other']),
  },
}

const page = '<!DOCTYPE html><html><title>Error</title><p>502. That&#39;s an error.</p></html>'

const answered: Readonly<Record<string, Fault>> = {
  'status 429 with Retry-After': { status: 429, headers: { 'retry-after': '0' } },
  'status 500': { status: 500 },
  'status 502 with a page': { status: 502, headers: { 'content-type': 'text/html' }, body: page },
  'status 503': { status: 503, body: '{"error":{"code":503,"message":"Backend Error"}}' },
  'status 403 for too many requests': {
    status: 403,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":403,"message":"Slow down","errors":[{"reason":"rateLimitExceeded","message":"Slow down"}]}}',
  },
  'a reset before the effect': 'reset before',
  'a reset after the effect': 'reset after',
}

const unanswered: Readonly<Record<string, Fault>> = {
  'a truncated answer': 'truncate',
  'a stalled answer': 'stall',
  'silence without effect': 'silence',
  'silence after the effect': 'silence after',
}

if ('missing' in server) it.skip(`is safe behind a bad network (skipped: ${server.missing})`, () => {})
else testFaults(server)

function testFaults(server: FakeGcs): void {
  beforeAll(() => server.createBucket('bucket'))
  afterAll(() => server.stop())
  let opened = 0

  /** A storage of its own behind a front of its own, and the same place without the front. */
  async function behindFront(
    policy: RetryPolicy,
    work: (storage: Storage, front: Front, direct: Storage) => Promise<void>,
  ) {
    const location = `gs://bucket/${opened++}`
    const front = await startFront(server.url)
    const direct = openGcsStorage(location, {
      access: gcsAccessOf({ STORAGE_EMULATOR_HOST: server.url }),
      ...surroundings,
    })
    const access = gcsAccessOf({ STORAGE_EMULATOR_HOST: front.url })
    try {
      await direct.write('former', [encode('former content')])
      await direct.write('other', [])
      await work(openGcsStorage(location, { access, policy, ...surroundings }), front, direct)
      expect(front.pending()).toBe(0)
    } finally {
      await front.stop()
    }
  }

  it.each(Object.entries(operations))('survives any fault at any call of %s', async (_, operation) => {
    let calls = 0
    await behindFront(patientPolicy, async (storage, front) => {
      await operation.do(storage)
      calls = front.takeRequests().length
    })
    expect(calls).toBeGreaterThan(0)
    const withFaultAt = (at: number, policy: RetryPolicy, name: string, fault: Fault) =>
      behindFront(policy, async (storage, front, direct) => {
        front.fail(/./, ...Array<Fault>(at).fill('none'), fault)
        await operation.do(storage)
        await operation.check(direct)
      }).catch((cause: unknown) => {
        throw new Error(`${name} at call ${at}`, { cause })
      })
    const casesOf = (policy: RetryPolicy, faults: Readonly<Record<string, Fault>>) =>
      Object.entries(faults).flatMap(([name, fault]) =>
        Array.from({ length: calls }, (_, at) => () => withFaultAt(at, policy, name, fault)),
      )
    const cases = [...casesOf(patientPolicy, answered), ...casesOf(hastyPolicy, unanswered)]
    while (cases.length > 0) await Promise.all(cases.splice(0, TOGETHER).map((run) => run()))
  })
}
