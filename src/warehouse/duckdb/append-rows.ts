import { type DuckDBAppender, type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api'
import type { OutputColumn, OutputType, Rows, Value } from '../warehouse.ts'

/**
 * Appends rows, already checked against their columns, to a table.
 * @param path catalog, schema and table.
 * @param tableColumns the table's columns in order; those that the rows lack get NULL.
 */
export async function appendRows(
  connection: DuckDBConnection,
  [catalog, schema, table]: readonly [catalog: string, schema: string, table: string],
  { columns, rows }: Rows,
  tableColumns: readonly string[],
): Promise<void> {
  const sources = tableColumns.map((name) => columns.findIndex((column) => isSameName(column.name, name)))
  const appender = await connection.createAppender(table, schema, catalog)
  try {
    for (const row of rows) {
      for (const source of sources) appendValue(appender, columns[source], row[source] ?? null)
      appender.endRow()
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

function appendValue(appender: DuckDBAppender, column: OutputColumn | undefined, value: Value): void {
  if (column === undefined || value === null) appender.appendNull()
  else APPEND[column.type](appender, value)
}

const APPEND: Readonly<Record<OutputType, (appender: DuckDBAppender, value: NonNullable<Value>) => void>> = {
  varchar: (appender, value) => appender.appendVarchar(String(value)),
  double: (appender, value) => appender.appendDouble(Number(value)),
  bigint: (appender, value) => appender.appendBigInt(BigInt(value)),
  timestamp: (appender, value) =>
    appender.appendTimestamp(new DuckDBTimestampValue(BigInt(Date.parse(String(value))) * 1000n)),
}

/** @returns whether two names are the same column to DuckDB, which ignores case. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
