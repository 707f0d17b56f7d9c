import { creditsContract } from '../contracts/credits.ts'
import { loadCsv, loadParquet, strangeColumns } from './duckdb-touchpoints.ts'

creditsContract(
  'a CSV file',
  loadCsv(({ user, atSec, channel, conversion, value }) => [
    user,
    atSec,
    channel,
    conversion === null ? null : Number(conversion),
    value,
  ]),
  6,
)

creditsContract(
  'a Parquet file with timestamps and strange column names',
  loadParquet(['make_timestamp(atSec * 1000000)', 'conversion', 'value'], strangeColumns),
  4,
)
