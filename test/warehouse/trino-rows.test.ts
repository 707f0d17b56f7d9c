import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { parsePage, quoteUnsafeIntegers } from '../../src/warehouse/trino/page.ts'
import { readRows } from '../../src/warehouse/trino/rows.ts'
import type { Value } from '../../src/warehouse/warehouse.ts'

describe('JSON with integers beyond 2^53', () => {
  /** JSON as a server may write it, and what is to come of it. */
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
    const exact = Number.isSafeInteger(Number(value))
    return { json: String(value), expected: exact ? Number(value) : String(value) }
  })
  const same = (arbitrary: fc.Arbitrary<string | number | boolean | null>) =>
    arbitrary.map((value) => ({ json: JSON.stringify(value), expected: value }))
  const text = fc.oneof(
    fc.string({
      unit: fc.constantFrom('"', '\\', '9', '12345678901234567890', ',', '[', 'é', '\n', '\u2028'),
    }),
    fc.string(),
  )
  const double = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value))
  const value = fc.oneof(integer, same(text), same(double), same(fc.boolean()), same(fc.constant(null)))

  it('gives each of them as text, and everything else as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.array(value)), (rows) => {
        const json = `[${rows.map((row) => `[${row.map((one) => one.json).join(', ')}]`).join(',')}]`
        expect(JSON.parse(quoteUnsafeIntegers(json))).toEqual(
          rows.map((row) => row.map((one) => (Object.is(one.expected, -0) ? 0 : one.expected))),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves doubles of many digits alone', () => {
    const json =
      '[0.30000000000000004,1.7976931348623157E308,-12345678901234567890.5,12345678901234567890e-5]'
    expect(quoteUnsafeIntegers(json)).toBe(json)
  })

  it('copes with a text of a million quotes', () => {
    const row = JSON.stringify(['"'.repeat(1_000_000), 1])
    expect(quoteUnsafeIntegers(`[${row},[9007199254740993]]`)).toBe(`[${row},["9007199254740993"]]`)
  })
})

function valueRead(type: string, json: string): Value | undefined {
  const page = parsePage(`{"id": "q", "columns": [{"name": "x", "type": "${type}"}], "data": [[${json}]]}`)
  return page && readRows(page)[0]?.[0]
}

describe("Trino's values", () => {
  it.each([
    ['bigint', '9007199254740991', 9007199254740991],
    ['integer', '-1', -1],
    ['decimal(38, 0)', '"12"', 12],
    ['decimal(20,6)', '"-0.250000"', -0.25],
    ['double', '0.1', 0.1],
    ['double', '"Infinity"', Number.POSITIVE_INFINITY],
    ['double', '"NaN"', Number.NaN],
    ['real', '1.5', 1.5],
    ['boolean', 'false', false],
    ['varchar(3)', '"007"', '007'],
    ['varchar', 'null', null],
    ['date', '"2026-01-02"', '2026-01-02'],
    ['timestamp(0)', '"2026-01-02 03:04:05"', '2026-01-02T03:04:05.000Z'],
    ['timestamp(1)', '"2026-01-02 03:04:05.1"', '2026-01-02T03:04:05.100Z'],
    ['timestamp(3)', '"1969-12-31 23:59:59.999"', '1969-12-31T23:59:59.999Z'],
    ['timestamp(6)', '"2026-01-02 03:04:05.120000"', '2026-01-02T03:04:05.120Z'],
    ['timestamp(6)', '"2026-01-02 03:04:05.123456"', '2026-01-02T03:04:05.123456Z'],
    ['timestamp(12)', '"2026-01-02 03:04:05.123450000001"', '2026-01-02T03:04:05.123450000001Z'],
    ['timestamp(3) with time zone', '"2026-01-02 00:00:00.000 UTC"', '2026-01-02T00:00:00.000Z'],
    ['timestamp(3) with time zone', '"2026-01-02 00:00:00.000 +09:00"', '2026-01-01T15:00:00.000Z'],
    ['timestamp(6) with time zone', '"2026-01-02 00:00:00.000001 -03:30"', '2026-01-02T03:30:00.000001Z'],
    ['array(bigint)', '[1, null]', '[1,null]'],
    ['varbinary', '"AP8="', 'AP8='],
  ])('of type %s: %s', (type, json, expected) => {
    expect(valueRead(type, json)).toEqual(expected)
  })

  it.each([
    ['bigint', '9007199254740993', '9007199254740993'],
    ['bigint', '-9223372036854775808', '-9223372036854775808'],
    ['decimal(38,0)', '"9007199254740993"', '9007199254740993'],
  ])('of type %s that a number cannot represent are refused, exactly: %s', (type, json, shown) => {
    expect(() => valueRead(type, json)).toThrow(
      new DataError(
        `trino: column x holds the integer ${shown}, which is beyond 2^53 and can't be a number: ` +
          'cast it to varchar in the query',
      ),
    )
  })

  it('in a zone whose clocks change are refused: an hour of each autumn is two instants', () => {
    expect(() => valueRead('timestamp(3) with time zone', '"2026-10-25 02:30:00.000 Europe/Berlin"')).toThrow(
      new DataError(
        'trino: column x holds the timestamp "2026-10-25 02:30:00.000 Europe/Berlin", which is not a definite ' +
          "instant: give it AT TIME ZONE 'UTC' in the query",
      ),
    )
  })

  it('are not read from an answer that is not a page', () => {
    expect(parsePage('<html></html>')).toBeUndefined()
    expect(parsePage('{"message": "hello"}')).toBeUndefined()
    expect(parsePage('{"id": "q", "data": {}}')).toBeUndefined()
  })
})
