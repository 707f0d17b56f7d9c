import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

it('lays rows aside in a file that is gone afterwards', async () => {
  const directory = makeTemporaryDirectory()
  const warehouse = await openDuckDb({
    ...placeInDirectory(directory),
    input: [],
    inputTable: undefined,
    logger: silentLogger,
  })
  const query = sql`SELECT x, mod(x, 3) AS part FROM (VALUES (1), (2), (4), (5)) AS numbers (x)`
  const aside = await warehouse.setAside?.(query, sql`part`)
  const rows: unknown[] = []
  const read = sql`SELECT x FROM ${aside?.table ?? sql``} WHERE part = 1 ORDER BY x`
  for await (const batch of warehouse.query(read)) rows.push(...batch)
  expect(rows).toEqual([[1], [4]])
  const files = () => readdirSync(directory, { recursive: true }).filter((name) => /aside/.test(String(name)))
  expect(files()).not.toEqual([])
  await aside?.remove()
  expect(files()).toEqual([])
  await warehouse.close()
  expect(existsSync(join(directory, 'mta.duckdb.spill'))).toBe(false)
})
