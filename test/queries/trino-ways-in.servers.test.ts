import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shapeKey } from '../../src/comparison/credit-paths.ts'
import { renamerOf } from '../../src/examples/channel-rules.ts'
import { localDaysOf } from '../../src/examples/local-days.ts'
import { ruledChannelSql } from '../../src/queries/channel-rule-sql.ts'
import { CREDIT_PARTS } from '../../src/queries/exact-sums.ts'
import { readPathTable } from '../../src/queries/read-path-table.ts'
import { readPaths } from '../../src/queries/read-paths.ts'
import { readRuleShares } from '../../src/queries/rule-shares.ts'
import { type Sql, sql } from '../../src/queries/sql.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import { loadJourneys } from '../fakes/trino/load-journeys.ts'
import { askForTrino, collect, emptySchema, openCatalog } from '../fakes/trino/trino-under-test.ts'
import { conversion, plainRules, touch } from './journeys.ts'

const { origin = '', skipped } = await askForTrino()
const signal = new AbortController().signal

/** What the ways in ask of a warehouse that is not DuckDB. */
describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = openCatalog(origin, 'contract')
    await emptySchema(warehouse, 'ways')
  })
  afterAll(async () => await warehouse?.close())

  const rowsOf = (query: Sql) => collect(warehouse, query.render())

  it('renames channels of many scripts as JavaScript does, and by a thousand rules', async () => {
    const rules = [
      { pattern: 'a!b%_*', channel: 'signs' },
      { pattern: '*ΣΟΣ', channel: "greek's" },
      { pattern: 'İst*ul', channel: null },
      { pattern: '検索*', channel: '検索' },
      { pattern: 'РЕКЛАМА', channel: 'реклама' },
      { pattern: 'Google*', channel: 'search' },
    ]
    const many = Array.from({ length: 994 }, (_, at) => ({ pattern: `*rule ${at}*`, channel: `r${at}` }))
    const names = [
      'A!B%_c',
      'a!bx_c',
      'οδοσος',
      'οδοςος',
      'ISTANBUL',
      'istanbul',
      'ıstanbul',
      '検索 広告',
      'реклама',
      'GOOGLE\\cpc',
      'goo\ngle',
      ' google',
      'a RULE 993 z',
      'ẞ',
      'é',
      '',
    ]
    const all = [...rules, ...many]
    const values = names.map((name, place) => sql`(${place}, ${sql.literal(name)})`)
    const ruled = ruledChannelSql(sql`name`, sql`folded`, all, ['null'])
    const found = await rowsOf(
      sql`SELECT ${ruled} FROM (SELECT *, lower(name) AS folded FROM (VALUES ${sql.join(values)}) AS names (place, name)) AS folded ORDER BY place`,
    )
    const rename = renamerOf(all)
    expect(found.flat()).toEqual(names.map((name) => (name === '' ? null : rename(name))))
  })

  it('reads paths, also from arrays, and says what each touch of a path gets', async () => {
    await rowsOf(sql`CREATE SCHEMA IF NOT EXISTS ways`)
    await rowsOf(
      sql`CREATE TABLE ways.paths AS SELECT * FROM (VALUES (ARRAY['a', 'b > c'], 2, decimal '7.50', 1), (ARRAY['a', 'b > c'], 1, decimal '1', 0), (ARRAY[], 1, NULL, 0)) AS paths (path, conversions, value, nulls)`,
    )
    const { paths } = await readPathTable(warehouse, { database: 'ways', table: 'paths' }, [], signal)
    expect([...paths].sort((one, other) => other.conversions - one.conversions)).toEqual([
      { channels: ['a', 'b > c'], conversions: 3, nullPaths: 1, value: 8.5 },
      { channels: [], conversions: 1, nullPaths: 0, value: 0 },
    ])
    await rowsOf(
      sql`CREATE TABLE ways.flags AS SELECT * FROM (VALUES ('a > b', true), ('a > b', false)) AS paths (path, conversion)`,
    )
    const flags = await readPathTable(warehouse, { database: 'ways', table: 'flags' }, [], signal)
    expect(flags.paths).toEqual([{ channels: ['a', 'b'], conversions: 1, nullPaths: 1, value: 0 }])
    const shape = { touches: 7, lastIndirectTouch: 5 }
    const options = {
      directPlaces: [],
      positionWeights: { first: 0.4, between: 0.2, last: 0.4 },
      halfLifeDays: 7,
    }
    const shares = (await readRuleShares(warehouse, [shape], options, signal)).get(shapeKey(shape)) ?? []
    expect(shares).toHaveLength(7)
    for (const rule of shares[0]!.keys()) {
      expect(shares.reduce((sum, parts) => sum + Number(parts[rule]) / CREDIT_PARTS, 0)).toBeCloseTo(1, 12)
    }
  })

  it('counts conversions', async () => {
    const rows = [touch('ann', '2026-01-05T08:00Z', 'email'), conversion('ann', '2026-01-05T09:00Z', 10)]
    const source = {
      table: { database: 'ways', table: 'touchpoints' },
      userColumn: 'user_id',
      timeColumn: 'time',
      actionColumn: 'source',
      conversionColumn: 'conversion',
      valueColumn: 'value',
    }
    const select = 'user_id, "time", source, CAST(2 * conversion AS double) AS conversion, value'
    const loader = openCatalog(origin, 'extraction')
    await collect(loader, 'CREATE SCHEMA IF NOT EXISTS ways')
    await loader.close()
    const loaded = await loadJourneys(origin, source, rows, select)
    try {
      const counting = { ...loaded.source, conversionCounts: true }
      const survey = await surveyTouchpoints(loaded.warehouse, counting, plainRules)
      const days = localDaysOf('UTC', survey.firstAtSec, survey.lastAtSec)
      const ruleOptions = {
        directPlaces: [],
        positionWeights: { first: 0.4, between: 0.2, last: 0.4 },
        halfLifeDays: 7,
      }
      const parts = {
        ...survey.scan,
        rules: plainRules,
        channels: ['email'],
        otherPosition: undefined,
        days,
        ruleOptions,
      }
      const { paths, cells } = await readPaths(loaded.warehouse, parts, signal)
      expect([...paths.creditedConversions]).toEqual([2])
      expect(cells[0]?.conversions[0]).toBe(2)
    } finally {
      await loaded.warehouse.close()
    }
  })

  it('makes the revenue table of the ROI box', async () => {
    await rowsOf(sql`CREATE TABLE ways.credits AS SELECT * FROM (VALUES
      ('r1', 'ann', '2026-03-02T18:30:00.000Z', 'email', 3, 4e0),
      ('r1', 'ann', '2026-03-02T18:30:00.000Z', 'email', 1, 2e0),
      ('r1', 'ann', '2026-03-02T18:30:00.000Z', 'search', 2, 3e0),
      ('r1', 'ann', '2026-03-02T18:30:00.000Z', '(baseline)', NULL, 1e0)) AS credits (run_id, user_id, conversion_time, channel, days_before_conversion, value)`)
    const query = readFileSync(new URL('../../digdag/queries/revenue_table.sql', import.meta.url), 'utf8')
    const text = query.replace(/^--.*\n/gm, '').replaceAll('FROM credits', 'FROM ways.credits')
    expect(await rowsOf(sql.raw(text))).toEqual([
      ['ann@2026-03-02 18:30:00', 'ann', '2026-03-02 18:30:00', 6, 'direct', 'email', 'email'],
      ['ann@2026-03-02 18:30:00', 'ann', '2026-03-02 18:30:00', 3, 'contributed', 'search', 'search'],
    ])
  })
})
