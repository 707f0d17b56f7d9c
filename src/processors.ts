import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/** Reads a file of the system; undefined where there is none. */
export type ReadSystemFile = (path: string) => string | undefined

/**
 * @returns how many threads can run at once: the processors that this process may use, or as much time on them as its control groups
 *   grant, rounded up; at least 1. Node.js knows of the former only.
 */
export function usableProcessors(
  processors: number = availableParallelism(),
  read: ReadSystemFile = readSystemFile,
): number {
  return Math.max(1, Math.min(processors, Math.ceil(leastQuota(read))))
}

/**
 * @returns processors' worth of time that all control groups of the process grant; infinite without a limit. The groups are
 *   https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu (`cpu.max`) and those of version 1 (`cpu.cfs_quota_us`).
 */
function leastQuota(read: ReadSystemFile): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) return []
    if (controllers === '') return foldersOf(path).map((folder) => quotaOf(read, folder))
    return controllers?.split(',').includes('cpu')
      ? foldersOf(path).map((folder) => oldQuotaOf(read, folder))
      : []
  })
  return Math.min(Number.POSITIVE_INFINITY, ...groups)
}

/** A group and those that it is in; within a container the path may be the host's, and its own group is the root. */
function foldersOf(path: string): string[] {
  return path === '/' ? ['/'] : [path, ...foldersOf(dirname(path))]
}

function quotaOf(read: ReadSystemFile, folder: string): number {
  const [quota, period] = (read(join('/sys/fs/cgroup', folder, 'cpu.max')) ?? '').split(/\s+/)
  return ratioOf(quota, period)
}

function oldQuotaOf(read: ReadSystemFile, folder: string): number {
  const file = (name: string) => read(join('/sys/fs/cgroup/cpu', folder, name))?.trim()
  return ratioOf(file('cpu.cfs_quota_us'), file('cpu.cfs_period_us'))
}

/** `max` and -1 stand for no limit. */
function ratioOf(quota: string | undefined, period: string | undefined): number {
  const ratio = Number(quota) / Number(period)
  return ratio > 0 ? ratio : Number.POSITIVE_INFINITY
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
