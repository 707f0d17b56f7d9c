import { messageOf, RemoteError } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { isQuery, rowCount, wrongRowCount } from '../check-writes.ts'
import { Overtaken } from '../overtaken.ts'
import type { Column, OutputColumn, QueryWrite, TableName, Write } from '../warehouse.ts'
import { insertQueryStatement, insertStatements } from './insert.ts'
import { runStatement, TrinoRefusal } from './query.ts'
import type { TrinoSession } from './session.ts'
import { drop, isOvertaken } from './temporary-tables.ts'
import type { TableNames } from './write-context.ts'

/** Our timestamps are in milliseconds; Iceberg has only microseconds, Hive only milliseconds. */
const TIMESTAMPS = ['timestamp(3)', 'timestamp(6)'] as const

/**
 * Fills the temporary table with the rows that the final one will have, and counts them.
 * @returns the number of rows of other runs.
 * @param existing columns of the existing table; undefined if there is none or it is to be replaced.
 * @throws {RemoteError} if Trino refuses, or the table doesn't hold the number of rows that were written; {DataError}
 *   if a query doesn't return the expected number.
 */
export async function buildTable(
  session: TrinoSession,
  write: Write,
  names: TableNames,
  existing: readonly Column[] | undefined,
  signal?: AbortSignal,
): Promise<number> {
  const timestamp = await createTable(session, write, names, existing, signal)
  const kept =
    existing === undefined ? 0 : await copyOtherRuns(session, write, names, existing, timestamp, signal)
  const typeOf = (column: OutputColumn) => typeIn(column, existing, timestamp)
  if (isQuery(write)) await insertQuery(session, write, names, typeOf, signal)
  else
    for (const statement of insertStatements(names.temporary, write, typeOf))
      await runStatement(session, statement, signal)
  const [count] = await runStatement(session, sql`SELECT count(*) FROM ${sql.table(names.temporary)}`, signal)
  const expected = kept + rowCount(write)
  if (count?.[0] === expected) return kept
  if (isQuery(write)) throw wrongRowCount(write, Number(count?.[0]) - kept)
  throw new RemoteError(
    `trino ${session.connection.origin}: table ${sql.table(names.temporary).render()} has ${count?.[0]} rows after ${expected} ` +
      'were written to it; nothing was replaced',
  )
}

/** The caller drops the table that the query joins with, even after a failure. */
async function insertQuery(
  session: TrinoSession,
  write: QueryWrite,
  { temporary, lookup }: TableNames,
  typeOf: (column: OutputColumn) => string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const columns = write.lookup.columns.map(
    (column) => sql`${sql.identifier(column.name)} ${sql.raw(typeOf(column))}`,
  )
  await runStatement(session, sql`CREATE TABLE ${sql.table(lookup)} (${sql.join(columns)})`, signal)
  for (const statement of insertStatements(lookup, write.lookup, typeOf))
    await runStatement(session, statement, signal)
  await runStatement(session, insertQueryStatement(temporary, write, lookup, typeOf), signal)
}

/** @returns the type of timestamps that the connector accepted. */
async function createTable(
  session: TrinoSession,
  write: Write,
  { temporary }: TableNames,
  existing: readonly Column[] | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const [attempt, timestamp] of TIMESTAMPS.entries()) {
    const columns = columnsAfter(write, existing, timestamp)
    const definitions = columns.map(({ name, type }) => sql`${sql.identifier(name)} ${sql.raw(type)}`)
    try {
      await runStatement(
        session,
        sql`CREATE TABLE ${sql.table(temporary)} (${sql.join(definitions)})`,
        signal,
      )
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

/** The existing columns in their order, ours with our types, then the new ones. */
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

/** Timestamps keep their precision. */
function typeIn(column: OutputColumn, existing: readonly Column[] | undefined, timestamp: string): string {
  if (column.type !== 'timestamp') return column.type
  const former = existing?.find(({ name }) => isSameName(name, column.name))
  return former !== undefined && /^timestamp\(\d+\)$/.test(former.type) ? former.type : timestamp
}

/** @returns the number of rows of other runs. */
async function copyOtherRuns(
  session: TrinoSession,
  write: Write,
  { final, temporary }: TableNames,
  existing: readonly Column[],
  timestamp: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const names = sql.join(existing.map(({ name }) => sql.identifier(name)))
  const values = existing.map(({ name, type }): Sql => {
    const ours = write.columns.find((column) => isSameName(column.name, name))
    const wanted = ours === undefined ? type : typeIn(ours, existing, timestamp)
    const column = sql.identifier(name)
    return wanted === type ? column : sql`CAST(${column} AS ${sql.raw(wanted)})`
  })
  const others = ofOtherRuns(write, existing)
  const copy = sql`INSERT INTO ${sql.table(temporary)} (${names}) SELECT ${sql.join(values)} FROM ${sql.table(final)}${others}`
  return await readNumber(session, write, copy, signal)
}

/** @returns the number of rows that other runs have in a table now. */
export async function countOtherRuns(
  session: TrinoSession,
  write: Write,
  final: TableName,
  existing: readonly Column[],
  signal?: AbortSignal,
): Promise<number> {
  const count = sql`SELECT count(*) FROM ${sql.table(final)}${ofOtherRuns(write, existing)}`
  return await readNumber(session, write, count, signal)
}

/** @throws {Overtaken} where another run is just replacing the table. */
async function readNumber(
  session: TrinoSession,
  { table }: Write,
  statement: Sql,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    const [row] = await runStatement(session, statement, signal)
    return Number(row?.[0])
  } catch (error) {
    throw isOvertaken(error) ? new Overtaken(table) : error
  }
}

function ofOtherRuns({ runId }: Write, existing: readonly Column[]): Sql {
  const isStamped = existing.some(({ name }) => name === 'run_id')
  return isStamped ? sql` WHERE "run_id" IS DISTINCT FROM ${sql.literal(runId)}` : sql``
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
