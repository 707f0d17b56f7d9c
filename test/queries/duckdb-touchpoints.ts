import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { silentLogger } from '../../src/logger.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { LoadedTouchpoints } from '../contracts/extraction.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import type { JourneyRow } from './oracle.ts'

/** Names of user, time, channel, conversion and value. */
export type ColumnNames = readonly [string, string, string, string, string]

export const plainColumns: ColumnNames = ['user_id', 'time', 'source', 'conversion', 'value']
export const strangeColumns: ColumnNames = ['User "ID"', 'Zeit, UTC', "l'origine", 'SELECT', 'É value']

const touchpoints = { database: 'mta', table: 'mock_data' }

async function open(directory: string, input: string, columns: ColumnNames): Promise<LoadedTouchpoints> {
  const [userColumn, timeColumn, actionColumn, conversionColumn, valueColumn] = columns
  const warehouse = await openDuckDb({
    ...placeInDirectory(directory),
    input: [input],
    inputTable: touchpoints,
    logger: silentLogger,
  })
  const source = { userColumn, timeColumn, actionColumn, conversionColumn, valueColumn, table: touchpoints }
  return { warehouse, source }
}

/** @returns the embedded warehouse on a CSV file of just this text. */
export async function openCsv(text: string): Promise<LoadedTouchpoints> {
  const directory = makeTemporaryDirectory()
  const path = join(directory, 'touchpoints.csv')
  writeFileSync(path, text)
  return open(directory, path, plainColumns)
}

/** @returns the embedded warehouse on a Parquet file. @param select SQL of DuckDB for its rows. */
export async function openParquet(select: string, columns = plainColumns): Promise<LoadedTouchpoints> {
  const directory = makeTemporaryDirectory()
  const path = join(directory, 'touchpoints.parquet')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${select}) TO '${path}'`)
  connection.closeSync()
  instance.closeSync()
  return open(directory, path, columns)
}

type Fields = (row: JourneyRow, at: number) => readonly (string | number | null)[]

/** @returns a loader that writes a CSV file with these fields per row. */
export function loadCsv(fields: Fields): (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints> {
  const quoted = (field: string | number | null) =>
    field === null ? '' : `"${String(field).replaceAll('"', '""')}"`
  return (rows) => {
    const lines = rows.map((row, at) => fields(row, at).map(quoted).join(','))
    return openCsv(`${[plainColumns.join(','), ...lines].join('\n')}\n`)
  }
}

/** A loader that writes a CSV file with unix seconds, and 1 or 0 for conversions. */
export const loadUnixSeconds = loadCsv(({ user, atSec, channel, conversion, value }) => [
  user,
  atSec,
  channel,
  conversion === null ? null : Number(conversion),
  value,
])

/** @returns a loader by a Parquet file. @param expressions of `atSec`, `conversion` and `value`, SQL of DuckDB. */
export function loadParquet(
  expressions: readonly [string, string, string],
  columns: ColumnNames,
): (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints> {
  const [time, conversion, value] = expressions
  const selected = ['"user"', time, 'channel', conversion, value].map(
    (expression, at) => `${expression} AS "${columns[at]!.replaceAll('"', '""')}"`,
  )
  const types = `{"user": 'VARCHAR', atSec: 'BIGINT', channel: 'VARCHAR', conversion: 'BOOLEAN', value: 'DOUBLE'}`
  return (rows) => {
    const json = join(makeTemporaryDirectory(), 'rows.json')
    writeFileSync(json, JSON.stringify(rows))
    return openParquet(`SELECT ${selected.join(', ')} FROM read_json('${json}', columns = ${types})`, columns)
  }
}

/** @returns the embedded warehouse in a directory, without an input. */
export function openWithoutInput(directory: string): ReturnType<typeof openDuckDb> {
  return openDuckDb({
    file: join(directory, 'mta.duckdb'),
    csvDirectory: undefined,
    input: [],
    inputTable: touchpoints,
    logger: silentLogger,
  })
}
