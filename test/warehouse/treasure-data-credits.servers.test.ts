import { creditsContract } from '../contracts/credits.ts'
import type { LoadedTouchpoints } from '../contracts/extraction.ts'
import { nightsContract } from '../contracts/nights.ts'
import { longPathContract } from '../contracts/paths.ts'
import { stepOrderContract } from '../contracts/step-order.ts'
import type { JourneyRow } from '../queries/oracle.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

async function load(rows: readonly JourneyRow[]): Promise<LoadedTouchpoints> {
  const fake = await startFake({ visible: { polls: 1 } })
  await fake.loadTable('mta', 'touches', {
    columns: { user_id: 'string', time: 'long', source: 'string', conversion: 'long', value: 'double' },
    rows: rows.map(({ user, atSec, channel, conversion, value }) => {
      return [user, atSec, channel, conversion === null ? null : Number(conversion), value]
    }),
  })
  const source = {
    table: { database: 'mta', table: 'touches' },
    userColumn: 'user_id',
    timeColumn: 'time',
    actionColumn: 'source',
    conversionColumn: 'conversion',
    valueColumn: 'value',
  }
  return { warehouse: openWarehouse(fake), source }
}

creditsContract('Treasure Data', load, 2, 2)
nightsContract('Treasure Data', load, 1, 3)
longPathContract('Treasure Data', load)
stepOrderContract('Treasure Data', load, ['error'])
