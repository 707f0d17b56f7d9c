import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import { readSpend, type Spend, type SpendPeriod } from '../../src/queries/spend.ts'
import type { OutputColumn, Row, TableName, Warehouse } from '../../src/warehouse/warehouse.ts'
import { secondsOf } from '../queries/journeys.ts'

const table: TableName = { database: 'mta', table: 'spend' }
/** The clock of the fake Treasure Data lies in it, by which rows without a time are stored. */
const anyTime: SpendPeriod = {
  fromSec: secondsOf('2026-01-01T00:00Z'),
  toSec: secondsOf('2036-01-01T00:00Z'),
}
const period: SpendPeriod = { fromSec: secondsOf('2026-01-05T00:00Z'), toSec: secondsOf('2026-01-07T00:00Z') }

type Types = Readonly<Record<string, OutputColumn['type']>>
const doubles: Types = { channel: 'varchar', spend: 'double' }
const texts: Types = { channel: 'varchar', spend: 'varchar' }

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/**
 * What the spend of channels promises in any warehouse.
 * @param open makes a warehouse in which `mta.spend` may be written.
 */
export function spendContract(name: string, open: () => Promise<Warehouse>): void {
  const withSpend = async <T>(
    types: Types,
    rows: readonly Row[],
    work: (warehouse: Warehouse) => Promise<T>,
  ): Promise<T> => {
    const warehouse = await open()
    try {
      const columns = Object.entries(types).map(([column, type]): OutputColumn => ({ name: column, type }))
      await warehouse.writeTables([{ table, columns, rows, ifExists: 'overwrite', runId: 'spend' }])
      return await work(warehouse)
    } finally {
      await warehouse.close()
    }
  }
  const read = (types: Types, rows: readonly Row[], folded?: ReadonlySet<string>): Promise<Spend> =>
    withSpend(types, rows, (warehouse) => readSpend(warehouse, table, anyTime, folded))
  const plain = async (spend: Promise<Spend>) => Object.fromEntries((await spend).byChannel)

  describe(`spend in ${name}`, () => {
    it('is added up by channel, by exact name, with NULL as 0', async () => {
      const rows = [
        ['email', 0.1],
        ['email', 0.2],
        ['Email', 5],
        [`it's "e" 😀`, null],
        ['search', 0],
      ]
      expect(await plain(read(doubles, rows))).toEqual({
        email: 0.3,
        Email: 5,
        'it\'s "e" 😀': 0,
        search: 0,
      })
    })

    it('is read from text', async () => {
      const rows = [
        ['email', ' 1.5 '],
        ['email', '2e1'],
        ['search', ''],
      ]
      expect(await plain(read(texts, rows))).toEqual({ email: 21.5, search: 0 })
    })

    it('of folded channels is that of (other), the rest keep their own', async () => {
      const rows = [
        ['email', 1],
        ['rare', 2],
        ['rarer', 4],
        ['(other)', 8],
      ]
      expect(await plain(read(doubles, rows, new Set(['email', '(other)'])))).toEqual({
        email: 1,
        '(other)': 14,
      })
    })

    it('has the texts for NULL that touchpoints have, as channel and campaign', async () => {
      const rows = [
        ['email', 'Null', 1],
        ['email', ' ', 2],
        ['email', 'spring', 4],
        [' NULL ', 'spring', 8],
      ]
      const types: Types = { channel: 'varchar', campaign: 'varchar', spend: 'double' }
      const read = (warehouse: Warehouse) =>
        readSpend(warehouse, table, { ...anyTime, nullTexts: ['null'] }, undefined)
      const { byCampaign, withoutChannel } = await withSpend(types, rows, read)
      expect(byCampaign).toEqual(
        expect.arrayContaining([
          { channel: 'email', campaign: '(none)', spend: 3 },
          { channel: 'email', campaign: 'spring', spend: 4 },
        ]),
      )
      expect([byCampaign?.length, withoutChannel]).toEqual([2, 8])
    })

    it('without a channel is left out, and reported', async () => {
      const rows = [
        [null, 3],
        ['', 4],
        [' \u3000', 5],
        ['email', 1],
      ]
      expect(await read(doubles, rows)).toMatchObject({
        byChannel: new Map([['email', 1]]),
        channels: ['email'],
        withoutChannel: 12,
        isMissing: false,
        zoneless: { rows: 0, example: null },
      })
    })

    it.each([
      ['twelve', '"twelve"'],
      ['1,5', '"1,5"'],
    ])('that is not a number is refused: %s', async (text, shown) => {
      const rows = [
        ['email', '1'],
        ['search', text],
      ]
      expect(await errorOf(read(texts, rows))).toEqual(
        new DataError(
          `--spend-table (SPEND_TABLE) mta.spend: column spend has 1 rows that are not numbers, such as ${shown}: correct them`,
        ),
      )
    })

    it('below 0 is refused', async () => {
      const rows = [
        ['email', 1],
        ['search', -2.5],
        ['search', 9],
      ]
      expect(await errorOf(read(doubles, rows))).toEqual(
        new DataError(
          '--spend-table (SPEND_TABLE) mta.spend: column spend has 1 negative rows, such as -2.5 for "search": spend is 0 or more',
        ),
      )
    })

    it('of no rows at all is refused', async () => {
      const error = await errorOf(read(doubles, []))
      expect(error).toBeInstanceOf(DataError)
      expect(String(error)).toContain(
        '--spend-table (SPEND_TABLE) mta.spend has no rows: fill it, or leave the option out',
      )
    })

    it.each(['channel', 'spend'])('needs the column %s', async (column) => {
      const types = Object.fromEntries(Object.entries(texts).filter(([each]) => each !== column))
      const error = await errorOf(read(types, []))
      expect(error).toBeInstanceOf(ConfigError)
      const other = column === 'channel' ? 'spend' : 'channel'
      expect(String(error)).toMatch(
        new RegExp(
          `--spend-table \\(SPEND_TABLE\\) mta\\.spend has no column ${column}; it has ${other}(, time)?: ` +
            'it needs the columns channel and spend, and time if its rows have a day',
        ),
      )
    })

    it('needs its table', async () => {
      const warehouse = await open()
      const nowhere = { database: 'mta', table: 'nowhere' }
      expect(await errorOf(readSpend(warehouse, nowhere, anyTime, undefined))).toEqual(
        new ConfigError(
          `--spend-table (SPEND_TABLE): there is no table mta.nowhere in ${warehouse.name}; check --db (DB) and the name`,
        ),
      )
      await warehouse.close()
    })
  })
}

