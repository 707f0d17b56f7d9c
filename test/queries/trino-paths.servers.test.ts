import { beforeAll, describe } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { longPathContract, pathContract } from '../contracts/paths.ts'
import { loadJourneys } from '../fakes/trino/load-journeys.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

const source: TouchpointSource = {
  table: { database: 'comparison', table: 'touchpoints' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'extraction')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS comparison')
    await warehouse.close()
  })

  pathContract('bigints', (rows) => loadJourneys(origin, source, rows), 2)
  longPathContract('bigints', (rows) => loadJourneys(origin, source, rows))
})
