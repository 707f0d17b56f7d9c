import { beforeAll, describe } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { quoteLiteral, quoteTable } from '../../src/warehouse/sql.ts'
import type { LoadedTouchpoints } from '../contracts/extraction.ts'
import type { JourneyRow } from '../examples/oracle.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { pathContract } from './path-contract.ts'

const { origin = '', skipped } = await askForTrino()

const source: TouchpointSource = {
  table: { database: 'comparison', table: 'touchpoints' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

async function load(rows: readonly JourneyRow[]): Promise<LoadedTouchpoints> {
  const warehouse = openCatalog(origin, 'extraction')
  const json = rows.map(({ user, atSec, channel, conversion, value }) => {
    return [user, atSec, channel, conversion === null ? null : Number(conversion), value]
  })
  const type = 'user_id varchar, "time" bigint, source varchar, conversion bigint, value double'
  const written = `UNNEST(CAST(json_parse(${quoteLiteral(JSON.stringify(json))}) AS array(row(${type}))))`
  await collect(warehouse, `DROP TABLE IF EXISTS ${quoteTable(source.table)}`)
  await collect(
    warehouse,
    `CREATE TABLE ${quoteTable(source.table)} AS SELECT * FROM ${written} AS written (user_id, "time", source, conversion, value)`,
  )
  return { warehouse, source }
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'extraction')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS comparison')
    await warehouse.close()
  })

  pathContract('bigints', load, 5)
})
