import { creditsContract } from '../contracts/credits.ts'
import { nightsContract } from '../contracts/nights.ts'
import { loadCsv, loadParquet, strangeColumns } from './duckdb-touchpoints.ts'

const loadSeconds = loadCsv(({ user, atSec, channel, conversion, value }) => [
  user,
  atSec,
  channel,
  conversion === null ? null : Number(conversion),
  value,
])

creditsContract('a CSV file', loadSeconds, 6, 30)
nightsContract('a CSV file', loadSeconds, 8)

creditsContract(
  'a Parquet file with timestamps and strange column names',
  loadParquet(['make_timestamp(atSec * 1000000)', 'conversion', 'value'], strangeColumns),
  4,
)
