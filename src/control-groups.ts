import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Reads a file of the system; undefined where there is none. */
export type ReadSystemFile = (path: string) => string | undefined

/** A folder of the files that limit a control group, of version 1 or 2. */
export interface ControlGroup {
  readonly version: 1 | 2
  readonly folder: string
}

/**
 * @returns all groups that the process is in, each limit of which holds: https://docs.kernel.org/admin-guide/cgroup-v2.html and
 *   https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html. Within a container the path may be the host's, and its own group is
 *   the root.
 */
export function controlGroups(controller: 'cpu' | 'memory', read: ReadSystemFile): readonly ControlGroup[] {
  return (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line): ControlGroup[] => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) return []
    const isNew = controllers === ''
    if (!isNew && !controllers.split(',').includes(controller)) return []
    const root = isNew ? '/sys/fs/cgroup' : join('/sys/fs/cgroup', controller)
    return upFrom(path).map((folder) => ({ version: isNew ? 2 : 1, folder: join(root, folder) }))
  })
}

function upFrom(path: string): string[] {
  return path === '/' ? ['/'] : [path, ...upFrom(dirname(path))]
}

export function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