/** What a column `time` means; not for Treasure Data, which has one of its own in each table. */
export function spendTimeContract(name: string, open: () => Promise<Warehouse>): void {
  const read = async (
    type: OutputColumn['type'],
    times: readonly (string | number | null)[],
  ): Promise<Spend> => {
    const warehouse = await open()
    try {
      const columns: readonly OutputColumn[] = [
        { name: 'channel', type: 'varchar' },
        { name: 'spend', type: 'double' },
        { name: 'time', type },
      ]
      const rows = times.map((time, at): Row => ['email', 2 ** at, time])
      await warehouse.writeTables([{ table, columns, rows, ifExists: 'overwrite', runId: 'spend' }])
      return await readSpend(warehouse, table, period, undefined)
    } finally {
      await warehouse.close()
    }
  }
  const { fromSec, toSec } = period

  describe(`time of spend in ${name}`, () => {
    it.each<[OutputColumn['type'], (sec: number) => string | number]>([
      ['bigint', (sec) => sec],
      ['double', (sec) => sec + 0.25],
      ['timestamp', (sec) => new Date(sec * 1000).toISOString()],
      ['varchar', (sec) => new Date(sec * 1000).toISOString().slice(0, 19)],
      ['varchar', (sec) => String(sec)],
    ])('lies in the range of the export, its end not included: %s', async (type, timeOf) => {
      const times = [fromSec - 1, fromSec, toSec - 1, toSec].map(timeOf)
      expect((await read(type, times)).byChannel).toEqual(new Map([['email', 6]]))
    })

    it.each([
      ['yesterday', '"yesterday"'],
      [null, 'NULL'],
    ])('that cannot be read is refused: %s', async (time, shown) => {
      expect(await errorOf(read('varchar', ['2026-01-05', time]))).toEqual(
        new DataError(
          '--spend-table (SPEND_TABLE) mta.spend: column time has 1 rows that are not unix seconds, a timestamp or ' +
            `ISO 8601 text, such as ${shown}: correct them, or leave the column out`,
        ),
      )
    })

    it('only outside the range is reported, with both', async () => {
      expect(await errorOf(read('bigint', [toSec, fromSec - 1]))).toEqual(
        new DataError(
          '--spend-table (SPEND_TABLE) mta.spend has no rows from 2026-01-05T00:00:00Z to 2026-01-07T00:00:00Z, the time that ' +
            'is credited: its column time goes from 2026-01-04T23:59:59Z to 2026-01-07T00:00:00Z; it must hold the ' +
            'day on which the money was spent',
        ),
      )
    })
  })
}
