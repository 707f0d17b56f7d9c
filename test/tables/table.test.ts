import { describe, expect, it } from 'vitest'
import { optionTable } from '../../src/options/option-table.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { maybeTarget, outputTables, tableNames, tableWrites } from '../../src/tables/output-tables.ts'
import { bigint, defineTable, double, each, named, nullable, varchar } from '../../src/tables/table.ts'

const sales = defineTable({
  option: 'metricsTable',
  suffix: '_sold',
  columns: {
    channel: varchar,
    daysBefore: named('days_before_conversion', bigint),
    shares: each(nullable(double)),
    costPerConversion: nullable(double),
  },
})

const stamp = {
  runId: 'r1',
  sessionTime: '2026-01-01T00:00:00.000Z',
  sessionDate: '2026-01-01',
  creditedFrom: '2025-12-30',
  creditedTo: '2025-12-31',
  conversionType: null,
}
const stampNames = ['run_id', 'session_time', 'session_date', 'credited_from', 'credited_to']
const stampValues = ['r1', '2026-01-01T00:00:00.000Z', '2026-01-01', '2025-12-30', '2025-12-31']
const rows = [{ shares: [0.25, null], costPerConversion: 2, daysBefore: 3, channel: 'email' }]

describe('a table that is declared once', () => {
  it('has its columns and values in the order of the declaration, and the stamp', () => {
    expect(tableWrites(sales, resolveConfig({}), stamp, rows, ['a', 'b'])).toEqual([
      {
        table: { database: 'mta', table: 'metrics_sold' },
        columns: [
          { name: 'channel', type: 'varchar' },
          { name: 'days_before_conversion', type: 'bigint' },
          { name: 'a', type: 'double' },
          { name: 'b', type: 'double' },
          { name: 'cost_per_conversion', type: 'double' },
          { name: 'conversion_type', type: 'varchar' },
          { name: 'run_id', type: 'varchar' },
          { name: 'session_time', type: 'timestamp' },
          { name: 'session_date', type: 'varchar' },
          { name: 'credited_from', type: 'varchar' },
          { name: 'credited_to', type: 'varchar' },
        ],
        rows: [['email', 3, 0.25, null, 2, null, ...stampValues]],
        ifExists: 'overwrite',
        runId: 'r1',
      },
    ])
  })

  it('is stamped with the kind of conversion where one was chosen', () => {
    const [write] = tableWrites(sales, resolveConfig({}), { ...stamp, conversionType: 'order' }, rows)
    expect(write?.columns.slice(-6).map(({ name }) => name)).toEqual(['conversion_type', ...stampNames])
    expect(write?.rows[0]?.slice(-6)).toEqual(['order', ...stampValues])
  })
})

describe('the output tables', () => {
  const names = (tables: readonly { table: string }[]) => tables.map(({ table }) => table)

  it('are named by options that exist', () => {
    expect(Object.keys(optionTable)).toEqual(expect.arrayContaining(outputTables.map(({ option }) => option)))
  })

  it('are those that were asked for', () => {
    const always = ['metrics', 'shapley', 'shapley_channel', 'attribution', 'evidence', 'confounding']
    expect(names(tableNames(outputTables, resolveConfig({})))).toEqual(always)
    const asked = resolveConfig({ pathsTable: 'ways', creditsTable: 'each', spendTable: 'spend' })
    expect(names(tableNames(outputTables, asked))).toEqual([...always, 'each', 'performance', 'ways'])
  })

  it('without a name are not written', () => {
    const [paths] = outputTables.filter(({ option }) => option === 'pathsTable')
    expect(paths && maybeTarget(paths, resolveConfig({}), stamp)).toBeUndefined()
  })
})
