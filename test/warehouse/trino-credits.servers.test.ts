import { beforeAll, describe } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { creditsContract } from '../contracts/credits.ts'
import { nightsContract } from '../contracts/nights.ts'
import { spendContract, spendTimeContract } from '../contracts/spend.ts'
import { loadJourneys } from '../fakes/trino/load-journeys.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'
import type { JourneyRow } from '../queries/oracle.ts'

const { origin = '', skipped } = await askForTrino()

const source: TouchpointSource = {
  table: { database: 'credits', table: 'touchpoints' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

const load = (rows: readonly JourneyRow[]) => loadJourneys(origin, source, rows)

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'extraction')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS credits')
    await warehouse.close()
  })

  // Trino takes minutes to plan sixty words on a busy machine, and half a minute sixteen.
  creditsContract('Trino', load, 1, 2)
  nightsContract('Trino', load, 1, 2)
  spendContract('Trino', async () => openCatalog(origin, 'extraction'))
  spendTimeContract('Trino', async () => openCatalog(origin, 'extraction'))
})
