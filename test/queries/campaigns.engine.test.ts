import { describe } from 'vitest'
import { bothOf, campaignsContract } from '../contracts/campaigns.ts'
import { openCsv } from './duckdb-touchpoints.ts'

const quoted = (field: string | number | null) =>
  field === null ? '' : `"${String(field).replaceAll('"', '""')}"`

describe('the embedded warehouse', () => {
  campaignsContract(async (rows) => {
    const lines = rows.map((row) => {
      const { user, atSec, channel, conversion, value, campaign } = row
      const fields = [user, atSec, channel, conversion === null ? null : Number(conversion), value, campaign]
      return [...fields, bothOf(row)].map(quoted).join(',')
    })
    const { warehouse, source } = await openCsv(
      `${['user_id,time,source,conversion,value,campaign,both', ...lines].join('\n')}\n`,
    )
    return { warehouse, table: source.table }
  }, 4)
})
