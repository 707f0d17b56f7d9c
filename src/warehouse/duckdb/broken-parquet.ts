import { DuckDBInstance } from '@duckdb/node-api'
import type { DataError } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { damagedParquet, parquetRows } from './parquet-input.ts'
import { commonSettings } from './settings.ts'

/**
 * DuckDB's messages about a damaged Parquet file don't always name it: it is the one that can't be read alone either.
 * @returns the error for the first such file.
 */
export async function maybeBrokenParquet(files: readonly string[]): Promise<DataError | undefined> {
  // What broke the query may have left its own instance unusable.
  const instance = await DuckDBInstance.create(':memory:', commonSettings())
  const connection = await instance.connect()
  try {
    for (const file of files) {
      const readAll = sql`SELECT bit_xor(hash(rows)) FROM ${parquetRows([file])} AS rows`
      const failure = await connection.run(readAll.render()).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure !== undefined) return damagedParquet(file, failure)
    }
    return undefined
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
