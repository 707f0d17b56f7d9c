import { expect, it, onTestFinished } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { timeSql } from '../../src/queries/time-column-sql.ts'
import { timesContract } from '../contracts/times.ts'
import { openCsv } from './duckdb-touchpoints.ts'

timesContract('DuckDB', async () => {
  const { warehouse } = await openCsv('user_id,time,source,conversion,value\n')
  onTestFinished(() => warehouse.close())
  return warehouse
})

it.each(['timestamp', 'timestamp with time zone', 'date'])(
  'refuses a unit for a column of type %s',
  (type) => {
    expect(() => timeSql({ name: 'at', type }, { unit: 'ms' })).toThrow(
      new ConfigError(
        `--time-unit (TIME_UNIT) is "ms", but column at is a ${type}, which has no unit: leave the option out`,
      ),
    )
  },
)
