import type { TouchpointSource } from '../../../src/examples/touchpoints.ts'
import type { LoadedTouchpoints } from '../../contracts/extraction.ts'
import type { JourneyRow } from '../../queries/oracle.ts'
import { quoteLiteral, quoteTable } from '../sql-text.ts'
import { collect, openCatalog } from './trino-under-test.ts'

let loaded = 0

/**
 * One statement a table, the rows as JSON, since each test has one.
 * @param origin of the Trino. @param source its table gets a name of its own; its schema is there.
 * @param select the columns of the table, from user_id, time, source, conversion and value.
 */
export async function loadJourneys(
  origin: string,
  source: TouchpointSource,
  rows: readonly JourneyRow[],
  select = '*',
): Promise<LoadedTouchpoints> {
  const warehouse = openCatalog(origin, 'extraction')
  const json = rows.map(({ user, atSec, channel, conversion, value }) => {
    return [user, atSec, channel, conversion === null ? null : Number(conversion), value]
  })
  const type = 'user_id varchar, "time" bigint, source varchar, conversion bigint, value double'
  const written = `UNNEST(CAST(json_parse(${quoteLiteral(JSON.stringify(json))}) AS array(row(${type}))))`
  const table = { ...source.table, table: `${source.table.table}_${++loaded}` }
  await collect(
    warehouse,
    `CREATE TABLE ${quoteTable(table)} AS SELECT ${select} ` +
      `FROM ${written} AS written (user_id, "time", source, conversion, value)`,
  )
  return { warehouse, source: { ...source, table } }
}
