import { type Sql, sql } from '../../queries/sql.ts'

/** Trino's, exceeded by `sequence`. */
const LONGEST_SEQUENCE = 10_000

const refusal = sql`error('result of sequence function must not have more than ${LONGEST_SEQUENCE} entries')`

/**
 * Statements that define the functions of Trino's dialect that DuckDB lacks, or is too lenient with; run once per connection. They refuse
 * what Trino refuses: long sequences, shifts by a bigint, numbers in the place of text.
 *
 * `md5` returns 16 bytes in Trino and 32 hexadecimal digits in DuckDB, so `from_big_endian_64(substr(md5(x), 1, 8))`
 * gets 8 bytes there and 8 digits, that is 4 bytes, here: only the upper 32 bits of the result agree and may be used.
 */
export const trinoMacros: readonly Sql[] = [
  macro(sql`bitwise_or_agg(x)`, sql`bit_or(x)`),
  macro(sql`bitwise_and(x, y)`, sql`x & y`),
  macro(sql`bitwise_left_shift(x, n INTEGER)`, sql`x << n`),
  macro(sql`bitwise_right_shift(x, n INTEGER)`, sql`x >> n`),
  macro(sql`concat(x VARCHAR, y VARCHAR)`, sql`x || y`),
  macro(sql`to_utf8(x)`, sql`encode(x)`),
  macro(sql`from_big_endian_64(x)`, sql`CAST('0x' || x AS UBIGINT) << 32`),
  macro(sql`from_iso8601_timestamp(x)`, sql`CAST(x AS TIMESTAMPTZ)`),
  macro(sql`to_unixtime(x)`, sql`epoch(x)`),
  macro(sql`regexp_like(x VARCHAR, pattern VARCHAR)`, sql`regexp_matches(x, pattern)`),
  macro(
    sql`sequence(first, final)`,
    sql`CASE WHEN final - first >= ${LONGEST_SEQUENCE} THEN ${refusal} ELSE generate_series(first, final) END`,
  ),
  macro(
    sql`width_bucket(x, bins)`,
    sql`list_transform([x], lambda one: len(list_filter(bins, lambda bin: bin <= one)))[1]`,
  ),
  macro(sql`array_join(x, separator)`, sql`array_to_string(x, separator)`),
]

function macro(signature: Sql, body: Sql): Sql {
  return sql`CREATE OR REPLACE TEMP MACRO ${signature} AS ${body}`
}
