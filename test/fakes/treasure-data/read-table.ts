import type { DuckDBValue } from '@duckdb/node-api'
import { messageOf } from '../../../src/errors.ts'
import { type Tables, tablePath } from './tables.ts'

/** Column -> value, `time` with the rest; integers are numbers up to 2^53 and bigints beyond. */
export type TableRow = Readonly<Record<string, DuckDBValue>>

/** @returns the rows that queries see now, as one statement reads them; undefined where there is no such table. */
export async function readTable(
  tables: Tables,
  database: string,
  name: string,
): Promise<readonly TableRow[] | undefined> {
  const table = tables.databases.get(database)?.tables.get(name)
  if (table) await tables.reveal([table], false)
  try {
    return await tables.engine.connected(async (connection) => {
      const found = await connection.runAndReadAll(`SELECT * FROM ${tablePath({ database, name })}`)
      return found.getRowObjects().map(plainRow)
    })
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return undefined
    throw error
  }
}

function plainRow(row: Record<string, DuckDBValue>): TableRow {
  const plain = Object.entries(row).map(([name, value]) => [name, plainValue(value)] as const)
  return Object.fromEntries(plain)
}

function plainValue(value: DuckDBValue): DuckDBValue {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}
