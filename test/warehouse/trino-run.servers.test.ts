import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/index.ts'
import { silentLogger } from '../../src/logger.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { Row, TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import { askForTrino, collect, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const { origin = '', skipped } = await askForTrino()

function touchpoints(): TableWrite {
  const options = { users: 500, days: 20, seed: 3, variant: 'clean', startAtSec: 20_000 * 86_400 } as const
  const rows = [...simulateTouchpoints(options).rows]
    .flat()
    .map(({ userId, atSec, channel, conversion }): Row => [userId, atSec, channel, conversion])
  return {
    table: { database: 'mta', table: 'mock_data' },
    columns: [
      { name: 'user_id', type: 'varchar' },
      { name: 'time', type: 'bigint' },
      { name: 'source', type: 'varchar' },
      { name: 'conversion', type: 'bigint' },
    ],
    rows,
    ifExists: 'overwrite',
    runId: 'test',
  }
}

/** Writes the touchpoints, runs the three steps, and reads the tables. */
async function tablesAfterRun(
  open: () => Warehouse | Promise<Warehouse>,
): Promise<readonly (readonly Row[])[]> {
  const before = await open()
  await before.writeTables([touchpoints()])
  await before.close()
  await run({
    warehouse: before.name,
    dataDir: makeTemporaryDirectory(),
    model: 'hazard',
    runId: 'r1',
    sessionTime: 1_767_312_000,
  })
  const after = await open()
  const tables: (readonly Row[])[] = []
  for (const table of ['shapley', 'shapley_channel', 'attribution']) {
    const rows = await collect(after, `SELECT * FROM mta.${table}`)
    tables.push(rows.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)))
  }
  await after.close()
  return tables
}

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  it('gives a run the tables that DuckDB gives it', async () => {
    const file = join(makeTemporaryDirectory(), 'mta.duckdb')
    const embedded = { file, input: [], inputTable: undefined, csvDirectory: undefined, logger: silentLogger }
    const expected = await tablesAfterRun(() => openDuckDb(embedded))
    const found = await tablesAfterRun(() => openCatalog(origin, 'memory'))
    expect(found).toEqual(expected)
    expect(found.map((rows) => rows.length > 0)).toEqual([true, true, true])
  })
})
