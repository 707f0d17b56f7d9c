import { z } from 'zod'
import type { TableName } from '../warehouse.ts'
import { type Api, acceptStatus, pathOf } from './api.ts'
import { parseSchema, type SchemaColumn, schemaRequest } from './schema.ts'

/** A table as the API lists it. */
export interface ListedTable {
  readonly name: string
  readonly columns: readonly SchemaColumn[]
  /** Another one once another table has taken the name. */
  readonly id: string
}

const acknowledged = z.unknown()
const done = z.unknown().transform(() => true)
const shownTable = z.looseObject({ schema: z.string().nullish() })
const tableList = z.looseObject({
  tables: z.array(
    z.looseObject({
      name: z.string(),
      schema: z.string().nullish(),
      id: z.union([z.string(), z.int()]).nullish(),
      created_at: z.string().nullish(),
    }),
  ),
})

/** @returns the columns of a table, undefined if there is no such table or database. */
export async function showTable(
  api: Api,
  { database, table }: TableName,
  signal?: AbortSignal,
): Promise<readonly SchemaColumn[] | undefined> {
  const schema = shownTable.transform((shown) => parseSchema(shown.schema)).optional()
  const rules = { schema, accept: acceptStatus([404], undefined) }
  return api.json('GET', pathOf('table', 'show', database, table), rules, signal)
}

/** @returns the tables of a database, undefined if there is no such database. */
export async function listTables(
  api: Api,
  database: string,
  signal?: AbortSignal,
): Promise<readonly ListedTable[] | undefined> {
  const schema = tableList
    .transform(({ tables }) =>
      tables.map((table) => ({
        name: table.name,
        columns: parseSchema(table.schema),
        id: `${table.id ?? ''} ${table.created_at ?? ''}`,
      })),
    )
    .optional()
  return api.control(
    `GET ${pathOf('table', 'list', database)}`,
    (client, callback) => client.listTables(database, callback),
    { schema, accept: acceptStatus([404], undefined) },
    signal,
  )
}

/** Creates a table with its schema; if it exists, an earlier attempt is assumed to have created it. */
export async function createTable(
  api: Api,
  { database, table }: TableName,
  columns: readonly SchemaColumn[],
  signal?: AbortSignal,
): Promise<void> {
  await api.control(
    `POST ${pathOf('table', 'create', database, table, 'log')}`,
    (client, callback) => client.createTable(database, table, 'log', callback),
    { schema: acknowledged, accept: acceptStatus([409], undefined) },
    signal,
  )
  if (columns.length === 0) return
  await api.control(
    `POST ${pathOf('table', 'update-schema', database, table)}`,
    (client, callback) => client.updateSchema(database, table, schemaRequest(columns), callback),
    { schema: acknowledged },
    signal,
  )
}

/** Deletes a table, if it exists. */
export async function deleteTable(
  api: Api,
  { database, table }: TableName,
  signal?: AbortSignal,
): Promise<void> {
  await api.control(
    `POST ${pathOf('table', 'delete', database, table)}`,
    (client, callback) => client.deleteTable(database, table, callback),
    { schema: acknowledged, accept: acceptStatus([404], undefined) },
    signal,
  )
}

/**
 * Gives a table the name of another one, which it replaces at the same instant.
 * @param replaces whether there may be another one. @returns false if there is one that must not be.
 */
export async function renameTable(
  api: Api,
  from: TableName,
  to: string,
  replaces: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const { database, table } = from
  const alreadyDone = async () => {
    if ((await showTable(api, from, signal)) !== undefined) return undefined
    return (await showTable(api, { database, table: to }, signal)) && { value: true }
  }
  const path = pathOf('table', 'rename', database, table, to)
  const accept = replaces ? {} : { accept: acceptStatus([409], false) }
  const form = { overwrite: String(replaces) }
  return await api.json('POST', path, { schema: done, alreadyDone, ...accept }, signal, form)
}
