import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError, DataError, RemoteError } from '../../src/errors.ts'
import type { RetryPolicy } from '../../src/http/retries.ts'
import { gcsAccessOf } from '../../src/storage/gcs/access.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import { acquireRunLock } from '../../src/storage/run-lock.ts'
import { type Front, startFront } from '../fakes/gcs/front.ts'
import { hastyPolicy, patientPolicy, surroundings } from '../fakes/gcs/policy.ts'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { LockTime } from './lock-time.ts'

const server = await startFakeGcs()

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const large = Buffer.alloc(17_000_001, 'a pattern that has a length of 37 bytes')

function* once(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes
}

/** Waits for what a request has done without a limit of its own: a test that waits too long fails by its own. */
const endless: RetryPolicy = {
  ...patientPolicy,
  silenceMs: 1e9,
  firstPauseMs: 1e9,
  longestPauseMs: 1e9,
  longestWaitMs: 1e12,
}

if ('missing' in server) it.skip(`moves bytes safely (skipped: ${server.missing})`, () => {})
else testTransfers(server)

function testTransfers(server: FakeGcs): void {
  let front: Front
  let opened = 0

  beforeAll(async () => {
    await server.createBucket('bucket')
    front = await startFront(server.url)
  })
  afterAll(async () => {
    await front.stop()
    await server.stop()
  })

  function open(policy: RetryPolicy = patientPolicy, signal?: AbortSignal) {
    const location = `gs://bucket/${opened++}`
    const access = gcsAccessOf({ STORAGE_EMULATOR_HOST: front.url })
    front.takeRequests()
    return {
      location,
      storage: openGcsStorage(location, { access, policy, ...surroundings, ...(signal && { signal }) }),
      direct: openGcsStorage(location, {
        access: gcsAccessOf({ STORAGE_EMULATOR_HOST: server.url }),
        ...surroundings,
      }),
    }
  }

  const requests = () => front.takeRequests().map((line) => line.split(' ')[0])

  it('sends a small object in one request, and looks before it replaces', async () => {
    const { storage } = open()
    await storage.write('x', [encode('new')], { ifAbsent: true })
    expect(requests()).toEqual(['POST'])
    await storage.write('x', [encode('newer')])
    expect(requests()).toEqual(['GET', 'POST'])
    await storage.read('x')
    expect(requests()).toEqual(['GET', 'GET'])
    await storage.delete('x')
    expect(requests()).toEqual(['GET', 'DELETE'])
  })

  it('sends a large object in one request, too', async () => {
    const { storage, direct } = open()
    await storage.write('x', [large], { ifAbsent: true })
    expect(requests()).toEqual(['POST'])
    expect(large.equals((await direct.read('x')) ?? encode(''))).toBe(true)
  })

  it('sends a large object again from its beginning, though its bytes came once', async () => {
    const { storage, direct } = open()
    front.fail(/^POST/, 'reset before', { status: 503 }, 'reset after')
    await storage.write('x', once(large), { ifAbsent: true })
    expect(requests()).toEqual(['POST', 'POST', 'POST', 'POST', 'GET'])
    expect(large.equals((await direct.read('x')) ?? encode(''))).toBe(true)
  })

  it('sends a large object again when it was refused before all of it was sent', async () => {
    const { storage, direct } = open()
    front.fail(/^POST/, { early: 503 }, { early: 429 }, { early: 503 })
    await storage.write('x', once(large), { ifAbsent: true })
    expect(requests()).toEqual(['POST', 'POST', 'POST', 'POST'])
    expect(large.equals((await direct.read('x')) ?? encode(''))).toBe(true)
  })

  it('needs a temporary directory for more than 8 MiB only, and says so before it sends anything', async () => {
    const { storage, direct } = open()
    const directory = join(makeTemporaryDirectory(), 'nowhere')
    vi.stubEnv('TMPDIR', directory)
    onTestFinished(() => void vi.unstubAllEnvs())
    const small = large.subarray(0, 8 << 20)
    front.fail(/^POST/, { status: 503 })
    await storage.write('small', [small.subarray(0, 100), small.subarray(100)], { ifAbsent: true })
    expect(requests()).toEqual(['POST', 'POST'])
    expect(small.equals((await direct.read('small')) ?? encode(''))).toBe(true)
    const error = await storage.write('x', [small, encode('!')]).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error).replace(/td-mta-[0-9a-f-]+/, 'NAME')).toBe(
      `ConfigError: TMPDIR: no temporary file can be made in ${directory} (ENOENT: no such file or directory, open ` +
        `'${directory}/NAME'), and an object of more than 8 MiB needs one on its way to the bucket; ` +
        'set TMPDIR to a directory that can be written',
    )
    expect(requests()).toEqual([])
  })

  it('gives up an upload that fails again and again, and leaves nothing', async () => {
    const { storage, direct, location } = open({ ...patientPolicy, attempts: 3 })
    front.fail(/^POST/, { status: 503 }, { status: 503 }, { status: 503 })
    await expect(storage.write('x', [large])).rejects.toThrow(
      new RemoteError(
        `storage ${location}: writing x failed after 3 attempts: status 503: an empty answer; run again later`,
      ),
    )
    expect(requests()).toEqual(['GET', 'GET', 'POST', 'POST', 'POST'])
    expect(await direct.list('')).toEqual([])
  })

  it('gives up an upload of which nothing is taken any more long before all of it could have been sent', async () => {
    // 2 s for what the system may hold of it, 5 s for all 17 MB.
    const policy = { ...patientPolicy, attempts: 1, silenceMs: 1000, slowestBytesPerMs: 4000 }
    const { storage, location } = open(policy)
    front.fail(/^POST/, 'unread')
    await expect(storage.write('x', [large], { ifAbsent: true })).rejects.toThrow(
      new RemoteError(
        `storage ${location}: writing x failed: no answer: Headers Timeout Error (UND_ERR_HEADERS_TIMEOUT); run again later`,
      ),
    )
  })

  it('sends nothing where the bytes end in an error', async () => {
    const { storage, direct } = open()
    async function* breaking() {
      yield large
      throw new Error('source broke')
    }
    await expect(storage.write('x', breaking())).rejects.toThrow('source broke')
    expect(requests()).toEqual([])
    expect(await direct.list('')).toEqual([])
  })

  it('sends again what changed on the way', async () => {
    const { storage, direct } = open()
    front.fail(/^POST/, 'corrupt request')
    await storage.write('x', [encode('content')])
    expect(decode(await direct.read('x'))).toBe('content')
  })

  it('says that an upload changed on the way each time, and leaves nothing', async () => {
    const { storage, direct, location } = open({ ...patientPolicy, attempts: 2 })
    front.fail(/^POST/, 'corrupt request', 'corrupt request')
    await expect(storage.write('x', [large])).rejects.toThrow(
      new RegExp(
        `^storage ${location}: writing x failed after 2 attempts: status 400: .*CRC32C.*; run again later$`,
      ),
    )
    expect(await direct.list('')).toEqual([])
  })

  it('reads again what changed on the way', async () => {
    const { storage, direct } = open()
    await direct.write('x', [encode('123456789')])
    front.fail(/^GET .*alt=media/, 'corrupt answer')
    expect(decode(await storage.read('x'))).toBe('123456789')
  })

  it('says after the last byte of a stream that it is not what was stored', async () => {
    const { storage, direct, location } = open()
    await direct.write('x', [encode('123456789')])
    front.fail(/^GET .*alt=media/, 'corrupt answer')
    await expect(collect(storage.stream('x'))).rejects.toThrow(
      new DataError(
        `${location}/x: 9 bytes with CRC32C 0x116d1180 came, its description says 9 bytes with 0xe3069283; ` +
          'run again, and where that fails too, run the step again that wrote it',
      ),
    )
  })

  it.each(['truncate', 'stall'] as const)(
    'goes on at the next byte after a download that met %s',
    async (fault) => {
      const { storage, direct } = open(hastyPolicy)
      await direct.write('x', [large])
      front.fail(/^GET .*alt=media/, fault, fault)
      expect(large.equals(await collect(storage.stream('x')))).toBe(true)
      expect(requests()).toEqual(['GET', 'GET', 'GET', 'GET'])
    },
  )

  it('does not mix two contents of an object that is replaced while it streams', async () => {
    const { storage, direct, location } = open()
    await direct.write('x', [large])
    front.fail(/^GET .*alt=media/, 'truncate')
    front.between(/^GET .*alt=media/, async () => void (await direct.write('x', [encode('other')])))
    await expect(collect(storage.stream('x'))).rejects.toThrow(
      new DataError(
        `${location}/x was replaced or removed while it was read; run again when nothing writes there`,
      ),
    )
  })

  it('reads the newer content of an object that is replaced while it is read', async () => {
    const { storage, direct } = open()
    await direct.write('x', [large])
    front.fail(/^GET .*alt=media/, 'truncate')
    front.between(/^GET .*alt=media/, async () => void (await direct.write('x', [encode('other')])))
    expect((await storage.read('x'))?.length).toBe('other'.length)
  })

  it('leaves what another process wrote after a delete whose answer got lost', async () => {
    const { storage, direct } = open()
    await direct.write('lock', [encode('ours')])
    front.fail(/^DELETE/, 'reset after')
    front.between(/^DELETE/, async () => void (await direct.write('lock', [encode('theirs')])))
    await storage.delete('lock')
    expect(decode(await direct.read('lock'))).toBe('theirs')
  })

  it('replaces what another process wrote after we looked', async () => {
    const { storage, direct } = open()
    front.between(/^GET .*\/x/, async () => void (await direct.write('x', [encode('theirs')])))
    await storage.write('x', [encode('ours')])
    expect(decode(await direct.read('x'))).toBe('ours')
  })

  it('lists more names than one page has', async () => {
    const { storage, direct } = open()
    const names = Array.from({ length: 1001 }, (_, at) => `part-${String(at).padStart(5, '0')}`)
    while (names.length > 0) await Promise.all(names.splice(0, 50).map((name) => direct.write(name, [])))
    expect(await storage.list('part-')).toHaveLength(1001)
    expect(requests()).toEqual(['GET', 'GET'])
  })

  it.each([
    ['an answer', endless, 'silence' as const],
    ['another attempt', endless, { status: 503 }],
  ])('stops at once where it waits for %s', async (_, policy, fault) => {
    const { storage } = open(policy)
    const stop = new AbortController()
    front.fail(/^POST/, fault)
    const write = storage.write('x', [encode('x')], { ifAbsent: true, signal: stop.signal })
    const ended = expect(write).rejects.toThrow('told to stop')
    await untilRequested('POST')
    stop.abort(new Error('told to stop'))
    await ended
  })

  it('ends a large upload when the run is stopped', async () => {
    const { storage, direct } = open(endless)
    const stop = new AbortController()
    front.fail(/^POST/, 'silence')
    const write = storage.write('x', [large], { ifAbsent: true, signal: stop.signal })
    const ended = expect(write).rejects.toThrow('told to stop')
    await untilRequested('POST')
    stop.abort(new Error('told to stop'))
    await ended
    expect(await direct.list('')).toEqual([])
  })

  it('stops a stalled stream when the run is told to stop, and can delete afterwards', async () => {
    const stop = new AbortController()
    const { storage, direct } = open({ ...patientPolicy, silenceMs: 1e9 }, stop.signal)
    await direct.write('x', [large])
    front.fail(/^GET .*alt=media/, 'stall')
    const ended = expect(collect(storage.stream('x'))).rejects.toThrow('told to stop')
    await untilRequested('GET', 2)
    stop.abort(new Error('told to stop'))
    await ended
    await storage.delete('x')
    expect(await direct.list('')).toEqual([])
  })

  it('closes a download that its reader leaves', async () => {
    const { storage, direct } = open()
    await direct.write('x', [large])
    for await (const chunk of storage.stream('x')) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
  })

  it('takes and gives back the lock of a run through any lost answer', async () => {
    const { storage, direct } = open()
    front.fail(/^POST/, 'reset after')
    front.fail(/^DELETE/, 'reset after')
    const time = new LockTime()
    const release = await acquireRunLock(storage, time.options('us:1'))
    await expect(acquireRunLock(direct, time.options('us:2'))).rejects.toThrow(DataError)
    await release()
    expect(await direct.list('')).toEqual([])
  })

  it('gives the lock of a run to one of many', async () => {
    const { storage } = open()
    const time = new LockTime()
    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, (_, at) => acquireRunLock(storage, time.options(`us:${at}`))),
    )
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  /** Takes the requests up to so many of that method. */
  async function untilRequested(method: string, times = 1): Promise<void> {
    for (let left = times; left > 0; left -= requests().filter((one) => one === method).length) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
