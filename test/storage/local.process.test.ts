import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { ConfigError, DataError, RemoteError } from '../../src/errors.ts'
import { processPlace } from '../../src/process-place.ts'
import { errorCode, writeErrorOf } from '../../src/storage/local/errors.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { storageContract } from '../contracts/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

storageContract('a local directory', async () => {
  const directory = join(makeTemporaryDirectory(), 'made', 'when', 'needed')
  return { storage: openLocalStorage(directory), reopen: () => openLocalStorage(directory) }
})

it('says where it is as an absolute path', () => {
  const directory = makeTemporaryDirectory()
  expect(openLocalStorage(relative(process.cwd(), directory)).location).toBe(directory)
})

const deadPid = Number(execFileSync('sh', ['-c', 'echo $$']).toString())

it('never lists what a killed writer left, and the next write of the name removes it', async () => {
  const directory = makeTemporaryDirectory()
  const left = `x~${processPlace}~${deadPid}~0.mta-tmp`
  const ofAnotherName = `y~${processPlace}~${deadPid}~0.mta-tmp`
  const ofFormerUsOfThisPid = `x~${processPlace}~${process.pid}~999999.mta-tmp`
  for (const name of [left, ofAnotherName, ofFormerUsOfThisPid]) writeFileSync(join(directory, name), 'half')
  const storage = openLocalStorage(directory)
  expect(await storage.list('')).toEqual([])
  await storage.write('x', [])
  expect(readdirSync(directory).sort()).toEqual(['x', ofAnotherName])
})

it('leaves what a living writer writes, and what another machine writes, until a day has gone', async () => {
  const directory = makeTemporaryDirectory()
  const alive = spawn('sleep', ['60'])
  try {
    const living = `x~${processPlace}~${alive.pid}~0.mta-tmp`
    const elsewhere = 'x~elsewhere~1~0.mta-tmp'
    const longAgo = 'x~elsewhere~1~1.mta-tmp'
    for (const name of [living, elsewhere, longAgo]) writeFileSync(join(directory, name), 'half')
    utimesSync(join(directory, longAgo), 1e9, 1e9)
    await openLocalStorage(directory).write('x', [])
    expect(readdirSync(directory).sort()).toEqual(['x', elsewhere, living].sort())
  } finally {
    alive.kill()
  }
})

it('refuses to write through a file that should be a directory, and says what to do', async () => {
  const directory = makeTemporaryDirectory()
  writeFileSync(join(directory, 'file'), '')
  const storage = openLocalStorage(join(directory, 'file', 'data'))
  await expect(storage.write('x', [])).rejects.toThrow(
    new ConfigError(
      `--data-dir (DATA_DIR): can't write ${directory}/file/data/x: ` +
        'a part of the path is a file, not a directory; give another directory',
    ),
  )
  expect(await storage.read('x')).toBeUndefined()
})

const isRoot = process.getuid?.() === 0

it.skipIf(isRoot)(
  `refuses a directory that this user may not write${isRoot ? ' (skipped: root may write anywhere)' : ''}`,
  async () => {
    const directory = makeTemporaryDirectory()
    mkdirSync(join(directory, 'closed'))
    chmodSync(join(directory, 'closed'), 0o500)
    await expect(openLocalStorage(join(directory, 'closed')).write('x', [])).rejects.toThrow(ConfigError)
  },
)

it('tells the errors that a directory can have', () => {
  const systemError = (code: string) =>
    Object.assign(new Error(`${code}: raw text`), { code, syscall: 'open' })
  const told = ['EACCES', 'EROFS', 'ENOSPC', 'EIO'].map((code) => writeErrorOf('/data/x', systemError(code)))
  expect(told).toEqual([
    new ConfigError(
      "--data-dir (DATA_DIR): can't write /data/x: permission denied; give a directory that this user may write",
    ),
    new ConfigError(
      "--data-dir (DATA_DIR): can't write /data/x: the file system is read-only; give a directory on one that can be written",
    ),
    new RemoteError("can't write /data/x: the disk is full; free some space and run again"),
    new RemoteError("can't write /data/x: EIO: raw text"),
  ])
  const bug = new TypeError('a bug')
  expect(writeErrorOf('/data/x', bug)).toBe(bug)
  expect(errorCode(bug)).toBeUndefined()
})

it('tells a full disk as it happens', async () => {
  const full = '/dev/full'
  if (!existsSync(full)) return
  const { open } = await import('node:fs/promises')
  const file = await open(full, 'w')
  const thrown = await file.writeFile('x').catch((error: unknown) => writeErrorOf(full, error))
  await file.close()
  expect(thrown).toEqual(
    new RemoteError("can't write /dev/full: the disk is full; free some space and run again"),
  )
})

it('leaves the former object where its writer is killed', async () => {
  const directory = makeTemporaryDirectory()
  const storage = openLocalStorage(directory)
  await storage.write('x', [new TextEncoder().encode('former')])
  // What the writer did until it was killed: a temporary file with half of the bytes.
  writeFileSync(join(directory, `x~${processPlace}~${deadPid}~0.mta-tmp`), 'ha')
  expect(readFileSync(join(directory, 'x'), 'utf8')).toBe('former')
  expect(await storage.list('')).toEqual(['x'])
})

it('refuses names that look like its own temporary files', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  await expect(storage.write('x.mta-tmp', [])).rejects.toThrow(
    new DataError(
      `storage ${storage.location}: "x.mta-tmp" is not a valid object name; ` +
        'allowed are relative paths with /, without . and .. as parts',
    ),
  )
})
