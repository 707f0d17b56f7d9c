import type { Column } from '../warehouse/warehouse.ts'
import { type Sql, sql } from './sql.ts'

export const isWhole = (type: string) => /^u?(tiny|small|big|huge)?int(eger)?\b|^long$/.test(type)
export const isFraction = (type: string) => /^(double|float|real|decimal)/.test(type)

/** @returns SQL of the column as varchar. */
export function asText({ name, type }: Column): Sql {
  const column = sql.identifier(name)
  return /^varchar\b|^string$/.test(type) ? column : sql`CAST(${column} AS varchar)`
}
