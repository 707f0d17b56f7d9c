import { type Sql, sql } from './sql.ts'

/**
 * Sums of doubles depend on the order of the rows, sums of whole numbers do not: credits and credited value are added
 * up as whole numbers of these parts, and read as text, which no engine rounds in its own way.
 */
export const CREDIT_PARTS = 1e18
export const VALUE_PARTS = 1e12

/** @returns SQL of a credit in {@link CREDIT_PARTS}: a decimal to add up. @param credit a double, 0..1. */
export function creditParts(credit: Sql): Sql {
  return sql`CAST(${wholeParts(credit, CREDIT_PARTS)} AS decimal(38,0))`
}

/**
 * Value can be too large to count its parts in a bigint: whole units and the parts of one are converted separately.
 * @returns SQL of an amount of value in {@link VALUE_PARTS}: a decimal to add up. @param value a double.
 */
export function valueParts(value: Sql): Sql {
  const units = sql`CAST(CAST(floor(${value}) AS bigint) AS decimal(19,0))`
  const parts = wholeParts(sql`(${value} - floor(${value}))`, VALUE_PARTS)
  return sql`${units} * CAST(${VALUE_PARTS} AS decimal(13,0)) + CAST(${parts} AS decimal(13,0))`
}

/** As bigint, to which all engines convert a double exactly; Trino makes decimals from its shortest text. */
function wholeParts(number: Sql, parts: number): Sql {
  return sql`CAST(floor(${number} * ${sql.double(parts)} + 5e-1) AS bigint)`
}
