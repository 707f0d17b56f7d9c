import { join } from 'node:path'
import { silentLogger } from '../../src/logger.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import { findingsColumns, findingsContract, findingsSource } from '../contracts/findings.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

findingsContract(async (rows) => {
  const file = join(makeTemporaryDirectory(), 'mta.duckdb')
  const place = { file, csvDirectory: undefined, input: [], inputTable: undefined }
  const warehouse = await openDuckDb({ ...place, logger: silentLogger })
  const { table } = findingsSource
  await warehouse.writeTables([
    { table, columns: findingsColumns, rows, ifExists: 'overwrite', runId: 'test' },
  ])
  return { warehouse, source: findingsSource }
})
