import { join } from 'node:path'
import { describe } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { type DuckDbOptions, openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { warehouseContract } from '../contracts/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

async function underTest(options: (directory: string) => Partial<DuckDbOptions>) {
  const directory = makeTemporaryDirectory()
  const open = () =>
    openDuckDb({
      file: undefined,
      input: [],
      inputTable: undefined,
      tablesDir: join(directory, 'tables'),
      logger: silentLogger,
      ...options(directory),
    })
  const warehouse = await open()
  const reopen = async () => {
    await warehouse.close()
    return open()
  }
  return { warehouse, reopen }
}

describe('duckdb', () => {
  warehouseContract('in memory', () => underTest(() => ({})))
  warehouseContract('a file', () => underTest((directory) => ({ file: join(directory, 'mta.duckdb') })))
})
