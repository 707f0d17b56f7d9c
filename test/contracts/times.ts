import { describe, expect, it } from 'vitest'
import type { TimeReading } from '../../src/examples/touchpoints.ts'
import { sql } from '../../src/queries/sql.ts'
import { timeSql } from '../../src/queries/time-column-sql.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'

/** date -u -d 2026-01-01T00:00:00Z +%s */
const NEW_YEAR = 1_767_225_600

/** What is written, and the unix seconds that it means; null where it means none. */
type Written = readonly (readonly [written: string, atSec: number | null])[]

const numbers: Written = [
  ['1767225600', NEW_YEAR],
  [' 1767225600 ', NEW_YEAR],
  ['1767225600.0', NEW_YEAR],
  ['1767225600.999', NEW_YEAR],
  ['1767225600.', NEW_YEAR],
  ['1.7672256e9', NEW_YEAR],
  ['1.7672256E+09', NEW_YEAR],
  ['-5', -5],
  // Called what they are by the survey.
  ['20260101', 20_260_101],
  ['20260101000000', 20_260_101_000_000],
  ['1767225600000', 1_767_225_600_000],
  ['nan', null],
  ['NaN', null],
  ['Infinity', null],
  ['-inf', null],
  ['1e400', null],
  ['99999999999999999999', null],
  ['1_767_225_600', null],
  ['1,767,225,600', null],
  ['0x69', null],
]

const zoned: Written = [
  ['2026-01-01T00:00:00Z', NEW_YEAR],
  ['2026-01-01T00:00:00.123Z', NEW_YEAR],
  ['2026-01-01T00:00:00.123456789Z', NEW_YEAR],
  ['2026-01-01T00:00:00,5Z', NEW_YEAR],
  ['2026-01-01T00:00Z', NEW_YEAR],
  ['2026-01-01t00:00:00z', NEW_YEAR],
  ['2026-01-01 00:00:00 UTC', NEW_YEAR],
  ['2026-01-01 00:00:00.999999 UTC', NEW_YEAR],
  ['2026-01-01 00:00:00 GMT', NEW_YEAR],
  ['2026-01-01 00:00:00 Z', NEW_YEAR],
  ['2026-01-01 00:00:00 +0000', NEW_YEAR],
  ['2026-01-01 00:00:00+00', NEW_YEAR],
  ['2026-01-01T09:00:00+09', NEW_YEAR],
  ['2026-01-01T09:00:00+0900', NEW_YEAR],
  ['2026-01-01T09:00:00+09:00', NEW_YEAR],
  ['2026-01-01T09:00+09:00', NEW_YEAR],
  ['2026-01-01T14:00:00+14:00', NEW_YEAR],
  ['2025-12-31T20:30:00-03:30', NEW_YEAR],
  ['2025-12-31 20:30:00.5 -0330', NEW_YEAR],
  ['20260101T000000Z', NEW_YEAR],
  ['20260101T0000Z', NEW_YEAR],
  ['20260101T000000.5Z', NEW_YEAR],
  ['20260101T090000+0900', NEW_YEAR],
  ['20251231T203000-0330', NEW_YEAR],
  ['2024-02-29T00:00:00Z', 1_709_164_800],
]

const zoneless: Written = [
  ['2026-01-01', NEW_YEAR],
  ['2026-01-01T00:00', NEW_YEAR],
  ['2026-01-01 00:00', NEW_YEAR],
  ['2026-01-01T00:00:00', NEW_YEAR],
  ['2026-01-01 00:00:00', NEW_YEAR],
  ['2026-01-01 00:00:00.123', NEW_YEAR],
  ['2026-01-01 00:00:00,123', NEW_YEAR],
  ['2026-01-01 00:00:00.123456789', NEW_YEAR],
  ['20260101T000000', NEW_YEAR],
  ['20260101 000000', NEW_YEAR],
]

