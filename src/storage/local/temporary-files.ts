import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isRunning, processPlace } from '../../process-place.ts'

const SUFFIX = '.mta-tmp'
const PATTERN = /^(.+)~([^~]*)~(\d+)~[^~]+\.mta-tmp$/

/** A writer on another machine, or in another container, can't be asked; what is so much older than a file made now belongs to none. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000

const inUse = new Set<string>()

/** @returns a path beside `path` that no other writer uses, until `endTemporaryPath`. */
export function beginTemporaryPath(path: string): string {
  const temporaryPath = `${path}~${processPlace}~${process.pid}~${randomBytes(6).toString('hex')}${SUFFIX}`
  inUse.add(temporaryPath)
  return temporaryPath
}

/** The file is gone or has its name. */
export function endTemporaryPath(temporaryPath: string): void {
  inUse.delete(temporaryPath)
}

/** @returns the path of the file that whoever wants to remove a version of `path` creates first. */
export function claimPath(path: string, version: string): string {
  return `${path}~${version}${SUFFIX}`
}

/** @returns whether a file is one that is still, or was never completely, written. */
export function isTemporaryName(name: string): boolean {
  return name.endsWith(SUFFIX)
}

/**
 * Removes what dead writers of `path` left beside it: of processes of this place that are gone, and of other places what
 * is a day older than the file just written, by the file system's own clock.
 * @param temporaryPath a file or directory that was just written.
 */
export async function removeAbandonedFiles(path: string, temporaryPath: string): Promise<void> {
  const directory = dirname(path)
  const candidates = (await readdir(directory)).filter(isTemporaryName).map((name) => join(directory, name))
  if (candidates.length <= 1) return
  const { mtimeMs } = await stat(temporaryPath)
  for (const candidate of candidates) {
    const candidateMs = (await stat(candidate).catch(() => undefined))?.mtimeMs ?? mtimeMs
    if (isAbandoned(path, candidate, mtimeMs - candidateMs))
      await rm(candidate, { force: true, recursive: true })
  }
}

function isAbandoned(path: string, candidate: string, ageMs: number): boolean {
  const [, base, place, pid] = PATTERN.exec(basename(candidate)) ?? []
  if (base !== basename(path) || inUse.has(candidate)) return false
  if (place !== processPlace) return ageMs > ABANDONED_AFTER_MS
  return Number(pid) === process.pid || !isRunning(Number(pid))
}

/** Forces a file's bytes to the disk. */
export async function syncFile(path: string): Promise<void> {
  await syncAndClose(await open(path, 'r+'))
}

/** Forces a directory's entries to the disk: without it a rename can be lost in a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  await syncAndClose(await open(path, 'r'))
}

async function syncAndClose(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
