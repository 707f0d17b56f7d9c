import type { BulkImport, BulkImports } from './bulk-imports.ts'
import type { Jobs, Outcome } from './jobs.ts'
import type { Pace } from './progress.ts'
import { appendParts, extendSchema, scanPart } from './records.ts'
import type { Tables } from './tables.ts'

/** What bulk imports need. */
export interface BulkImportWorld {
  readonly imports: BulkImports
  readonly jobs: Jobs
  readonly tables: Tables
  /** How long a commit takes. */
  readonly committing: Pace
}

/** Starts the job that reads a session's parts. @returns its id. */
export function perform({ jobs, tables }: BulkImportWorld, session: BulkImport): string {
  const { database, table } = session
  tables.table(database, table)
  session.isFrozen = true
  session.status = 'performing'
  session.scans = []
  const query = `LOAD DATA SESSION '${session.name}' INTO TABLE ${database}.${table}`
  const request = {
    type: 'bulkload',
    database,
    query,
    priority: 0,
    retryLimit: 0,
    domainKey: undefined,
    poolName: undefined,
  }
  const job = jobs.issue(request, () => scanParts(session))
  session.job = job
  return job.id
}

async function scanParts(session: BulkImport): Promise<Outcome> {
  const scans = []
  for (const [, file] of [...session.parts].sort()) scans.push(await scanPart(file))
  session.scans = scans
  return { columns: [], file: undefined, bytes: 0, records: 0 }
}

/** Takes the session where its job or its commit got to. @param counts whether this is a poll of them. */
export async function advance(
  world: BulkImportWorld,
  session: BulkImport,
  effect: (text: string) => void,
  counts = true,
): Promise<void> {
  if (session.status === 'performing' && session.job) {
    const status = counts ? await session.job.poll() : session.job.status
    if (status === 'success') session.status = 'ready'
    if (status === 'error' || status === 'killed') session.status = 'uploading'
  }
  if (session.status === 'committing' && session.committing?.isOver(counts)) {
    session.status = 'committed'
    const rows = session.scans.reduce((sum, { valid }) => sum + valid, 0)
    effect(`${rows} rows committed to ${session.database}.${session.table}`)
    await commitRows(world, session)
  }
}

async function commitRows({ tables }: BulkImportWorld, session: BulkImport): Promise<void> {
  const table = tables.table(session.database, session.table)
  const parts = [...session.parts].sort().map(([, file]) => file)
  const whole = parts.filter((_, at) => session.scans[at]?.isBroken === false)
  table.schema = session.scans.reduce((schema, { detected }) => extendSchema(schema, detected), table.schema)
  const schema = table.schema
  await tables.commit(table, (connection) => appendParts(connection, table, schema, whole))
}