const bad: Written = [
  ['2026-02-30', null],
  ['2026-02-30T00:00:00Z', null],
  ['2026-02-30 00:00:00 UTC', null],
  ['20260230T000000Z', null],
  ['2025-02-29', null],
  ['2026-13-01', null],
  ['2026-00-01', null],
  ['2026-01-00', null],
  ['2026-01-01T24:00:00Z', null],
  ['2026-01-01T23:60:00Z', null],
  ['2026-01-01T23:59:60Z', null],
  ['2026-01-01T10:30.5', null],
  ['2026-01-01T00:00:00+15:00', null],
  ['2026-01-01T00:00:00+14:30', null],
  ['2026-01-01 00:00:00 JST', null],
  ['2026-01-01 00:00:00 Europe/Berlin', null],
  ['2026-01-01T', null],
  ['2026-1-1', null],
  ['2026-W01-1', null],
  ['2026-001', null],
  ['2026-01', null],
  ['01-05-26', null],
  ['01/05/2026', null],
  ['2026-01-01x', null],
  ['yesterday', null],
]

/** Local times of Berlin: it skips 02:00 to 03:00 of 29 March 2026, and has 02:00 to 03:00 of 25 October 2026 twice. */
const berlin: Written = [
  ['2026-01-01', NEW_YEAR - 3600],
  ['2026-03-29 01:59:59', secondsOf('2026-03-29T00:59:59Z')],
  ['2026-03-29 02:30:00', secondsOf('2026-03-29T01:30:00Z')],
  ['2026-03-29 03:00:00', secondsOf('2026-03-29T01:00:00Z')],
  ['20260701T120000', secondsOf('2026-07-01T10:00:00Z')],
  ['2026-10-25 01:59', secondsOf('2026-10-24T23:59:00Z')],
  ['2026-10-25T02:00:00.123456789', secondsOf('2026-10-25T00:00:00Z')],
  ['2026-10-25 02:59:59', secondsOf('2026-10-25T00:59:59Z')],
  ['2026-10-25 03:00:00', secondsOf('2026-10-25T02:00:00Z')],
  ['2026-07-01T12:00:00Z', secondsOf('2026-07-01T12:00:00Z')],
  ['2026-07-01 12:00:00 +0200', secondsOf('2026-07-01T10:00:00Z')],
  ['20260701T120000Z', secondsOf('2026-07-01T12:00:00Z')],
  ['1767225600', NEW_YEAR],
  ['2026-02-30', null],
]

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1000
}

/** Values of a type; `text` is SQL of the value made from it. */
interface Typed {
  readonly type: string
  readonly reading?: TimeReading
  readonly written: Written
  readonly zoneless?: boolean
}

const typed: readonly Typed[] = [
  {
    type: 'double',
    written: [
      ['1767225600.9', NEW_YEAR],
      ['NaN', null],
      ['Infinity', null],
      ['-Infinity', null],
      ['1e300', null],
    ],
  },
  { type: 'decimal(20,3)', written: [['1767225600.999', NEW_YEAR]] },
  { type: 'bigint', reading: { unit: 'ms' }, written: [['1767225600999', NEW_YEAR]] },
  { type: 'bigint', reading: { unit: 'us' }, written: [['1767225600999999', NEW_YEAR]] },
  { type: 'bigint', reading: { unit: 'ns' }, written: [['1767225600999999999', NEW_YEAR]] },
  {
    type: 'double',
    reading: { unit: 'ms' },
    written: [
      ['1767225600999.5', NEW_YEAR],
      ['NaN', null],
    ],
  },
  {
    type: 'varchar',
    reading: { unit: 'ns' },
    written: [
      ['1767225600999999999', NEW_YEAR],
      ['1.7672256e18', NEW_YEAR],
      ['2026-01-01', NEW_YEAR],
    ],
  },
  { type: 'date', written: [['2026-01-01', NEW_YEAR]], zoneless: true },
  { type: 'timestamp(3)', written: [['2026-01-01 00:00:00.999', NEW_YEAR]], zoneless: true },
  {
    type: 'timestamp(3)',
    reading: { unit: 's', inputTimeZone: 'Europe/Berlin' },
    written: [
      ['2026-01-01 01:00:00', NEW_YEAR],
      ['2026-03-29 03:00:00', secondsOf('2026-03-29T01:00:00Z')],
      ['2026-10-25 02:00:00', secondsOf('2026-10-25T00:00:00Z')],
      ['2026-10-25 03:00:00', secondsOf('2026-10-25T02:00:00Z')],
    ],
    zoneless: true,
  },
  {
    type: 'date',
    reading: { unit: 's', inputTimeZone: 'Asia/Tokyo' },
    written: [['2026-01-01', NEW_YEAR - 9 * 3600]],
    zoneless: true,
  },
  {
    type: 'timestamp with time zone',
    reading: { unit: 's', inputTimeZone: 'Europe/Berlin' },
    written: [['2026-01-01 00:00:00 UTC', NEW_YEAR]],
  },
]

