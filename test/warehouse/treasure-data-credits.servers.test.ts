import { creditsContract } from '../contracts/credits.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

creditsContract(
  'Treasure Data',
  async (rows) => {
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
  },
  3,
)
