import { beforeAll, describe, expect, it } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { sql } from '../../src/queries/sql.ts'
import { creditsContract } from '../contracts/credits.ts'
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

  it('removes what a query of a dead process of the same run joined with', async () => {
    const warehouse = openCatalog(origin, 'extraction')
    for (const table of ['made_tmp_r1', 'made_tmp_r1_lookup']) {
      await collect(warehouse, `CREATE TABLE credits.${table} AS SELECT 'left' AS word`)
    }
    await warehouse.writeTables([
      {
        table: { database: 'credits', table: 'made' },
        columns: [{ name: 'word', type: 'varchar' }],
        lookup: { columns: [{ name: 'word', type: 'varchar' }], rows: [['new']] },
        sql: (lookup) => sql`SELECT word FROM ${lookup}`,
        expectedRows: 1,
        advice: '',
        ifExists: 'overwrite',
        runId: 'r1',
      },
    ])
    expect(await collect(warehouse, 'SELECT word FROM credits.made')).toEqual([['new']])
    const tables =
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'credits' AND table_name LIKE 'made%'"
    expect(await collect(warehouse, tables)).toEqual([['made']])
    await warehouse.close()
  })

  // Trino takes minutes to plan sixty words on a busy machine, and sixteen are many, too.
  creditsContract('Trino', load, 2, 8)
  spendContract('Trino', async () => openCatalog(origin, 'extraction'))
  spendTimeContract('Trino', async () => openCatalog(origin, 'extraction'))
})
