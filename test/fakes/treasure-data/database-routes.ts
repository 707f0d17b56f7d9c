import { quoteIdentifier } from '../sql-text.ts'
import type { Route } from './call.ts'
import { CATALOG } from './engine.ts'
import { ApiError, jsonReply } from './reply.ts'
import type { Database, Tables } from './tables.ts'
import { timeText } from './times.ts'

/** Databases: list, show, create, delete. */
export function databaseRoutes(tables: Tables): readonly Route[] {
  return [
    {
      pattern: 'GET /v3/database/list',
      answer: async () => jsonReply({ databases: [...tables.databases.values()].map(describe) }),
    },
    {
      pattern: 'GET /v3/database/show/:database',
      answer: async ({ path: [name = ''] }) => jsonReply(describe(tables.database(name))),
    },
    {
      pattern: 'POST /v3/database/create/:database',
      answer: async ({ path: [name = ''], effect }) => {
        checkName('database', name)
        await createDatabase(tables, name)
        effect(`database ${name} created`)
        return jsonReply({ database: name })
      },
    },
    {
      pattern: 'POST /v3/database/delete/:database',
      answer: async ({ path: [name = ''], effect }) => {
        await deleteDatabase(tables, name)
        effect(`database ${name} deleted`)
        return jsonReply({ database: name })
      },
    },
  ]
}

/** @throws {ApiError} 422 where Treasure Data allows no such name. */
export function checkName(what: string, name: string): void {
  if (/^[a-z0-9_]{3,128}$/.test(name)) return
  throw new ApiError(
    422,
    `Validation failed: ${what} name '${name}' must be 3 to 128 characters of a-z, 0-9 and _`,
  )
}

/** @throws {ApiError} 409 where there is one. */
export async function createDatabase(tables: Tables, name: string): Promise<void> {
  await tables.engine.exclusively(async (connection) => {
    if (tables.databases.has(name)) throw new ApiError(409, `Database '${name}' already exists`)
    await connection.run(`CREATE SCHEMA ${quoteIdentifier(CATALOG)}.${quoteIdentifier(name)}`)
    tables.databases.set(name, { name, createdAtMs: tables.clock(), tables: new Map() })
  })
}

async function deleteDatabase(tables: Tables, name: string): Promise<void> {
  await tables.engine.exclusively(async (connection) => {
    const database = tables.database(name)
    await connection.run(`DROP SCHEMA ${quoteIdentifier(CATALOG)}.${quoteIdentifier(name)} CASCADE`)
    for (const table of [...database.tables.values()]) tables.forget(table)
    tables.databases.delete(name)
  })
}

function describe({ name, createdAtMs, tables }: Database): object {
  return {
    name,
    created_at: timeText(createdAtMs),
    updated_at: timeText(createdAtMs),
    count: tables.size,
    organization: null,
    permission: 'administrator',
    delete_protected: false,
  }
}
