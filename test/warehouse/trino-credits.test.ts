import { beforeAll, describe } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { creditsContract } from '../contracts/credits.ts'
import type { LoadedTouchpoints } from '../contracts/extraction.ts'
import { spendContract, spendTimeContract } from '../contracts/spend.ts'
import type { JourneyRow } from '../examples/oracle.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

const source: TouchpointSource = {
  table: { database: 'credits', table: 'touchpoints' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

async function load(rows: readonly JourneyRow[]): Promise<LoadedTouchpoints> {
  const warehouse = openCatalog(origin, 'extraction')
  await warehouse.writeTables([
    {
      table: source.table,
      columns: [
        { name: 'user_id', type: 'varchar' },
        { name: 'time', type: 'bigint' },
        { name: 'source', type: 'varchar' },
        { name: 'conversion', type: 'bigint' },
        { name: 'value', type: 'double' },
      ],
      rows: rows.map(({ user, atSec, channel, conversion, value }) => {
        return [user, atSec, channel, conversion === null ? null : Number(conversion), value]
      }),
      ifExists: 'overwrite',
      runId: 'touchpoints',
    },
  ])
  return { warehouse, source }
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'extraction')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS credits')
    await warehouse.close()
  })

  creditsContract('Trino', load, 2)
  spendContract('Trino', async () => openCatalog(origin, 'extraction'))
  spendTimeContract('Trino', async () => openCatalog(origin, 'extraction'))
})
