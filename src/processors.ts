import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type ControlGroup, controlGroups, type ReadSystemFile, readSystemFile } from './control-groups.ts'

/**
 * @returns how many threads can run at once: the processors that this process may use, or as much time on them as its control groups
 *   grant, rounded up; at least 1. Node.js knows of the former only.
 */
export function usableProcessors(
  processors: number = availableParallelism(),
  read: ReadSystemFile = readSystemFile,
): number {
  const quotas = controlGroups('cpu', read).map((group) => quotaOf(group, read))
  return Math.max(1, Math.min(processors, Math.ceil(Math.min(Number.POSITIVE_INFINITY, ...quotas))))
}

/** @returns processors' worth of time that a group grants; infinite without a limit. */
function quotaOf({ version, folder }: ControlGroup, read: ReadSystemFile): number {
  if (version === 2) {
    const [quota, period] = (read(join(folder, 'cpu.max')) ?? '').split(/\s+/)
    return ratioOf(quota, period)
  }
  const file = (name: string) => read(join(folder, name))?.trim()
  return ratioOf(file('cpu.cfs_quota_us'), file('cpu.cfs_period_us'))
}

/** `max` and -1 stand for no limit. */
function ratioOf(quota: string | undefined, period: string | undefined): number {
  const ratio = Number(quota) / Number(period)
  return ratio > 0 ? ratio : Number.POSITIVE_INFINITY
}
