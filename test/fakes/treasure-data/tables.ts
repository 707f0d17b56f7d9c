import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier } from '../../../src/warehouse/sql.ts'
import { CATALOG, type Engine } from './engine.ts'
import { type Pace, Progress } from './progress.ts'
import { ApiError } from './reply.ts'
import { columnDefinitions, duckDbType, type SchemaColumn, schemaType } from './schema.ts'
import { mentions, pathOf } from './trino-names.ts'

/** A table; it stays the same one when it is renamed. */
export interface Table {
  readonly id: number
  database: string
  name: string
  /** As `table/show` tells it; queries see it when the changes before are visible. */
  schema: readonly SchemaColumn[]
  readonly createdAtMs: number
  updatedAtMs: number
  expireDays: number | undefined
  isDeleted: boolean
  /** What queries don't see yet, in order. */
  readonly hidden: HiddenChange[]
  /** Ids of streaming imports that arrived. */
  readonly importIds: Set<string>
}

interface HiddenChange {
  readonly progress: Progress
  apply(connection: DuckDBConnection): Promise<void>
}

export interface Database {
  readonly name: string
  readonly createdAtMs: number
  readonly tables: Map<string, Table>
}

/** The account's databases and tables: what the API tells of them here, their rows in the engine. */
export class Tables {
  readonly databases = new Map<string, Database>()
  readonly engine: Engine
  readonly clock: () => number
  readonly #visible: Pace
  #lastId = 0

  /** @param visible how long queries don't see rows and schemas that were committed. */
  constructor(engine: Engine, visible: Pace, clock: () => number) {
    this.engine = engine
    this.#visible = visible
    this.clock = clock
  }

  /** @throws {ApiError} 404 */
  database(name: string): Database {
    const database = this.databases.get(name)
    if (database === undefined)
      throw new ApiError(404, `Resource not found: database '${name}' does not exist`)
    return database
  }

  /** @throws {ApiError} 404 */
  table(database: string, name: string): Table {
    const table = this.database(database).tables.get(name)
    if (table === undefined) {
      throw new ApiError(404, `Resource not found: table '${database}.${name}' does not exist`)
    }
    return table
  }

  register(database: string, name: string, schema: readonly SchemaColumn[]): Table {
    const now = this.clock()
    const table: Table = {
      id: ++this.#lastId,
      database,
      name,
      schema,
      createdAtMs: now,
      updatedAtMs: now,
      expireDays: undefined,
      isDeleted: false,
      hidden: [],
      importIds: new Set(),
    }
    this.database(database).tables.set(name, table)
    return table
  }

  forget(table: Table): void {
    table.isDeleted = true
    this.database(table.database).tables.delete(table.name)
  }

  /** Commits a change that queries see later, after those before it. */
  async commit(table: Table, apply: HiddenChange['apply']): Promise<void> {
    table.updatedAtMs = this.clock()
    table.hidden.push({ progress: new Progress([this.#visible], this.clock), apply })
    await this.reveal([table], false)
  }

  /** Lets a query that names tables see what is due by now. @param counts whether this is a poll of the changes. */
  async look(sql: string, counts = true): Promise<void> {
    const all = [...this.databases.values()].flatMap(({ tables }) => [...tables.values()])
    await this.reveal(
      all.filter(({ name }) => mentions(sql, name)),
      counts,
    )
  }

  async reveal(tables: readonly Table[], counts: boolean): Promise<void> {
    for (const table of tables.filter(({ hidden }) => hidden.length > 0)) {
      await this.engine.exclusively(async (connection) => {
        const over = table.hidden.map(({ progress }) => progress.isOver(counts))
        const stillHidden = over.indexOf(false)
        const due = table.hidden.splice(0, stillHidden < 0 ? over.length : stillHidden)
        if (!table.isDeleted) for (const change of due) await change.apply(connection)
      })
    }
  }
}

/** @returns the table's path in the engine. */
export function tablePath({ database, name }: Pick<Table, 'database' | 'name'>): string {
  return pathOf(CATALOG, database, name)
}

/** Gives a table's rows the columns of a schema; what can't be cast becomes NULL, `time` stays last. */
export async function reshape(
  connection: DuckDBConnection,
  table: Table,
  schema: readonly SchemaColumn[],
): Promise<void> {
  const present = new Set((await physicalColumns(connection, table)).map(({ name }) => name))
  const columns = schema.map(({ alias, type }) =>
    present.has(alias) ? `TRY_CAST(${quoteIdentifier(alias)} AS ${duckDbType(type)})` : 'NULL',
  )
  const made = pathOf(CATALOG, table.database, 'fake reshaped')
  await connection.run(`CREATE TABLE ${made} (${columnDefinitions(schema)})`)
  await connection.run(
    `INSERT INTO ${made} SELECT ${[...columns, '"time"'].join(', ')} FROM ${tablePath(table)}`,
  )
  await connection.run(`DROP TABLE ${tablePath(table)}`)
  await connection.run(`ALTER TABLE ${made} RENAME TO ${quoteIdentifier(table.name)}`)
}

/**
 * Makes what a query or a file created a table as Treasure Data stores it: long, double, string, and `time`, now where
 * there is none.
 * @returns its schema.
 */
export async function normalize(
  connection: DuckDBConnection,
  table: Pick<Table, 'database' | 'name'>,
  nowSec: number,
): Promise<readonly SchemaColumn[]> {
  const columns = await physicalColumns(connection, table)
  const schema = columns
    .filter(({ name }) => name !== 'time')
    .map(({ name, type }) => ({ name, type: schemaType(type), alias: name }))
  const casts = schema.map(({ alias, type }) => {
    const name = quoteIdentifier(alias)
    return `CAST(${name} AS ${duckDbType(type)}) AS ${name}`
  })
  const time = columns.find(({ name }) => name === 'time')
  const seconds = time?.type.startsWith('TIMESTAMP') ? 'CAST(floor(epoch("time")) AS BIGINT)' : '"time"'
  const made = pathOf(CATALOG, table.database, 'fake normalized')
  const all = [...casts, `CAST(${time ? seconds : nowSec} AS BIGINT) AS "time"`]
  await connection.run(`CREATE TABLE ${made} AS SELECT ${all.join(', ')} FROM ${tablePath(table)}`)
  await connection.run(`DROP TABLE ${tablePath(table)}`)
  await connection.run(`ALTER TABLE ${made} RENAME TO ${quoteIdentifier(table.name)}`)
  return schema
}

async function physicalColumns(
  connection: DuckDBConnection,
  table: Pick<Table, 'database' | 'name'>,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  const found = await connection.runAndReadAll(
    'SELECT column_name, data_type FROM information_schema.columns ' +
      'WHERE table_catalog = $1 AND table_schema = $2 AND table_name = $3 ORDER BY ordinal_position',
    [CATALOG, table.database, table.name],
  )
  return found.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
}
