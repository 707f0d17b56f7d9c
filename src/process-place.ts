import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Where a process id means one process: twelve hexadecimal digits, the same for processes that see each other's ids.
 * Containers, even of one host name, have ids of their own: pid 1 is in each of them. A container may get the place of one
 * that is gone, and so knows that it is. Where the system doesn't say, the place is this process alone, so that no other
 * one is ever told to be dead.
 */
export const processPlace: string = createHash('sha256').update(describePlace()).digest('hex').slice(0, 12)

/** The start of the system and the name space of its processes: boot_id in proc_sys_kernel(5), pid_namespaces(7). */
function describePlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return randomUUID()
  }
}

/** @returns whether a process of this place still runs. One of another user can't be signalled, but it lives. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
