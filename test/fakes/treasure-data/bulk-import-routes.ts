import { rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { encode } from '@msgpack/msgpack'
import { advance, type BulkImportWorld, perform } from './bulk-import-work.ts'
import { checkStatus, describeBulkImport } from './bulk-imports.ts'
import type { Route } from './call.ts'
import { Progress } from './progress.ts'
import { ApiError, bytesReply, jsonReply } from './reply.ts'

/** Bulk imports: create, upload, freeze, perform, show, commit, delete, list. */
export function bulkImportRoutes(world: BulkImportWorld): readonly Route[] {
  return [...sessionRoutes(world), ...partRoutes(world), ...workRoutes(world)]
}

function sessionRoutes(world: BulkImportWorld): readonly Route[] {
  const { imports, tables } = world
  return [
    {
      pattern: 'POST /v3/bulk_import/create/:name/:database/:table',
      answer: async ({ path: [name = '', database = '', table = ''], effect }) => {
        tables.table(database, table)
        imports.create(name, database, table, tables.clock())
        effect(`bulk import ${name} created`)
        return jsonReply({ name, bulk_import: name })
      },
    },
    {
      pattern: 'GET /v3/bulk_import/list',
      answer: async () => jsonReply({ bulk_imports: [...imports.byName.values()].map(describeBulkImport) }),
    },
    {
      pattern: 'GET /v3/bulk_import/show/:name',
      answer: async ({ path: [name = ''], effect }) => {
        const session = imports.get(name)
        await advance(world, session, effect)
        return jsonReply(describeBulkImport(session))
      },
    },
    {
      pattern: 'POST /v3/bulk_import/delete/:name',
      answer: async ({ path: [name = ''], effect }) => {
        imports.get(name)
        imports.byName.delete(name)
        effect(`bulk import ${name} deleted`)
        return jsonReply({ name, bulk_import: name })
      },
    },
  ]
}

function partRoutes({ imports }: BulkImportWorld): readonly Route[] {
  return [
    {
      pattern: 'PUT /v3/bulk_import/upload_part/:name/:part',
      answer: async ({ path: [name = '', part = ''], upload, effect }) => {
        const session = imports.get(name)
        checkStatus(session, 'upload', ['uploading'])
        if (session.isFrozen) throw new ApiError(409, `Bulk import '${name}' is frozen: can't upload`)
        if (!/^[^/.]+(\.[^/.]*)?$/.test(part)) {
          throw new ApiError(422, `Validation failed: part name '${part}' must have no / and at most one .`)
        }
        session.parts.set(part, upload)
        effect(`part ${part} of bulk import ${name} uploaded`)
        return jsonReply({ name, bulk_import: name, part_name: part })
      },
    },
    {
      pattern: 'POST /v3/bulk_import/delete_part/:name/:part',
      answer: async ({ path: [name = '', part = ''], effect }) => {
        const session = imports.get(name)
        checkStatus(session, 'delete a part', ['uploading'])
        const file = session.parts.get(part)
        if (file === undefined) throw new ApiError(404, `Resource not found: part '${part}' does not exist`)
        session.parts.delete(part)
        await rm(file, { force: true })
        effect(`part ${part} of bulk import ${name} deleted`)
        return jsonReply({ name, bulk_import: name })
      },
    },
    {
      pattern: 'GET /v3/bulk_import/list_parts/:name',
      answer: async ({ path: [name = ''] }) =>
        jsonReply({ name, bulk_import: name, parts: [...imports.get(name).parts.keys()].sort() }),
    },
    ...[true, false].map((frozen) => ({
      pattern: `POST /v3/bulk_import/${frozen ? 'freeze' : 'unfreeze'}/:name`,
      answer: async ({ path: [name = ''], effect }: Parameters<Route['answer']>[0]) => {
        const session = imports.get(name)
        checkStatus(session, frozen ? 'freeze' : 'unfreeze', frozen ? ['uploading'] : ['uploading', 'ready'])
        session.isFrozen = frozen
        session.status = 'uploading'
        effect(`bulk import ${name} ${frozen ? 'frozen' : 'unfrozen'}`)
        return jsonReply({ name, bulk_import: name })
      },
    })),
  ]
}

function workRoutes(world: BulkImportWorld): readonly Route[] {
  const { imports, tables } = world
  return [
    {
      pattern: 'POST /v3/bulk_import/perform/:name',
      answer: async ({ path: [name = ''], effect }) => {
        const session = imports.get(name)
        checkStatus(session, 'perform', ['uploading', 'performing', 'ready'])
        const job = perform(world, session)
        effect(`bulk import ${name} performed by job ${job}`)
        return jsonReply({ name, bulk_import: name, job_id: job })
      },
    },
    {
      pattern: 'GET /v3/bulk_import/error_records/:name',
      answer: async ({ path: [name = ''] }) => {
        const errors = imports.get(name).scans.flatMap((scan) => scan.errors)
        const bytes = Buffer.concat(errors.map((error) => encode(error, { useBigInt64: true })))
        return bytesReply(gzipSync(bytes), 'application/octet-stream')
      },
    },
    {
      pattern: 'POST /v3/bulk_import/commit/:name',
      answer: async ({ path: [name = ''], effect }) => {
        const session = imports.get(name)
        await advance(world, session, effect, false)
        checkStatus(session, 'commit', ['ready'])
        tables.table(session.database, session.table)
        session.status = 'committing'
        session.committing = new Progress([world.committing], tables.clock)
        effect(`bulk import ${name} committing`)
        return jsonReply({ name, bulk_import: name })
      },
    },
  ]
}
