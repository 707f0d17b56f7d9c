import { creditsContract } from '../contracts/credits.ts'
import { nightsContract } from '../contracts/nights.ts'
import { loadParquet, loadUnixSeconds, strangeColumns } from './duckdb-touchpoints.ts'

creditsContract('a CSV file', loadUnixSeconds, 3, 8)
nightsContract('a CSV file', loadUnixSeconds, 3)

creditsContract(
  'a Parquet file with timestamps and strange column names',
  loadParquet(['make_timestamp(atSec * 1000000)', 'conversion', 'value'], strangeColumns),
  2,
  2,
)
