import type { DuckDBConnection } from '@duckdb/node-api'
import type { Sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'

/** @returns the `database.table` names that a query reads, none where it doesn't parse: running it says why. */
export function tableNamesIn(connection: DuckDBConnection, query: Sql): readonly TableName[] {
  let qualified: readonly string[]
  try {
    qualified = connection.getTableNames(query.render(), true)
  } catch {
    return []
  }
  return qualified.flatMap((name) => {
    // With an alias DuckDB gives `mta.touches AS t`.
    const path = /^(?:"(?:[^"]|"")*"|[^\s"])+/.exec(name)?.[0] ?? ''
    const [database, table, ...more] = (path.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []).map(unquote)
    return database === undefined || table === undefined || more.length > 0 ? [] : [{ database, table }]
  })
}

function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
}
