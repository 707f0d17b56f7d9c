/**
 * Statements that give DuckDB the names of Trino's dialect that it lacks; run once a connection.
 *
 * `md5` gives 16 bytes in Trino and 32 hexadecimal digits in DuckDB, so `from_big_endian_64(substr(md5(x), 1, 8))` gets
 * 8 bytes there and 8 digits, 4 bytes, here: only the upper 32 bits of the result are the same, and only they may be used.
 */
export const trinoMacros: readonly string[] = [
  macro('bitwise_or_agg(x)', 'bit_or(x)'),
  macro('bitwise_and(x, y)', 'x & y'),
  macro('bitwise_left_shift(x, n)', 'x << n'),
  macro('bitwise_right_shift(x, n)', 'x >> n'),
  macro('to_utf8(x)', 'encode(x)'),
  macro('from_big_endian_64(x)', "CAST('0x' || x AS UBIGINT) << 32"),
  macro('from_iso8601_timestamp(x)', 'CAST(x AS TIMESTAMPTZ)'),
  macro('to_unixtime(x)', 'epoch(x)'),
  macro('regexp_like(x, pattern)', 'regexp_matches(x, pattern)'),
  macro('sequence(first, final)', 'generate_series(first, final)'),
  macro('array_join(x, separator)', 'array_to_string(x, separator)'),
]

function macro(signature: string, body: string): string {
  return `CREATE OR REPLACE TEMP MACRO ${signature} AS ${body}`
}
