import { join } from 'node:path'
import { describe } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { type DuckDbPlace, placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { dashboardsContract } from '../contracts/dashboards.ts'
import { lastRunsContract } from '../contracts/last-runs.ts'
import { warehouseContract } from '../contracts/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

async function underTest(place: (directory: string) => DuckDbPlace) {
  const directory = makeTemporaryDirectory()
  const open = () =>
    openDuckDb({
      ...place(directory),
      input: [],
      inputTable: undefined,
      logger: silentLogger,
    })
  const warehouse = await open()
  const reopen = async () => {
    await warehouse.close()
    return open()
  }
  return { warehouse, reopen }
}

describe('duckdb', () => {
  warehouseContract('a data directory', () => underTest(placeInDirectory))
  dashboardsContract(() => underTest(placeInDirectory))
  lastRunsContract(() => underTest(placeInDirectory))
  warehouseContract('a file', () =>
    underTest((directory) => ({ file: join(directory, 'mta.duckdb'), csvDirectory: undefined })),
  )
})
