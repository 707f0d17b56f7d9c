import { longPathContract, pathContract } from '../contracts/paths.ts'
import { loadParquet, loadUnixSeconds, strangeColumns } from './duckdb-touchpoints.ts'

pathContract('a CSV file', loadUnixSeconds, 16)

pathContract(
  'a Parquet file with timestamps, booleans and strange column names',
  loadParquet(
    ["make_timestamp(atSec * 1000000) + INTERVAL '999 milliseconds'", 'conversion', 'value'],
    strangeColumns,
  ),
  6,
)

longPathContract('a CSV file', loadUnixSeconds)
