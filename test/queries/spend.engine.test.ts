import { join } from 'node:path'
import { silentLogger } from '../../src/logger.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { spendContract, spendTimeContract } from '../contracts/spend.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const open = () => {
  const tablesDir = join(makeTemporaryDirectory(), 'tables')
  return openDuckDb({ file: undefined, input: [], inputTable: undefined, tablesDir, logger: silentLogger })
}

spendContract('DuckDB', open)
spendTimeContract('DuckDB', open)
