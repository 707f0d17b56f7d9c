import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier, quoteLiteral } from '../sql-text.ts'
import { createDatabase } from './database-routes.ts'
import { columnDefinitions, duckDbType } from './schema.ts'
import { normalize } from './table-shape.ts'
import { type Tables, tablePath } from './tables.ts'

/** Where a table's rows come from. Names of columns may be any here; `time` may be among them. */
export type TableSource =
  | {
      /** Column -> Treasure Data's type: string, long, double, array<T>, ... */
      readonly columns: Readonly<Record<string, string>>
      /** Values in the order of the columns. */
      readonly rows: readonly (readonly (string | number | bigint | null)[])[]
    }
  /** CSV (with a header) or Parquet, or a glob of them. */
  | { readonly file: string }
  /** A query in DuckDB's dialect. */
  | { readonly sql: string }

/** Makes or replaces a table; what is not the type of a Treasure Data column is made one. */
export async function loadTable(
  tables: Tables,
  database: string,
  name: string,
  source: TableSource,
): Promise<void> {
  if (!tables.databases.has(database)) await createDatabase(tables, database)
  await tables.engine.exclusively(async (connection) => {
    const path = tablePath({ database, name })
    const former = tables.database(database).tables.get(name)
    if (former) tables.forget(former)
    await connection.run(`DROP TABLE IF EXISTS ${path}`)
    if ('rows' in source) await insertRows(connection, path, source)
    else await connection.run(`CREATE TABLE ${path} AS ${await queryOf(connection, source)}`)
    const nowSec = Math.floor(tables.clock() / 1000)
    tables.register(database, name, await normalize(connection, { database, name }, nowSec))
  })
}

async function insertRows(
  connection: DuckDBConnection,
  path: string,
  { columns, rows }: Extract<TableSource, { rows: unknown }>,
): Promise<void> {
  const names = Object.keys(columns)
  const schema = names
    .filter((name) => name !== 'time')
    .map((name) => ({ name, alias: name, type: columns[name] ?? '' }))
  const unknown = schema.find(({ type }) => duckDbType(type) === undefined)
  if (unknown) throw new Error(`loadTable: column ${unknown.name} has the unknown type '${unknown.type}'`)
  await connection.run(`CREATE TABLE ${path} (${columnDefinitions(schema)})`)
  const list = names.map(quoteIdentifier).join(', ')
  for (let at = 0; at < rows.length; at += 1000) {
    const values = rows.slice(at, at + 1000).map((row) => `(${row.map(literal).join(', ')})`)
    await connection.run(`INSERT INTO ${path} (${list}) VALUES ${values.join(', ')}`)
  }
}

function literal(value: string | number | bigint | null): string {
  if (typeof value === 'string') return quoteLiteral(value)
  // DuckDB reads a number with a point as a decimal, which is not always the double that was meant.
  return typeof value === 'number' && !Number.isSafeInteger(value)
    ? `CAST('${value}' AS DOUBLE)`
    : String(value)
}

/** Ids that look like numbers stay text, as they are in Treasure Data's tables of touchpoints. */
async function queryOf(
  connection: DuckDBConnection,
  source: Exclude<TableSource, { rows: unknown }>,
): Promise<string> {
  if ('sql' in source) return source.sql
  const file = quoteLiteral(source.file)
  if (/\.parquet$/i.test(source.file)) return `SELECT * FROM read_parquet(${file})`
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_csv(${file}, header = true)`)
  const names = described.getRows().map(([name]) => String(name))
  const texts = names.filter((name) => /(^|_)(id|user|source|channel)$/i.test(name))
  const types = texts.map((name) => `${quoteLiteral(name)}: 'VARCHAR'`)
  return `SELECT * FROM read_csv(${file}, header = true, types = {${types.join(', ')}})`.replace(
    ', types = {}',
    '',
  )
}
