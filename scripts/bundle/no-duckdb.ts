import { ConfigError } from '../../src/errors.ts'

/** Stands for `@duckdb/node-api` in the bundle: 70 MB of native code are beyond the limit of an archive. */
export const DuckDBInstance = {
  create(): never {
    throw new ConfigError(
      'DuckDB is not in this bundle: set --warehouse (WAREHOUSE) to td or trino:http://USER@HOST:PORT/CATALOG, ' +
        'or take the npm package or the image, which have it',
    )
  },
}

/** No value is one of these. */
class Never {}

export const DuckDBDateValue = Never
export const DuckDBDecimalValue = Never
export const DuckDBDoubleVector = Never
export const DuckDBTimestampMillisecondsValue = Never
export const DuckDBTimestampNanosecondsValue = Never
export const DuckDBTimestampSecondsValue = Never
export const DuckDBTimestampTZValue = Never
export const DuckDBTimestampValue = Never
