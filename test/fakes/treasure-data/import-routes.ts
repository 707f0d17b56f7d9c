import type { Call, Route } from './call.ts'
import { appendParts, extendSchema, scanPart } from './records.ts'
import { ApiError, jsonReply, type Reply } from './reply.ts'
import type { Tables } from './tables.ts'

/** Streaming import, and the server's own status. */
export function importRoutes(tables: Tables): readonly Route[] {
  return [
    {
      pattern: 'PUT /v3/table/import/:database/:table/:format',
      answer: async (call) => {
        const [database = '', table = '', format = ''] = call.path
        return importPart(tables, call, database, table, format, undefined)
      },
    },
    {
      pattern: 'PUT /v3/table/import_with_id/:database/:table/:id/:format',
      answer: async (call) => {
        const [database = '', table = '', id = '', format = ''] = call.path
        return importPart(tables, call, database, table, format, id)
      },
    },
    { pattern: 'GET /v3/system/server_status', answer: async () => jsonReply({ status: 'ok' }) },
  ]
}

async function importPart(
  tables: Tables,
  { upload, effect }: Call,
  database: string,
  name: string,
  format: string,
  id: string | undefined,
): Promise<Reply> {
  const table = tables.table(database, name)
  if (format !== 'msgpack.gz') throw new ApiError(415, `Unsupported media type: import format '${format}'`)
  const reply = { unique_id: id ?? null, database, table: name, elapsed_time: 0 }
  if (id !== undefined && table.importIds.has(id)) return jsonReply(reply)
  const scan = await scanPart(upload)
  if (scan.isBroken) throw new ApiError(400, 'Bad request: the body is no gzip of MessagePack')
  if (id !== undefined) table.importIds.add(id)
  table.schema = extendSchema(table.schema, scan.detected)
  const schema = table.schema
  effect(`${scan.valid} rows imported to ${database}.${name}`)
  await tables.commit(table, (connection) => appendParts(connection, table, schema, [upload]))
  return jsonReply(reply)
}
