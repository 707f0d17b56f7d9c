import { expect, it } from 'vitest'
import { readPathColumns } from '../../src/queries/path-table-columns.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'

const warehouse = (...columns: [string, string][]) =>
  ({ describeTable: async () => columns.map(([name, type]) => ({ name, type })) }) as unknown as Warehouse
const read = (...columns: [string, string][]) =>
  readPathColumns(warehouse(...columns), { database: 'mta', table: 'paths' })

it.each([
  ['varchar[]', true],
  ['varchar[3]', true],
  ['array(varchar)', true],
  ['varchar', false],
  ['varchar(20)', false],
])('paths of type %s are arrays: %s', async (type, isArray) => {
  expect((await read(['path', type], ['conversions', 'bigint'])).isArray).toBe(isArray)
})

it('a column conversion has a journey in each row, the others count', async () => {
  expect((await read(['path', 'varchar'], ['Conversion', 'bigint'])).isJourneys).toBe(true)
  expect((await read(['path', 'varchar'], ['conversions', 'boolean'])).isJourneys).toBe(false)
})
