import { messageOf, RemoteError } from '../../errors.ts'
import { quoteIdentifier, quoteLiteral, quoteTable } from '../../queries/sql.ts'
import { isQuery, rowCount, wrongRowCount } from '../check-writes.ts'
import type { Column, OutputColumn, QueryWrite, Write } from '../warehouse.ts'
import { insertQueryStatement, insertStatements } from './insert.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { drop, type TableNames } from './temporary-tables.ts'

/** Milliseconds are what a timestamp of ours has; Iceberg knows microseconds only, Hive milliseconds only. */
const TIMESTAMPS = ['timestamp(3)', 'timestamp(6)'] as const

/**
 * Fills the temporary table with what the table shall hold, and counts it.
 * @param existing columns of the table that stands, undefined where there is none or it is to be replaced.
 * @throws {RemoteError} where Trino refuses, or holds another number of rows than were written; {DataError} where a
 *   query gives another one than expected.
 */
export async function buildTable(
  session: TrinoSession,
  write: Write,
  names: TableNames,
  existing: readonly Column[] | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const timestamp = await createTable(session, write, names, existing, signal)
  const kept =
    existing === undefined ? 0 : await copyOtherRuns(session, write, names, existing, timestamp, signal)
  const typeOf = (column: OutputColumn) => typeIn(column, existing, timestamp)
  if (isQuery(write)) await insertQuery(session, write, names, typeOf, signal)
  else
    for (const sql of insertStatements(names.temporary, write, typeOf))
      await runStatement(session, sql, signal)
  const [count] = await runStatement(session, `SELECT count(*) FROM ${quoteTable(names.temporary)}`, signal)
  const expected = kept + rowCount(write)
  if (count?.[0] === expected) return
  if (isQuery(write)) throw wrongRowCount(write, Number(count?.[0]) - kept)
  throw new RemoteError(
    `trino ${session.connection.origin}: table ${quoteTable(names.temporary)} has ${count?.[0]} rows after ${expected} ` +
      'were written to it; nothing was replaced',
  )
}

/** The table that the query joins with is dropped by whoever called, after a failure too. */
async function insertQuery(
  session: TrinoSession,
  write: QueryWrite,
  { temporary, lookup }: TableNames,
  typeOf: (column: OutputColumn) => string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const columns = write.lookup.columns.map((column) => `${quoteIdentifier(column.name)} ${typeOf(column)}`)
  await runStatement(session, `CREATE TABLE ${quoteTable(lookup)} (${columns.join(', ')})`, signal)
  for (const sql of insertStatements(lookup, write.lookup, typeOf)) await runStatement(session, sql, signal)
  await runStatement(session, insertQueryStatement(temporary, write, lookup, typeOf), signal)
}

/** @returns the type of timestamps that the connector took. */
async function createTable(
  session: TrinoSession,
  write: Write,
  { temporary }: TableNames,
  existing: readonly Column[] | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const [attempt, timestamp] of TIMESTAMPS.entries()) {
    const columns = columnsAfter(write, existing, timestamp)
    const definitions = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`)
    try {
      await runStatement(session, `CREATE TABLE ${quoteTable(temporary)} (${definitions.join(', ')})`, signal)
      return timestamp
    } catch (error) {
      if (attempt === TIMESTAMPS.length - 1 || !isAboutTimestamps(error)) throw error
      await drop(session, temporary, signal)
    }
  }
  throw new Error('unreachable: the last attempt throws or returns')
}

function isAboutTimestamps(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof TrinoRefusal && /timestamp/i.test(messageOf(cause))
}

/** The existing columns in their order, those of ours with our types, then the new ones. */
function columnsAfter(
  { columns }: Write,
  existing: readonly Column[] | undefined,
  timestamp: string,
): readonly Column[] {
  const former = existing ?? []
  const isNew = ({ name }: OutputColumn) => !former.some((column) => isSameName(column.name, name))
  return [
    ...former.map((column) => {
      const ours = columns.find(({ name }) => isSameName(name, column.name))
      return ours === undefined ? column : { name: column.name, type: typeIn(ours, existing, timestamp) }
    }),
    ...columns
      .filter(isNew)
      .map((column) => ({ name: column.name, type: typeIn(column, existing, timestamp) })),
  ]
}

/** Timestamps keep the precision that they had. */
function typeIn(column: OutputColumn, existing: readonly Column[] | undefined, timestamp: string): string {
  if (column.type !== 'timestamp') return column.type
  const former = existing?.find(({ name }) => isSameName(name, column.name))
  return former !== undefined && /^timestamp\(\d+\)$/.test(former.type) ? former.type : timestamp
}

/** @returns how many rows there are of other runs. */
async function copyOtherRuns(
  session: TrinoSession,
  write: Write,
  { final, temporary }: TableNames,
  existing: readonly Column[],
  timestamp: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const names = existing.map(({ name }) => quoteIdentifier(name)).join(', ')
  const values = existing.map(({ name, type }) => {
    const ours = write.columns.find((column) => isSameName(column.name, name))
    const wanted = ours === undefined ? type : typeIn(ours, existing, timestamp)
    return wanted === type ? quoteIdentifier(name) : `CAST(${quoteIdentifier(name)} AS ${wanted})`
  })
  const isStamped = existing.some(({ name }) => name === 'run_id')
  const others = isStamped ? ` WHERE "run_id" IS DISTINCT FROM ${quoteLiteral(write.runId)}` : ''
  await runStatement(
    session,
    `INSERT INTO ${quoteTable(temporary)} (${names}) SELECT ${values.join(', ')} FROM ${quoteTable(final)}${others}`,
    signal,
  )
  const [count] = await runStatement(session, `SELECT count(*) FROM ${quoteTable(final)}${others}`, signal)
  return Number(count?.[0])
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
