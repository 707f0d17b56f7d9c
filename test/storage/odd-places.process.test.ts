import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readExportManifest } from '../../src/artifacts/manifest.ts'
import { ConfigError, DataError, exitCodeOf, messageOf } from '../../src/errors.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

/** What may have the name of a file, and what is said then. */
const places: Readonly<Record<string, readonly [make: (path: string) => unknown, said: string]>> = {
  'a pipe': [(path) => spawnSync('sh', ['-c', 'mkfifo "$0"', path]), 'it is a device or a pipe, not a file'],
  'a device without end': [(path) => symlinkSync('/dev/zero', path), 'it is a device or a pipe, not a file'],
  'a directory': [(path) => mkdirSync(path), 'it is a directory, not a file'],
  'a circle of links': [(path) => symlinkSync(path, path), 'symbolic links lead in a circle'],
  'a socket': [
    async (path) => {
      const server = createServer().listen(path)
      await new Promise((resolve) => server.once('listening', resolve))
      onTestFinished(() => void server.close())
    },
    'it is a device or a socket, not a file',
  ],
}

describe('what is no file', () => {
  it.each(Object.entries(places))(
    'is refused at once where a document is read: %s',
    async (_, [make, said]) => {
      const storage = openLocalStorage(makeTemporaryDirectory())
      const path = join(storage.location, 'manifest.json')
      await make(path)
      const error = new DataError(`can't read ${path}: ${said}; remove it, or give another directory`)
      await expect(readExportManifest(storage)).rejects.toThrow(error)
      await expect(storage.stream('manifest.json')[Symbol.asyncIterator]().next()).rejects.toThrow(error)
    },
  )
})

it('refuses a document of a gigabyte before it reads it', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const path = join(storage.location, 'manifest.json')
  writeFileSync(path, '')
  truncateSync(path, 2 ** 30)
  await expect(readExportManifest(storage)).rejects.toThrow(
    new DataError(
      `${path} has 1073741824 bytes, 536870912 at most are read: td-mta did not write it; ` +
        'run the step again that writes it',
    ),
  )
})

it('names a document that is nested too deep', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  writeFileSync(join(storage.location, 'manifest.json'), '['.repeat(1e6) + ']'.repeat(1e6))
  const error = await readExportManifest(storage).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(DataError)
  expect(messageOf(error)).toContain(join(storage.location, 'manifest.json'))
})

it.each(['/proc/x', '/proc/x/y/z', '/sys/x', '/dev/full/x', `/tmp/${'x'.repeat(300)}`])(
  'gives up a directory that can not be made: %s',
  async (place) => {
    const error = await openLocalStorage(place)
      .write('manifest.json', [new Uint8Array(1)])
      .catch((reason: unknown) => reason)
    expect(messageOf(error)).toContain(place)
    expect(exitCodeOf(error)).toBe(2)
  },
)

it('says that the directory was removed while it wrote', async () => {
  const storage = openLocalStorage(join(makeTemporaryDirectory(), 'data'))
  async function* chunks() {
    yield new Uint8Array(10)
    rmSync(storage.location, { recursive: true })
  }
  const error = await storage.write('a/b', chunks()).catch((reason: unknown) => reason)
  expect(exitCodeOf(error)).toBe(4)
  expect(messageOf(error)).toBe(
    `can't write ${storage.location}/a/b: its directory is not there, or was removed meanwhile; ` +
      'run again when nothing removes it',
  )
  expect(existsSync(storage.location)).toBe(false)
})

it('writes through a link to a directory, and not through one that leads in a circle', async () => {
  const directory = makeTemporaryDirectory()
  mkdirSync(join(directory, 'real'))
  symlinkSync('real', join(directory, 'link'))
  symlinkSync('loop', join(directory, 'loop'))
  await openLocalStorage(join(directory, 'link', 'a')).write('b', [new Uint8Array(1)])
  expect(existsSync(join(directory, 'real/a/b'))).toBe(true)
  const error = await openLocalStorage(join(directory, 'loop', 'a'))
    .write('b', [new Uint8Array(1)])
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ConfigError)
})