/** What a column of times means in any warehouse. @param open is called for each test, which closes the warehouse. */
export function timesContract(name: string, open: () => Promise<Warehouse>): void {
  describe(`times of ${name}`, () => {
    it.each([
      ['numbers', numbers, false],
      ['times with a zone', zoned, false],
      ['times without a zone', zoneless, true],
      ['what is none', bad, undefined],
    ] as const)('are read from texts: %s', async (_, written, isZoneless) => {
      const found = await readTimes(await open(), 'varchar', written)
      expect(found.map(({ text, atSec }) => [text, atSec])).toEqual(written)
      if (isZoneless !== undefined) {
        expect(found.filter((one) => one.isZoneless !== isZoneless)).toEqual([])
      }
    })

    it('without a zone are those of --input-time-zone, over both changes of the clocks', async () => {
      const reading = { unit: 's', inputTimeZone: 'Europe/Berlin' } as const
      const found = await readTimes(await open(), 'varchar', berlin, reading)
      expect(found.map(({ text, atSec }) => [text, atSec])).toEqual(berlin)
    })

    it('are read from other types and in other units', async () => {
      const warehouse = await open()
      for (const { type, reading, written, zoneless: isZoneless = false } of typed) {
        const found = await readTimes(warehouse, type, written, reading)
        expect([type, ...found.map(({ text, atSec }) => [text, atSec])]).toEqual([type, ...written])
        if (reading?.inputTimeZone === undefined && type !== 'varchar') {
          expect(found.map((one) => one.isZoneless)).toEqual(written.map(() => isZoneless))
        }
      }
      await warehouse.close()
    })
  })
}

interface ReadTime {
  readonly text: string
  readonly atSec: number | null
  readonly isZoneless: boolean
}

async function readTimes(
  warehouse: Warehouse,
  type: string,
  written: Written,
  reading?: TimeReading,
): Promise<readonly ReadTime[]> {
  const { atSec, isZoneless } = timeSql({ name: 'time', type }, reading)
  const rows = written.map(([text], at) => sql`(${at}, CAST(${sql.literal(text)} AS ${sql.raw(type)}))`)
  const query = sql`SELECT place, ${atSec} AS at_sec, ${isZoneless} AS is_zoneless
FROM (VALUES ${sql.join(rows)}) AS written (place, "time")`
  const times = new Map<number, Omit<ReadTime, 'text'>>()
  for await (const batch of warehouse.query(query)) {
    for (const [place, seconds, zonelessOne] of batch) {
      times.set(Number(place), {
        atSec: seconds === null ? null : Number(seconds),
        isZoneless: zonelessOne === true,
      })
    }
  }
  return written.map(([text], at) => ({
    text,
    ...(times.get(at) ?? { atSec: Number.NaN, isZoneless: false }),
  }))
}
