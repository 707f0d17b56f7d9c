import { z } from 'zod'
import { ConfigError } from '../../errors.ts'
import { proxyDispatcher } from '../../http/proxies.ts'
import type { Inspection } from '../inspection.ts'
import type { Api } from './api.ts'
import { readTreasureDataConnection } from './connection.ts'
import { deleteTable } from './table-calls.ts'
import { createWorld, type TreasureDataOptions } from './warehouse.ts'

/** `permission` is one of administrator, full_access, import_only and query_only: td-client-ruby, model.rb. */
interface ListedDatabase {
  readonly name: string
  readonly permission: string | undefined
}

const databaseList = z
  .looseObject({
    databases: z.array(z.looseObject({ name: z.string(), permission: z.string().nullish() })),
  })
  .transform(({ databases }) =>
    databases.map(({ name, permission }): ListedDatabase => ({ name, permission: permission ?? undefined })),
  )

/** Inspects Treasure Data by API calls, without a job. @throws {ConfigError} if key or server can't be right. */
export function inspectTreasureData(options: TreasureDataOptions): Inspection {
  const { origin, proxies } = readTreasureDataConnection(options.apiKey, options.apiServer, options.proxies)
  const { api } = createWorld(options)
  return {
    server: origin,
    connect: () => proxyDispatcher(proxies, {}),
    access: async (signal) => {
      const { length } = await listDatabases(api, signal)
      return `${origin} takes the key of TD_API_KEY, which sees ${length} ${length === 1 ? 'database' : 'databases'}`
    },
    outputDatabase: async (database, signal) => {
      const found = (await listDatabases(api, signal)).find(({ name }) => name === database)
      if (found === undefined) {
        throw new ConfigError(
          `--db (DB): there is no database ${database} on Treasure Data, or the key may not see it: ` +
            'create it, or name another one',
        )
      }
      return describePermission(found)
    },
    dropTable: ({ table }, signal) => deleteTable(api, table, signal),
    close: () => api.close(),
  }
}

function listDatabases(api: Api, signal: AbortSignal): Promise<readonly ListedDatabase[]> {
  return api.control(
    'GET /v3/database/list',
    (client, callback) => client.listDatabases(callback),
    { schema: databaseList },
    signal,
  )
}

/** We need to query, to import and to rename over existing tables, so full access. */
function describePermission({ name, permission }: ListedDatabase): string {
  if (permission === undefined) return `database ${name} is there`
  if (permission !== 'import_only' && permission !== 'query_only') {
    return `database ${name} is there, with the permission ${permission}`
  }
  throw new ConfigError(
    `--db (DB): the key of TD_API_KEY has only the permission ${permission} on database ${name}: ` +
      'full_access is needed to query, import and rename tables',
  )
}
