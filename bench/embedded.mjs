// Touchpoints in a file as the embedded DuckDB reads them, for measurements of parts of the program.
import { join } from 'node:path'
import { openDuckDb } from '../dist/warehouse/duckdb/warehouse.js'

const table = { database: 'mta', table: 'mock_data' }
const logger = { debug() {}, info() {}, warn() {}, error() {} }

export const source = {
  table,
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
}

/** @returns rules of examples with the defaults of the options, but for these. */
export function rulesOf(changes) {
  return {
    kind: 'user-days',
    maxChannels: 100,
    timeZone: 'UTC',
    validationFraction: 0.5,
    seed: 1,
    userRndColumn: 'ab_rnd',
    ...changes,
  }
}

/** @returns a warehouse with the file as its table of touchpoints; its own file is in the folder. */
export function openInput(folder, input) {
  const place = { file: join(folder, 'tables.duckdb'), csvDirectory: undefined }
  return openDuckDb({ ...place, input: [input], inputTable: table, logger })
}
