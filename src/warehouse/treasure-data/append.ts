import { type Sql, sql } from '../../queries/sql.ts'
import { fillByJob } from './filling-job.ts'
import { type SchemaColumn, trinoType } from './schema.ts'
import type { TablePlan } from './write-plan.ts'
import { queryNumbers, type WriteWorld } from './write-world.ts'

/**
 * Copies the rows of other runs from the table being appended to into the temporary one, inside Treasure Data.
 * @returns their number.
 */
export async function copyFormerRows(
  world: WriteWorld,
  plan: TablePlan,
  signal?: AbortSignal,
): Promise<number> {
  const [rows = 0] = await queryNumbers(world, sql`SELECT count(*) ${keptRows(plan)}`, signal)
  if (rows === 0) return 0
  await fillByJob(world, plan.temporary, 'copy', copySql(plan), signal)
  return rows
}

function keptRows({ write, former }: TablePlan): Sql {
  const from = sql`FROM ${sql.table(write.table)}`
  if (!former?.columns.some(({ name }) => name === 'run_id')) return from
  return sql`${from} WHERE "run_id" IS NULL OR CAST("run_id" AS varchar) <> ${sql.literal(write.runId)}`
}

function copySql(plan: TablePlan): Sql {
  const { former, columns, temporary } = plan
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const kept = (former?.columns ?? []).filter(({ name }) => name !== 'time')
  const names = sql.join([...kept.map(({ name }) => sql.identifier(name)), sql`"time"`])
  const values = sql.join([...kept.map((column) => castTo(column, types.get(column.name))), sql`"time"`])
  return sql`INSERT INTO ${sql.table(temporary)} (${names}) SELECT ${values} ${keptRows(plan)}`
}

function castTo({ name, type }: SchemaColumn, wanted = type): Sql {
  const column = sql.identifier(name)
  return wanted === type ? column : sql`CAST(${column} AS ${sql.raw(trinoType(wanted))})`
}
