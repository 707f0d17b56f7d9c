import { onTestFinished } from 'vitest'
import { timesContract } from '../contracts/times.ts'
import { openCsv } from './duckdb-touchpoints.ts'

timesContract('DuckDB', async () => {
  const { warehouse } = await openCsv('user_id,time,source,conversion,value\n')
  onTestFinished(() => warehouse.close())
  return warehouse
})
