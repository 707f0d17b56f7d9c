import type { MethodRows } from '../artifacts/results.ts'
import type { Options } from '../options/option-table.ts'
import type { IfExists, OutputColumn, TableWrite } from '../warehouse/warehouse.ts'
import { outputTables, type Stamp, stampedWrite } from './output-tables.ts'

const attributionColumns: readonly OutputColumn[] = [
  { name: 'method', type: 'varchar' },
  { name: 'channel', type: 'varchar' },
  { name: 'days_before_conversion', type: 'bigint' },
  { name: 'conversions', type: 'double' },
  { name: 'value', type: 'double' },
  { name: 'share', type: 'double' },
  { name: 'standard_error', type: 'double' },
  { name: 'lower', type: 'double' },
  { name: 'upper', type: 'double' },
]

/**
 * @param methods of all steps so far: the table is always written with the rows of each, so that neither step takes
 *   away what the other wrote.
 * @returns the write of the `attribution` table.
 */
export function attributionWrite(
  options: Options,
  stamp: Stamp,
  methods: readonly MethodRows[],
  ifExists: IfExists = options.ifExists,
): TableWrite {
  const rows = methods.flatMap(({ method, rows }) =>
    rows.map((row) => [
      method,
      row.channel,
      row.daysBefore,
      row.conversions,
      row.value,
      row.share,
      row.standardError,
      row.lower,
      row.upper,
    ]),
  )
  return {
    ...stampedWrite(options, stamp, outputTables(options).attribution, attributionColumns, rows),
    ifExists,
  }
}

/**
 * @param wasSkipped `--if-exists ignore` left the table as it was when this run first came to it.
 * @returns how a later step of the run writes a table that an earlier step of it made.
 */
export function ifExistsAgain({ ifExists }: Options, wasSkipped: boolean): IfExists {
  if (ifExists === 'overwrite') return 'overwrite'
  return wasSkipped ? 'ignore' : 'append'
}
