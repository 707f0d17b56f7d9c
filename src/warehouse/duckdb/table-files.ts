import { DataError, messageOf } from '../../errors.ts'
import { sql } from '../../queries/sql.ts'
import { isFileName, type TableName } from '../warehouse.ts'
import { describe } from './describe.ts'
import { createInputView, type InputRequest } from './input.ts'
import { explainFailure, type InputCheck, startCheck } from './input-check.ts'
import { isThere } from './place.ts'
import { INPUT_CATALOG, type Session, withConnection } from './session.ts'
import { TABLES_CATALOG } from './tables-file.ts'
import type { TextDirectory } from './text-directory.ts'

/** Makes tables of files that are named as tables, such as `--channel-table rules.csv` or `--paths 'paths-*.csv'`. */
export interface TableFiles {
  /**
   * Makes a view of the file that a table's name is, once, unless there is a table of that name; does nothing for others.
   * @param option that names it.
   * @returns how many files the view has: several for a name that is a pattern, 0 where there is no view.
   * @throws {ConfigError} {DataError} where the file can't be read.
   */
  open(table: TableName, option?: string): Promise<number>
  /** @param error of a query. @returns the error that names the file that is broken, if one is, else the error as it is. */
  explain(error: unknown): Promise<unknown>
}

interface StopOptions {
  readonly signal?: AbortSignal | undefined
}

function isPattern(name: string): boolean {
  return /[*?[]/.test(name)
}

/** @param options of the input. Its encoding is that of all CSV files, its delimiter only where there is no other input. */
export function openTableFiles(
  session: Session,
  texts: TextDirectory,
  { input: touchpoints, encoding, delimiter: given, signal }: Omit<InputRequest, 'option'> & StopOptions,
): TableFiles {
  const delimiter = touchpoints.length === 0 ? given : undefined
  const views: { readonly option: string; readonly check: InputCheck }[] = []
  const opened = new Map<string, Promise<number>>()
  const makeView = async (table: TableName, option: string) => {
    if (!isPattern(table.table) && !(await isThere(table.table))) return 0
    return await withConnection(session, 'read', async (connection) => {
      if (await describe(connection, [TABLES_CATALOG], table)) return 0
      const schema = sql.identifier(INPUT_CATALOG, table.database)
      await connection.run(sql`CREATE SCHEMA IF NOT EXISTS ${schema}`.render())
      const isCsv = !/\.parquet$/i.test(table.table)
      const request = {
        input: [table.table],
        option,
        ...(isCsv ? { encoding, delimiter } : {}),
      }
      const input = await createInputView(connection, INPUT_CATALOG, request, table, texts, signal)
      const check = startCheck(input, signal)
      await check.done()
      views.push({ option, check })
      return input.files.length
    })
  }
  return {
    open: async (table, option = `the table ${table.table}`) => {
      if (!isFileName(table.table)) return 0
      const made =
        opened.get(table.table) ??
        makeView(table, option).catch((error) => Promise.reject(namingOption(error, option)))
      opened.set(table.table, made)
      return await made
    },
    explain: async (error) => {
      for (const { option, check } of views) {
        const found = await explainFailure(check, error)
        if (found !== error) return namingOption(found, option)
      }
      return error
    },
  }
}

function namingOption(error: unknown, option: string): unknown {
  if (!(error instanceof DataError)) return error
  return new DataError(`${option}: ${messageOf(error).replace(/^duckdb: /, '')}`, { cause: error })
}
