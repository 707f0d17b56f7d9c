import { expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { readSpend } from '../../src/queries/spend.ts'
import { spendContract } from '../contracts/spend.ts'
import { errorOf, openWarehouse, startFake } from './treasure-data-under-test.ts'

const table = { database: 'mta', table: 'spend' }
/** 2026-01-02, the day of the fake's clock, by which rows without a time of their own are stored. */
const period = { fromSec: 1767312000, toSec: 1767398400 }

spendContract('Treasure Data', async () => openWarehouse(await startFake()))

it('counts the rows in the range by the time column of Treasure Data', async () => {
  const fake = await startFake()
  await fake.loadTable('mta', 'spend', {
    columns: { channel: 'string', spend: 'double', time: 'long' },
    rows: [
      ['email', 1, period.fromSec - 1],
      ['email', 2, period.fromSec],
      ['email', 4, period.toSec],
    ],
  })
  const spend = await readSpend(openWarehouse(fake), table, period, undefined)
  expect(spend.byChannel).toEqual(new Map([['email', 2]]))
  expect(fake.jobs().at(-1)?.request.query).toContain('TD_TIME_RANGE("time", 1767312000, 1767398400)')
})

it('refuses a table whose time is that of its upload', async () => {
  const fake = await startFake()
  await fake.loadTable('mta', 'spend', {
    columns: { channel: 'string', spend: 'double', time: 'long' },
    rows: [['email', 1, period.toSec + 3600]],
  })
  expect(await errorOf(readSpend(openWarehouse(fake), table, period, undefined))).toEqual(
    new DataError(
      '--spend-table (SPEND_TABLE) mta.spend has no rows from 2026-01-02T00:00:00Z to 2026-01-03T00:00:00Z, the time that ' +
        'is credited: its column time goes from 2026-01-03T01:00:00Z to 2026-01-03T01:00:00Z; it must hold the day on ' +
        'which the money was spent',
    ),
  )
})
