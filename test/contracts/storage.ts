import { crc32c } from '@node-rs/crc32'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { acquireRunLock } from '../../src/storage/run-lock.ts'
import { ObjectChangedError, ObjectExistsError, type Storage } from '../../src/storage/storage.ts'
import { LockTime } from '../storage/lock-time.ts'

/** An empty storage, and the same place as another process would open it. */
export interface StorageUnderTest {
  readonly storage: Storage
  readonly reopen: () => Storage
  /** Equal bytes are one version. */
  readonly isVersionOfBytes?: boolean
}

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

async function* pull(...texts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text
    yield encode(text)
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += decode(chunk)
  return text
}

/** The storage, with a pause after the first read: what was read is acted on later. */
function pausing(storage: Storage, pause: () => Promise<void>): Storage {
  let reads = 0
  return {
    ...storage,
    readVersion: async (name) => {
      const found = await storage.readVersion(name)
      if (reads++ === 0) await pause()
      return found
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const abandoned = '{"runId":"r0","step":"export","owner":"us:7","place":"here","token":"dead"}'

/** What every storage promises; run by the tests of each. */
export function storageContract(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`${name} keeps the contract of a storage`, () => {
    it('gives back what was written, with its size and CRC32C, in another process too', async () => {
      const { storage, reopen } = await open()
      const written = await storage.write('a/b/c.bin', pull('12345', '', '6789'))
      // The check value of CRC-32C: https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-32-iscsi
      expect(written).toEqual({ name: 'a/b/c.bin', bytes: 9, crc32c: 0xe3069283 })
      expect(decode(await reopen().read('a/b/c.bin'))).toBe('123456789')
      expect(await collect(reopen().stream('a/b/c.bin'))).toBe('123456789')
    })

    it('keeps an empty object', async () => {
      const { storage } = await open()
      expect(await storage.write('empty', [])).toEqual({ name: 'empty', bytes: 0, crc32c: 0 })
      expect((await storage.read('empty'))?.length).toBe(0)
    })

    it('keeps megabytes exactly, whatever the chunks', async () => {
      const { storage } = await open()
      const bytes = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 2654435761) >>> 13)
      const chunks = [bytes.subarray(0, 1), bytes.subarray(1, 2_500_000), bytes.subarray(2_500_000)]
      expect(await storage.write('big', chunks)).toMatchObject({ bytes: bytes.length, crc32c: crc32c(bytes) })
      let at = 0
      for await (const chunk of storage.stream('big')) {
        expect(Buffer.compare(chunk, bytes.subarray(at, at + chunk.length))).toBe(0)
        at += chunk.length
      }
      expect(at).toBe(bytes.length)
    })

    it('replaces an object whole', async () => {
      const { storage } = await open()
      await storage.write('x', pull('a longer former content'))
      await storage.write('x', pull('new'))
      expect(decode(await storage.read('x'))).toBe('new')
    })

    it('leaves the former object, and nothing else, where the bytes end in an error', async () => {
      const { storage } = await open()
      await storage.write('x', pull('former'))
      await expect(storage.write('x', pull('half', new Error('source broke')))).rejects.toThrow(
        'source broke',
      )
      await expect(storage.write('y', pull('half', new Error('source broke')))).rejects.toThrow(
        'source broke',
      )
      expect(decode(await storage.read('x'))).toBe('former')
      expect(await storage.list('')).toEqual(['x'])
    })

    it('stops with the reason of the signal, and leaves the former object', async () => {
      const { storage } = await open()
      await storage.write('x', pull('former'))
      const stop = new AbortController()
      async function* stopping() {
        yield encode('half')
        stop.abort(new Error('told to stop'))
        yield encode('other half')
      }
      await expect(storage.write('x', stopping(), { signal: stop.signal })).rejects.toThrow('told to stop')
      expect(decode(await storage.read('x'))).toBe('former')
    })

    it('creates only where it is asked to, and tells a taken name', async () => {
      const { storage, reopen } = await open()
      await storage.write('lock', pull('first'), { ifAbsent: true })
      await expect(reopen().write('lock', pull('second'), { ifAbsent: true })).rejects.toThrow(
        ObjectExistsError,
      )
      expect(decode(await storage.read('lock'))).toBe('first')
      expect(await storage.list('')).toEqual(['lock'])
    })

    it('lets one of many create-only writers win', async () => {
      const { storage, reopen } = await open()
      const storages = [storage, reopen(), storage, reopen(), storage, reopen()]
      const ends = await Promise.allSettled(
        storages.map((one, at) => one.write('lock', pull(`writer ${at}`), { ifAbsent: true })),
      )
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = ends.findIndex(({ status }) => status === 'fulfilled')
      expect(decode(await storage.read('lock'))).toBe(`writer ${winner}`)
    })

    it('keeps one of many replacing writers whole', async () => {
      const { storage } = await open()
      const contents = Array.from({ length: 6 }, (_, at) => `${at}`.repeat(1000 + at))
      await Promise.all(contents.map((content) => storage.write('x', pull(content))))
      expect(contents).toContain(decode(await storage.read('x')))
    })

    it('tells nothing of what is not there', async () => {
      const { storage } = await open()
      expect(await storage.read('nowhere/x')).toBeUndefined()
      expect(await storage.list('')).toEqual([])
      await expect(collect(storage.stream('nowhere/x'))).rejects.toThrow(
        new DataError(`storage ${storage.location}: there is no nowhere/x`),
      )
      await storage.delete('nowhere/x')
    })

    it('lists by prefix, folder or not, in the order of code points', async () => {
      const { storage } = await open()
      const names = ['p/a', 'p/B', 'p/b/c', 'pq', 'q', 'p/\u{1f600}', 'p/\uff5e', 'p/part-1', 'p/part-2']
      for (const name of names) await storage.write(name, [])
      expect(await storage.list('p/')).toEqual([
        'p/B',
        'p/a',
        'p/b/c',
        'p/part-1',
        'p/part-2',
        'p/\uff5e',
        'p/\u{1f600}',
      ])
      expect(await storage.list('p/part')).toEqual(['p/part-1', 'p/part-2'])
      expect(await storage.list('p')).toHaveLength(8)
      expect(await storage.list('nothing/')).toEqual([])
    })

    it('keeps names of any language and with any sign that is no separator', async () => {
      const { storage, reopen } = await open()
      const names = [
        'a b',
        'ü/日本',
        '100%',
        '%41',
        'a#b',
        'a?b=c&d',
        'a+b',
        "it's (1) [2] {3}",
        '~',
        'x:y',
        '*',
        '...',
      ]
      for (const name of names) await storage.write(name, [encode(name)])
      for (const name of names) {
        expect(decode(await reopen().read(name))).toBe(name)
        expect(await collect(storage.stream(name))).toBe(name)
      }
      expect([...(await storage.list(''))].sort()).toEqual([...names].sort())
      for (const name of names) await storage.delete(name)
      expect(await storage.list('')).toEqual([])
    })

    it('has taken the bytes of a chunk when it asks for the next one', async () => {
      const { storage } = await open()
      const chunk = new Uint8Array(3)
      function* reusing() {
        for (const digit of [49, 50, 51]) yield chunk.fill(digit)
      }
      await storage.write('x', reusing())
      expect(decode(await storage.read('x'))).toBe('111222333')
    })

    it('keeps tens of megabytes exactly, and the former object until all are there', async () => {
      const { storage } = await open()
      await storage.write('x', pull('former'))
      const bytes = Uint8Array.from({ length: 5_000_003 }, (_, at) => (at * 2654435761) >>> 13)
      async function* watched() {
        for (let at = 0; at < 4; at++) {
          yield bytes
          expect(decode(await storage.read('x'))).toBe('former')
        }
      }
      const whole = Buffer.concat([bytes, bytes, bytes, bytes])
      const written = await storage.write('x', watched())
      expect(written).toEqual({ name: 'x', bytes: whole.length, crc32c: crc32c(whole) })
      expect(whole.equals((await storage.read('x')) ?? encode(''))).toBe(true)
    })

    it('creates tens of megabytes only where the name is free', async () => {
      const { storage } = await open()
      await storage.write('x', pull('former'))
      const large = [new Uint8Array(9_000_000), new Uint8Array(9_000_000)]
      await expect(storage.write('x', large, { ifAbsent: true })).rejects.toThrow(ObjectExistsError)
      expect(decode(await storage.read('x'))).toBe('former')
      expect(await storage.write('y', large, { ifAbsent: true })).toMatchObject({ bytes: 18_000_000 })
    })

    it('lets a reader leave a stream', async () => {
      const { storage } = await open()
      await storage.write('x', [new Uint8Array(5_000_000)])
      for await (const chunk of storage.stream('x')) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      await storage.delete('x')
      expect(await storage.list('')).toEqual([])
    })

    it('deletes one object, twice without complaint', async () => {
      const { storage } = await open()
      await storage.write('a/x', pull('x'))
      await storage.write('a/y', pull('y'))
      await storage.delete('a/x')
      await storage.delete('a/x')
      expect(await storage.list('')).toEqual(['a/y'])
    })

    it('deletes an object only while it is the version that was read, even where the bytes are the same again', async () => {
      const { storage, reopen, isVersionOfBytes = false } = await open()
      await storage.write('x', pull('same'))
      const first = await storage.readVersion('x')
      expect(decode(first?.bytes)).toBe('same')
      expect(await reopen().readVersion('x')).toEqual(first)
      const again = isVersionOfBytes ? 'another' : 'same'
      await reopen().write('x', pull(again))
      await storage.delete('x', first?.version)
      expect(decode(await storage.read('x'))).toBe(again)
      await storage.delete('x', (await storage.readVersion('x'))?.version)
      expect(await storage.list('')).toEqual([])
      expect(await storage.readVersion('x')).toBeUndefined()
      await storage.delete('x', first?.version)
      await reopen().write('x', pull(again), { ifAbsent: true })
      await storage.delete('x', first?.version)
      expect(await storage.list('')).toEqual(['x'])
    })

    it('replaces an object only while it is the version that was read', async () => {
      const { storage, reopen } = await open()
      await storage.write('x', pull('first'))
      const { version = '' } = (await storage.readVersion('x')) ?? {}
      expect(await reopen().write('x', pull('second'), { ifVersion: version })).toMatchObject({ bytes: 6 })
      await expect(storage.write('x', pull('third'), { ifVersion: version })).rejects.toThrow(
        ObjectChangedError,
      )
      expect(decode(await storage.read('x'))).toBe('second')
      await storage.delete('x')
      await expect(storage.write('x', pull('fourth'), { ifVersion: version })).rejects.toThrow(
        ObjectChangedError,
      )
      expect(await storage.list('')).toEqual([])
    })

    it('lets one of many writers that are bound to one version win', async () => {
      const { storage, reopen } = await open()
      await storage.write('x', pull('first'))
      const { version = '' } = (await storage.readVersion('x')) ?? {}
      const ends = await Promise.allSettled(
        Array.from({ length: 6 }, (_, at) =>
          reopen().write('x', pull(`writer ${at}`), { ifVersion: version }),
        ),
      )
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      const winner = ends.findIndex(({ status }) => status === 'fulfilled')
      expect(decode(await storage.read('x'))).toBe(`writer ${winner}`)
      expect(await storage.list('')).toEqual(['x'])
    })

    it('gives an abandoned lock to one of two that both read it before either took it over', async () => {
      const { storage, reopen } = await open()
      const time = new LockTime()
      await storage.write('export.lock', pull(abandoned))
      const secondHasRead = new AbortController()
      const firstHolds = new AbortController()
      const first = pausing(storage, () => aborted(secondHasRead.signal))
      const second = pausing(reopen(), () => {
        secondHasRead.abort()
        return aborted(firstHolds.signal)
      })
      const taken = acquireRunLock(first, time.options('us:1')).finally(() => firstHolds.abort())
      const refused = expect(acquireRunLock(second, time.options('us:2'))).rejects.toThrow(
        'run r1 is at its export step in this storage: us:1 holds ',
      )
      const release = await taken
      await refused
      expect(decode(await storage.read('export.lock'))).toContain('"us:1"')
      await release()
      expect(await storage.list('')).toEqual([])
    })

    it('gives an abandoned lock to one of many', async () => {
      const { storage, reopen } = await open()
      const time = new LockTime()
      await storage.write('export.lock', pull(abandoned))
      const ends = await Promise.allSettled(
        Array.from({ length: 8 }, (_, at) => acquireRunLock(reopen(), time.options(`us:1${at}`))),
      )
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    it.each(['../x', 'a/../../x', '/etc/x', './x', 'a//b', 'a/', ''])('refuses the name %j', async (bad) => {
      const { storage } = await open()
      await expect(storage.write(bad, [])).rejects.toThrow(DataError)
      await expect(storage.read(bad)).rejects.toThrow(DataError)
      await expect(storage.delete(bad)).rejects.toThrow(DataError)
    })
  })
}
