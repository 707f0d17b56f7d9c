import { expect, it } from 'vitest'
import { ruledNamesSql } from '../../src/queries/channel-rule-sql.ts'
import { sql } from '../../src/queries/sql.ts'

const source = {
  table: { database: 'mta', table: 'touches' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: undefined,
  channelRules: Array.from({ length: 1000 }, (_, at) => ({ pattern: `*${at}*`, channel: `${at}` })),
}
const namesSql = (count?: number) => {
  const ruledNames =
    count === undefined
      ? undefined
      : Array.from({ length: count }, (_, at) => ({ name: `it's ${at}`, channel: at % 2 ? 'x' : null }))
  return ruledNamesSql({ ...source, ruledNames }, sql`SELECT channel FROM touches`)?.render()
}

it('compares no pattern with rows where the names are known', () => {
  expect(namesSql(2)).toBe(`VALUES ('it''s 0', CAST(NULL AS varchar)), ('it''s 1', CAST('x' AS varchar))`)
  expect(namesSql(0)).toBeUndefined()
})

it('compares them with each name once where names are not known, or make a query that Trino finds too long', () => {
  for (const text of [namesSql(), namesSql(20_000)]) {
    expect(text?.match(/ LIKE /g)).toHaveLength(1000)
    expect(text).toContain('SELECT DISTINCT channel AS name FROM (SELECT channel FROM touches)')
  }
  expect(namesSql(5000)).toMatch(/^VALUES/)
})
