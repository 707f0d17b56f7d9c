import type { Route } from './call.ts'
import { jsonReply } from './reply.ts'
import { parseSchema, type SchemaColumn, schemaText } from './schema.ts'
import { reshape } from './table-shape.ts'
import type { Table, Tables } from './tables.ts'

/** A table's schema, and its expiry. */
export function schemaRoutes(tables: Tables): readonly Route[] {
  return [
    {
      pattern: 'POST /v3/table/update-schema/:database/:table',
      answer: async ({ path: [database = '', name = ''], fields, effect }) => {
        const table = tables.table(database, name)
        await setSchema(tables, table, parseSchema(fields.get('schema') ?? ''))
        effect(`table ${database}.${name} got a schema`)
        return jsonReply({ database, table: name, type: 'log' })
      },
    },
    {
      pattern: 'POST /v3/table/append-schema/:database/:table',
      answer: async ({ path: [database = '', name = ''], fields, effect }) => {
        const table = tables.table(database, name)
        const more = parseSchema(fields.get('schema') ?? '')
        await setSchema(tables, table, parseSchema(schemaText([...table.schema, ...more])))
        effect(`table ${database}.${name} got columns`)
        return jsonReply({ database, table: name, type: 'log' })
      },
    },
    {
      pattern: 'POST /v3/table/update/:database/:table',
      answer: async ({ path: [database = '', name = ''], fields, effect }) => {
        tables.table(database, name).expireDays = Number(fields.get('expire_days') ?? 0) || undefined
        effect(`table ${database}.${name} updated`)
        return jsonReply({ database, table: name, type: 'log' })
      },
    },
  ]
}

/** The API tells the schema at once; queries see it as late as rows. */
async function setSchema(tables: Tables, table: Table, schema: readonly SchemaColumn[]): Promise<void> {
  table.schema = schema
  await tables.commit(table, (connection) => reshape(connection, table, schema))
}
