import { sql } from '../../queries/sql.ts'
import type { TableName } from '../warehouse.ts'
import { describe } from './describe.ts'
import { createInputView } from './input.ts'
import { startCheck } from './input-check.ts'
import { isThere } from './place.ts'
import { INPUT_CATALOG, type Session, withConnection } from './session.ts'
import { TABLES_CATALOG } from './tables-file.ts'
import type { TextDirectory } from './text-directory.ts'

/** Makes tables of files that are named as tables, such as `--channel-table rules.csv` or `--paths 'paths-*.csv'`. */
export interface TableFiles {
  /**
   * Makes a view of the file that a table's name is, once, unless there is a table of that name; does nothing for others.
   * @returns how many files the view has: several for a name that is a pattern, 0 where there is no view.
   * @throws {ConfigError} {DataError} where the file can't be read.
   */
  open(table: TableName): Promise<number>
}

const FILE_NAME = /\.(csv|tsv)(\.gz)?$|\.parquet$/i

function isPattern(name: string): boolean {
  return /[*?[]/.test(name)
}

/** @param encoding of CSV files, as that of the input. */
export function openTableFiles(
  session: Session,
  texts: TextDirectory,
  { encoding, signal }: { readonly encoding?: string | undefined; readonly signal?: AbortSignal | undefined },
): TableFiles {
  const opened = new Map<string, Promise<number>>()
  const makeView = async (table: TableName) => {
    if (!isPattern(table.table) && !(await isThere(table.table))) return 0
    return await withConnection(session, 'read', async (connection) => {
      if (await describe(connection, [TABLES_CATALOG], table)) return 0
      const schema = sql.identifier(INPUT_CATALOG, table.database)
      await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${schema}`.render())
      const isCsv = !/\.parquet$/i.test(table.table)
      const request = {
        input: [table.table],
        option: `the table ${table.table}`,
        ...(isCsv ? { encoding } : {}),
      }
      const input = await createInputView(connection, INPUT_CATALOG, request, table, texts, signal)
      await startCheck(input, signal).done()
      return input.files.length
    })
  }
  return {
    open: async (table) => {
      if (!FILE_NAME.test(table.table)) return 0
      const made = opened.get(table.table) ?? makeView(table)
      opened.set(table.table, made)
      return await made
    },
  }
}
