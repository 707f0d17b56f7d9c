import type { DuckDBConnection } from '@duckdb/node-api'
import { DataError, messageOf } from '../../errors.ts'
import { type Sql, sql } from '../../queries/sql.ts'
import { withoutBlanks } from './csv-header.ts'
import { fileList } from './csv-input.ts'
import { checkParquetEnds } from './file-signature.ts'
import type { FileColumn, Scan } from './input-union.ts'

/** What one Parquet file holds. */
export interface ParquetFile {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: number
}

/** @throws {DataError} if the file is no Parquet file, is cut off, or its description is damaged. */
export async function readParquetFooter(connection: DuckDBConnection, file: string): Promise<ParquetFile> {
  await checkParquetEnds(file)
  try {
    const described = await connection.runAndReadAll(
      sql`DESCRIBE SELECT * FROM ${parquetRows([file])}`.render(),
    )
    const counted = await connection.runAndReadAll(
      sql`SELECT num_rows FROM parquet_file_metadata(${fileList([file])})`.render(),
    )
    const columns = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }))
    return { columns, rows: Number(counted.getRows()[0]?.[0] ?? 0) }
  } catch (error) {
    throw damagedParquet(file, error)
  }
}

/** @param cause what DuckDB threw. */
export function damagedParquet(file: string, cause: unknown): DataError {
  const [reason] = messageOf(cause).split('\n')
  return new DataError(`duckdb: ${file} is damaged: ${reason}; copy or make it again`, { cause })
}

/** @param files with the same columns. */
export function parquetScan({ columns }: ParquetFile, files: readonly string[]): Scan {
  const values = columns.map(({ name, type }): FileColumn => {
    return { name: withoutBlanks(name), type, value: sql.identifier(name) }
  })
  return { files, columns: values, rows: parquetRows(files) }
}

/** @returns a table function for SQL. */
export function parquetRows(files: readonly string[]): Sql {
  return sql`read_parquet(${fileList(files)})`
}
