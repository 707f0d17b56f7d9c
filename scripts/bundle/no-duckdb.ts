import { ConfigError } from '../../src/errors.ts'

/** Replaces `@duckdb/node-api` in the bundle: 70 MB of native code exceed the limit of an archive. */
export const DuckDBInstance = {
  create(): never {
    throw new ConfigError(
      'DuckDB is not in this bundle: set --warehouse (WAREHOUSE) to td or trino:http://USER@HOST:PORT/CATALOG, ' +
        'or use the npm package or the image, which include it',
    )
  },
}

/** No value is an instance of these. */
class Never {}

export const DuckDBDateValue = Never
export const DuckDBDecimalValue = Never
export const DuckDBDoubleVector = Never
export const DuckDBTimestampMillisecondsValue = Never
export const DuckDBTimestampNanosecondsValue = Never
export const DuckDBTimestampSecondsValue = Never
export const DuckDBTimestampTZValue = Never
export const DuckDBTimestampValue = Never
