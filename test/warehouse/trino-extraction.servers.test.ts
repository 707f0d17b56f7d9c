import { beforeAll, describe, it } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { CAMPAIGN_COLUMNS, campaignsContract } from '../contracts/campaigns.ts'
import {
  expectOriginalExamples,
  extractionContract,
  inTurn,
  type LoadedTouchpoints,
} from '../contracts/extraction.ts'
import { findingsColumns, findingsContract, findingsSource } from '../contracts/findings.ts'
import { loadJourneys } from '../fakes/trino/load-journeys.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { pooledRules, wholeTableCases } from '../queries/journeys.ts'
import type { JourneyRow } from '../queries/oracle.ts'

const { origin = '', skipped } = await askForTrino()

const source: TouchpointSource = {
  table: { database: 'mta', table: 'touchpoints' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

/** Tables of touchpoints by the types of their columns. */
const tables = {
  bigints: '*',
  timestamps:
    'user_id, at_timezone(from_unixtime(time), \'Asia/Kolkata\') AS "time", CAST(source AS varchar(50)) AS source, ' +
    'conversion = 1 AS conversion, CAST(value AS decimal(18, 6)) AS value',
  texts:
    "user_id, date_format(at_timezone(from_unixtime(time), 'UTC'), '%Y-%m-%dT%H:%i:%sZ') AS \"time\", source, " +
    "CASE conversion WHEN 1 THEN 'true' WHEN 0 THEN 'false' END AS conversion, CAST(value AS varchar) AS value",
}

/** @param select the columns of the table of touchpoints, from user_id, time, source, conversion and value. */
function load(select: string): (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints> {
  return (rows) => loadJourneys(origin, source, rows, select)
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  beforeAll(async () => {
    const warehouse = openCatalog(origin, 'extraction')
    await collect(warehouse, 'CREATE SCHEMA IF NOT EXISTS mta')
    await warehouse.close()
  })

  extractionContract(
    'bigints, timestamps and texts in turn',
    inTurn(Object.values(tables).map(load)),
    2,
    wholeTableCases,
    pooledRules.filter((_, at) => at % 2 === 1),
  )

  campaignsContract(async (rows) => {
    const loaded = await loadJourneys(origin, source, rows, `*, ${CAMPAIGN_COLUMNS}`)
    return { warehouse: loaded.warehouse, table: loaded.source.table }
  }, 1)

  findingsContract(async (rows) => {
    const warehouse = openCatalog(origin, 'extraction')
    const { table } = findingsSource
    await warehouse.writeTables([
      { table, columns: findingsColumns, rows, ifExists: 'overwrite', runId: 'test' },
    ])
    return { warehouse, source: findingsSource }
  })

  it("makes the original's examples of its journeys", () => expectOriginalExamples(load(tables.bigints), 5))
})
