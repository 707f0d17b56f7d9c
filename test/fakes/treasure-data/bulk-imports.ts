import type { Job } from './jobs.ts'
import type { Progress } from './progress.ts'
import type { Scan } from './records.ts'
import { ApiError } from './reply.ts'

export type BulkImportStatus = 'uploading' | 'performing' | 'ready' | 'committing' | 'committed'

/** A bulk import session. */
export interface BulkImport {
  readonly name: string
  readonly database: string
  readonly table: string
  readonly createdAtMs: number
  status: BulkImportStatus
  isFrozen: boolean
  /** Part name -> file. */
  readonly parts: Map<string, string>
  job: Job | undefined
  /** What the last perform found, told once its job succeeded. */
  scans: readonly Scan[]
  committing: Progress | undefined
}

/** The account's bulk import sessions. */
export class BulkImports {
  readonly byName = new Map<string, BulkImport>()

  /** @throws {ApiError} 404 */
  get(name: string): BulkImport {
    const found = this.byName.get(name)
    if (found === undefined)
      throw new ApiError(404, `Resource not found: bulk import '${name}' does not exist`)
    return found
  }

  /** @throws {ApiError} 409 where there is one, 422 for a name that is not allowed. */
  create(name: string, database: string, table: string, nowMs: number): void {
    if (!/^[a-z0-9_-]{3,255}$/.test(name)) {
      throw new ApiError(
        422,
        `Validation failed: bulk import name '${name}' must be 3 to 255 characters of a-z, 0-9, _ and -`,
      )
    }
    if (this.byName.has(name)) throw new ApiError(409, `Bulk import '${name}' already exists`)
    this.byName.set(name, {
      name,
      database,
      table,
      createdAtMs: nowMs,
      status: 'uploading',
      isFrozen: false,
      parts: new Map(),
      job: undefined,
      scans: [],
      committing: undefined,
    })
  }
}

/** @throws {ApiError} 409 where the session is not in a state that allows it. */
export function checkStatus(session: BulkImport, what: string, allowed: readonly BulkImportStatus[]): void {
  if (allowed.includes(session.status)) return
  throw new ApiError(409, `Bulk import '${session.name}' is ${session.status}: can't ${what}`)
}

/** @returns the session as `show` and `list` tell it. */
export function describeBulkImport(session: BulkImport): object {
  const { name, database, table, status, isFrozen, job, parts } = session
  const isDone = status !== 'uploading' && status !== 'performing'
  const scans = isDone ? session.scans : []
  const count = (of: (scan: Scan) => number) =>
    isDone ? scans.reduce((sum, scan) => sum + of(scan), 0) : null
  return {
    name,
    bulk_import: name,
    database,
    table,
    status,
    upload_frozen: isFrozen,
    job_id: job?.id ?? null,
    valid_records: count(({ valid }) => valid),
    error_records: count(({ errors }) => errors.length),
    valid_parts: isDone ? count(({ isBroken }) => Number(!isBroken)) : parts.size,
    error_parts: isDone ? count(({ isBroken }) => Number(isBroken)) : 0,
  }
}
