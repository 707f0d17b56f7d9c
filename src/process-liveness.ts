import { hostname } from 'node:os'

/**
 * @param owner a process as `host:pid`.
 * @returns false for a process of this host that has ended; true for one that runs, and for one of another host, of
 *   which nothing can be told.
 */
export function isProcessAlive(owner: string): boolean {
  const at = owner.lastIndexOf(':')
  if (owner.slice(0, at) !== hostname()) return true
  try {
    process.kill(Number(owner.slice(at + 1)), 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
