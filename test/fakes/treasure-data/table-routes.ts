import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteIdentifier } from '../sql-text.ts'
import type { Route } from './call.ts'
import { checkName } from './database-routes.ts'
import { CATALOG } from './engine.ts'
import { ApiError, jsonReply } from './reply.ts'
import { columnDefinitions, parseSchema, type SchemaColumn, schemaText } from './schema.ts'
import { schemaRoutes } from './schema-routes.ts'
import { type Table, type Tables, tablePath } from './tables.ts'
import { timeText } from './times.ts'
import { pathOf } from './trino-names.ts'

/** Tables: list, show, create, delete, swap, rename, schema, expiry. */
export function tableRoutes(tables: Tables): readonly Route[] {
  return [...readingRoutes(tables), ...makingRoutes(tables), ...movingRoutes(tables), ...schemaRoutes(tables)]
}

function readingRoutes(tables: Tables): readonly Route[] {
  return [
    {
      pattern: 'GET /v3/table/list/:database',
      answer: async ({ path: [name = ''] }) => {
        const database = tables.database(name)
        const described = [...database.tables.values()].map((table) => describe(tables, table))
        return jsonReply({ database: name, tables: await Promise.all(described) })
      },
    },
    {
      pattern: 'GET /v3/table/show/:database/:table',
      answer: async ({ path: [database = '', name = ''] }) => {
        const table = tables.table(database, name)
        await tables.reveal([table], true)
        return jsonReply({ database, ...(await describe(tables, table)) })
      },
    },
  ]
}

async function describe(tables: Tables, table: Table): Promise<object> {
  return {
    id: table.id,
    name: table.name,
    type: 'log',
    count: await countRows(tables, table),
    schema: schemaText(table.schema),
    expire_days: table.expireDays ?? null,
    created_at: timeText(table.createdAtMs),
    updated_at: timeText(table.updatedAtMs),
    counter_updated_at: null,
    last_log_timestamp: null,
    estimated_storage_size: 0,
    delete_protected: false,
    include_v: false,
  }
}

async function countRows({ engine }: Tables, table: Table): Promise<number> {
  const counted = await engine.connected((connection) =>
    connection.runAndReadAll(`SELECT count(*) FROM ${tablePath(table)}`),
  )
  return Number(counted.getRows()[0]?.[0])
}

function makingRoutes(tables: Tables): readonly Route[] {
  const create: Route['answer'] = async ({
    path: [database = '', name = '', type = 'log'],
    fields,
    effect,
  }) => {
    checkName('table', name)
    if (type !== 'log') throw new ApiError(422, `Validation failed: Table type must be 'log'`)
    const key = fields.get('idempotent_key')
    const former = tables.database(database).tables.get(name)
    const isAgain = key !== undefined && former?.idempotentKey === key
    if (isAgain) return jsonReply({ database, table: name, type: 'log' })
    const table = await createTable(tables, database, name, parseSchema(fields.get('schema') ?? '[]'))
    table.idempotentKey = key
    effect(`table ${database}.${name} created`)
    return jsonReply({ database, table: name, type: 'log' })
  }
  return [
    { pattern: 'POST /v3/table/create/:database/:table', answer: create },
    { pattern: 'POST /v3/table/create/:database/:table/:type', answer: create },
    {
      pattern: 'POST /v3/table/delete/:database/:table',
      answer: async ({ path: [database = '', name = ''], effect }) => {
        await tables.engine.exclusively((connection) => dropTable(connection, tables, database, name))
        effect(`table ${database}.${name} deleted`)
        return jsonReply({ database, table: name, type: 'log' })
      },
    },
  ]
}

/** @throws {ApiError} 409 where there is one, 404 where there is no such database. */
export async function createTable(
  tables: Tables,
  database: string,
  name: string,
  schema: readonly SchemaColumn[],
): Promise<Table> {
  return tables.engine.exclusively(async (connection) => {
    if (tables.database(database).tables.has(name)) {
      throw new ApiError(409, `Table '${database}.${name}' already exists`)
    }
    await connection.run(`CREATE TABLE ${tablePath({ database, name })} (${columnDefinitions(schema)})`)
    return tables.register(database, name, schema)
  })
}

async function dropTable(
  connection: DuckDBConnection,
  tables: Tables,
  database: string,
  name: string,
): Promise<void> {
  const table = tables.table(database, name)
  await connection.run(`DROP TABLE ${tablePath(table)}`)
  tables.forget(table)
}

function movingRoutes(tables: Tables): readonly Route[] {
  return [
    {
      pattern: 'POST /v3/table/swap/:database/:one/:other',
      answer: async ({ path: [database = '', one = '', other = ''], effect }) => {
        await swapTables(tables, database, one, other)
        effect(`table ${database}.${one} swapped with ${other}`)
        return jsonReply({ database, table1: one, table2: other })
      },
    },
    {
      pattern: 'POST /v3/table/rename/:database/:from/:to',
      answer: async ({ path: [database = '', from = '', to = ''], form, effect }) => {
        checkName('table', to)
        const replaced = await renameTable(tables, database, from, to, form.get('overwrite') === 'true')
        effect(`table ${database}.${from} renamed to ${to}${replaced ? ', which it replaced' : ''}`)
        return jsonReply({ database, table: to, type: 'log' })
      },
    },
  ]
}

async function swapTables(tables: Tables, database: string, one: string, other: string): Promise<void> {
  await tables.engine.exclusively(async (connection) => {
    const [first, second] = [tables.table(database, one), tables.table(database, other)]
    if (first === second) return
    const aside = 'fake swapped'
    await move(connection, database, one, aside)
    await move(connection, database, other, one)
    await move(connection, database, aside, other)
    place(tables, first, other)
    place(tables, second, one)
  })
}

/** @returns whether another table was replaced. */
async function renameTable(
  tables: Tables,
  database: string,
  from: string,
  to: string,
  overwrite: boolean,
): Promise<boolean> {
  return tables.engine.exclusively(async (connection) => {
    const table = tables.table(database, from)
    if (from === to) return false
    const replaced = tables.database(database).tables.get(to)
    if (replaced && !overwrite) throw new ApiError(409, `Table '${database}.${to}' already exists`)
    if (replaced) await dropTable(connection, tables, database, to)
    await move(connection, database, from, to)
    tables.database(database).tables.delete(from)
    place(tables, table, to)
    return replaced !== undefined
  })
}

async function move(connection: DuckDBConnection, database: string, from: string, to: string): Promise<void> {
  await connection.run(`ALTER TABLE ${pathOf(CATALOG, database, from)} RENAME TO ${quoteIdentifier(to)}`)
}

function place(tables: Tables, table: Table, name: string): void {
  table.name = name
  tables.database(table.database).tables.set(name, table)
}
