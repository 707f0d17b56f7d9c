import type { DuckDBConnection } from '@duckdb/node-api'
import { CATALOG, type Engine } from './engine.ts'
import { type Pace, Progress } from './progress.ts'
import { ApiError } from './reply.ts'
import type { SchemaColumn } from './schema.ts'
import { mentions, pathOf } from './trino-names.ts'

/** A table; it stays the same one when it is renamed. */
export interface Table {
  readonly id: number
  database: string
  name: string
  /** As `table/show` tells it; queries see it when the changes before are visible. */
  schema: readonly SchemaColumn[]
  readonly createdAtMs: number
  /** Of the call that created it, which may be made again. */
  idempotentKey: string | undefined
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
      idempotentKey: undefined,
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
