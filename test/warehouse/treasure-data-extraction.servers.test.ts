import { it } from 'vitest'
import type { TouchpointSource } from '../../src/examples/touchpoints.ts'
import { expectOriginalExamples } from '../contracts/extraction.ts'
import { findingsContract, findingsSource } from '../contracts/findings.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

const source: TouchpointSource = {
  table: { database: 'mta', table: 'journeys' },
  userColumn: 'user_id',
  timeColumn: 'time',
  actionColumn: 'source',
  conversionColumn: 'conversion',
  valueColumn: undefined,
}

it("makes the original's examples of its journeys on Treasure Data", () =>
  expectOriginalExamples(async (rows) => {
    const fake = await startFake()
    await fake.loadTable('mta', 'journeys', {
      columns: { user_id: 'string', time: 'long', source: 'string', conversion: 'long' },
      rows: rows.map(({ user, atSec, channel, conversion }) => [user, atSec, channel, Number(conversion)]),
    })
    return { warehouse: openWarehouse(fake), source }
  }, 3))

findingsContract(async (rows) => {
  const fake = await startFake()
  await fake.loadTable('mta', 'mixed', {
    columns: {
      user_id: 'string',
      time: 'long',
      source: 'string',
      conversion: 'long',
      value: 'double',
      order_id: 'string',
    },
    rows,
  })
  return { warehouse: openWarehouse(fake), source: findingsSource }
}, 'rows-without-time')
