import { totalmem } from 'node:os'
import { join } from 'node:path'
import {
  type ControlGroup,
  controlGroups,
  type ReadSystemFile,
  readSystemFile,
} from '../../control-groups.ts'
import { usableProcessors } from '../../processors.ts'

/** The rest is for Node.js, the BiLSTM and what DuckDB doesn't count; above it DuckDB spills to disk. */
const PART = 0.6

/** @returns DuckDB's limit, in bytes: a part of the machine's memory, or of what the process's control groups allow. */
export function memoryLimitBytes(
  totalBytes: number = totalmem(),
  read: ReadSystemFile = readSystemFile,
): number {
  const limits = controlGroups('memory', read).flatMap((group) => limitsOf(group, read))
  return Math.floor(PART * Math.min(totalBytes, ...limits))
}

/** `max`, and in version 1 something huge, stand for no limit. */
function limitsOf({ version, folder }: ControlGroup, read: ReadSystemFile): number[] {
  const names = version === 2 ? ['memory.max', 'memory.high'] : ['memory.limit_in_bytes']
  return names.map((name) => Number(read(join(folder, name)))).filter((bytes) => bytes > 0)
}

/**
 * @param threads as many as there are processors, unless the user says how many.
 * @returns the settings of every DuckDB of ours: as much memory as this process may use, and nothing is fetched from the network: what
 *   we need is part of DuckDB.
 */
export function commonSettings(threads: number = usableProcessors()): Readonly<Record<string, string>> {
  return {
    threads: String(threads),
    memory_limit: `${memoryLimitBytes()}B`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  }
}
