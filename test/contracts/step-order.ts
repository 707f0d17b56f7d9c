import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/options/resolve.ts'
import { sql } from '../../src/queries/sql.ts'
import { compareMethods } from '../../src/steps/compare.ts'
import { exportTouchpoints } from '../../src/steps/export.ts'
import { explainConversions } from '../../src/steps/shapley.ts'
import { trainModel } from '../../src/steps/train.ts'
import type { IfExists, Row, Warehouse } from '../../src/warehouse/warehouse.ts'
import { quoteTable } from '../fakes/sql-text.ts'
import { conversion, touch } from '../queries/journeys.ts'
import type { JourneyRow } from '../queries/oracle.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { configOf, worldOf } from './credits.ts'
import type { LoadedTouchpoints } from './extraction.ts'

const journeys: readonly JourneyRow[] = [
  touch('ann', '2026-01-05T08:00Z', 'email'),
  touch('ann', '2026-01-06T09:00Z', 'search'),
  conversion('ann', '2026-01-06T11:00Z', 5),
  touch('bob', '2026-01-06T10:00Z', 'search'),
  conversion('bob', '2026-01-07T12:00Z', 3),
  touch('eve', '2026-01-06T10:00Z', 'email'),
  touch('fay', '2026-01-07T10:00Z', 'social'),
]

/** What is asked of attribution, whichever of its two steps comes first. */
async function attributionOf(warehouse: Warehouse, database: string, table: string): Promise<readonly Row[]> {
  const columns = 'method, channel, days_before_conversion, conversions, value, run_id'
  const query = `SELECT ${columns} FROM ${quoteTable({ database, table })} ORDER BY method, channel, days_before_conversion`
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(query))) rows.push(...batch)
  return rows
}

/** The steps promise in any warehouse that `shapley` and `compare` may come in either order. */
export function stepOrderContract(
  name: string,
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
  ways: readonly IfExists[],
): void {
  describe(`shapley and compare in ${name}`, () => {
    it.each(ways)('give the same attribution in either order with --if-exists %s', async (ifExists) => {
      const loaded = await load(journeys)
      const { warehouse, source } = loaded
      const { creditsTable: _, ...config } = configOf(loaded, {})
      const orders = {
        usual: [explainConversions, compareMethods],
        other: [compareMethods, explainConversions],
      }
      for (const [order, steps] of Object.entries(orders)) {
        const tables = {
          metricsTable: `metrics_${order}_${ifExists}`,
          shapleyTable: `shapley_${order}_${ifExists}`,
          evidenceTable: `evidence_${order}_${ifExists}`,
          confoundingTable: `confounding_${order}_${ifExists}`,
          attributionTable: `attribution_${order}_${ifExists}`,
        }
        const options = resolveConfig({ ...config, ...tables, markovOrders: 1, ifExists })
        const world = worldOf(warehouse, makeTemporaryDirectory())
        await exportTouchpoints(options, world)
        await trainModel(options, world)
        for (const step of steps) await step(options, world)
      }
      const { database } = source.table
      const usual = await attributionOf(warehouse, database, `attribution_usual_${ifExists}`)
      const other = await attributionOf(warehouse, database, `attribution_other_${ifExists}`)
      await warehouse.close()
      const methods = new Set(usual.map(([method]) => method))
      expect([...methods]).toEqual(expect.arrayContaining(['last_touch', 'markov_1', 'shapley_hazard']))
      expect(other).toEqual(usual)
    })
  })
}
