import { silentLogger } from '../../src/logger.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { spendContract, spendTimeContract } from '../contracts/spend.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const open = () => {
  const place = placeInDirectory(makeTemporaryDirectory())
  return openDuckDb({ ...place, input: [], inputTable: undefined, logger: silentLogger })
}

spendContract('DuckDB', open)
spendTimeContract('DuckDB', open)
