import type { ComparisonDocument, PerformanceDocument, ShapleyDocument } from '../artifacts/results.ts'
import { sql } from '../queries/sql.ts'
import { attribution } from '../tables/attribution.ts'
import { maybeTableName, type WritingOptions } from '../tables/output-tables.ts'
import { performance } from '../tables/performance.ts'
import type { OutputTable } from '../tables/table.ts'
import type { TableName } from '../warehouse/warehouse.ts'
import type { Exported } from './frame.ts'
import type { World } from './world.ts'

type TwinOptions = WritingOptions<'attributionTable' | 'performanceTable' | 'spendTable'>

/** What is known of a table that the other step of the run has written: whether `--if-exists ignore` made it skip it. */
interface TwinTable {
  readonly table: OutputTable<'attributionTable' | 'performanceTable' | 'spendTable'>
  readonly wasSkipped: boolean
}

/**
 * `shapley` and `compare` write `attribution` and `performance` both, each with the rows of the other step, in any order.
 * A table that the other step of the same run has made does not count as existing, as long as no other run's rows are in it.
 * @param other what the other step left with this export. @param spent what was left about performance.
 */
export async function readTwinTables(
  options: TwinOptions,
  world: World,
  { stamp }: Exported,
  other: ShapleyDocument | ComparisonDocument | undefined,
  spent: PerformanceDocument | undefined,
): Promise<readonly TwinTable[]> {
  if (other?.runId !== stamp.runId) return []
  const left: TwinTable[] = [{ table: attribution, wasSkipped: other.attributionSkipped ?? false }]
  if (spent?.runId === stamp.runId) left.push({ table: performance, wasSkipped: spent.tableSkipped ?? false })
  const isKept = options.ifExists === 'error' || options.ifExists === 'ignore'
  const mine = await Promise.all(
    left.map(async ({ table, wasSkipped }) => {
      const name = maybeTableName(table, options)
      if (name === undefined || wasSkipped || !isKept) return true
      return await isOfRun(world, name, stamp.runId)
    }),
  )
  return left.filter((_, at) => mine[at])
}

/** @returns whether the other step skipped a table; undefined if it has not written it. */
export function wasSkipped(twins: readonly TwinTable[], table: OutputTable): boolean | undefined {
  return twins.find((twin) => twin.table === table)?.wasSkipped
}

/** @returns whether all rows of a table are of the run. */
async function isOfRun({ warehouse, signal }: World, table: TableName, runId: string): Promise<boolean> {
  const columns = await warehouse.describeTable(table)
  if (columns === undefined) return true
  if (!columns.some(({ name }) => name === 'run_id')) return false
  const query = sql`SELECT count(*) FROM ${sql.table(table)} WHERE "run_id" IS NULL OR "run_id" <> ${sql.literal(runId)}`
  for await (const [row] of warehouse.query(query, signal)) if (row?.[0] !== 0) return false
  return true
}
