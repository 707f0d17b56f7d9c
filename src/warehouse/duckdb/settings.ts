import { totalmem } from 'node:os'
import { usableProcessors } from '../../processors.ts'

/** The rest is for Node.js, TensorFlow.js and what DuckDB doesn't count; above it DuckDB spills to disk. */
const PART = 0.6

/**
 * @param totalBytes of the machine.
 * @param constrainedBytes of this process's cgroup, or something huge or 0 or undefined where there is no limit.
 * @returns DuckDB's limit, in bytes.
 */
export function memoryLimitBytes(totalBytes: number, constrainedBytes: number | undefined): number {
  const isLimited = constrainedBytes !== undefined && constrainedBytes > 0
  return Math.floor(PART * Math.min(totalBytes, isLimited ? constrainedBytes : totalBytes))
}

/**
 * @param threads as many as there are processors, unless the user says how many.
 * @returns the settings of every DuckDB of ours: as much memory as this process may use, and nothing is fetched from the network: what
 *   we need is part of DuckDB.
 */
export function commonSettings(threads: number = usableProcessors()): Readonly<Record<string, string>> {
  return {
    threads: String(threads),
    memory_limit: `${memoryLimitBytes(totalmem(), process.constrainedMemory())}B`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  }
}
