import { type Sql, sql } from './sql.ts'

/** Trino makes no longer one. */
const LONGEST_SEQUENCE = 10_000

/** @returns joins that repeat each row. @param times a bigint above 0. */
export function repeatSql(times: Sql): Sql {
  const last = sql`CAST(floor((${times} - 1) / ${sql.double(LONGEST_SEQUENCE)}) AS bigint)`
  const ofBlock = sql`least(${LONGEST_SEQUENCE}, ${times} - block * ${LONGEST_SEQUENCE})`
  return sql`CROSS JOIN UNNEST(sequence(CAST(0 AS bigint), ${last})) AS blocks (block)
CROSS JOIN UNNEST(sequence(CAST(1 AS bigint), ${ofBlock})) AS repeats (place)`
}
