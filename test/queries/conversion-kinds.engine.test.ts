import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import type { ExampleRules } from '../../src/examples/touchpoints.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { expectAgreement, extractAll, isPossible, type LoadedTouchpoints } from '../contracts/extraction.ts'
import { openCsv, openParquet, plainColumns } from './duckdb-touchpoints.ts'
import { plainRules } from './journeys.ts'
import type { JourneyRow } from './oracle.ts'
import { randomJourneys } from './random-journeys.ts'

const kinds = ['order', 'Order', 'lead "A"', "it's", '', null] as const
type Kind = (typeof kinds)[number]
const CHOSEN = 'order'

const HEADER = `${plainColumns.join(',')},kind\n`

/** Loads rows with their kinds, one kind chosen. */
async function loadKinds(rows: readonly JourneyRow[], kindOf: (at: number) => Kind) {
  const quoted = (field: string | number | null) =>
    field === null ? '' : `"${String(field).replaceAll('"', '""')}"`
  const lines = rows.map(({ user, atSec, channel, conversion, value }, at) =>
    [user, atSec, channel, conversion === null ? null : Number(conversion), value, kindOf(at)]
      .map(quoted)
      .join(','),
  )
  return chosen(await openCsv(`${HEADER}${lines.join('\n')}\n`), CHOSEN)
}

function chosen({ warehouse, source }: LoadedTouchpoints, type: string, column = 'kind'): LoadedTouchpoints {
  return { warehouse, source: { ...source, conversionKind: { column, type } } }
}

/** Closes the warehouse again. */
async function survey(
  opening: Promise<LoadedTouchpoints>,
  type: string,
  changes: { readonly column?: string; readonly rules?: Partial<ExampleRules> } = {},
) {
  const { warehouse, source } = chosen(await opening, type, changes.column)
  try {
    return await surveyTouchpoints(warehouse, source, { ...plainRules, ...changes.rules })
  } finally {
    await warehouse.close()
  }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('one kind of conversion', () => {
  it('makes the same examples as a table without the other conversions, but with their touches', async () => {
    await fc.assert(
      fc.asyncProperty(
        randomJourneys,
        fc.array(fc.nat(kinds.length - 1), { minLength: 1, maxLength: 40 }),
        async ({ rows, rules, range }, drawn) => {
          const kindOf = (at: number) => kinds[drawn[at % drawn.length]!]!
          const counted = rows.map((row, at) => ({
            ...row,
            conversion: row.conversion && kindOf(at) === CHOSEN,
          }))
          const variants: readonly ExampleRules[] = [rules, { ...rules, ...range, validationFraction: 0.5 }]
          const possible = variants.filter((variant) => isPossible(counted, variant))
          fc.pre(possible.length > 0)
          const loaded = await loadKinds(rows, kindOf)
          try {
            for (const variant of possible)
              expectAgreement(await extractAll(loaded, variant), counted, variant)
          } finally {
            await loaded.warehouse.close()
          }
        },
      ),
      { numRuns: 16 },
    )
  })

  it('decides alone whether every conversion lies on a touch', async () => {
    const rows = `${HEADER}ann,1767600000,email,1,,order\nann,1767607200,,1,,lead\n`
    expect((await survey(openCsv(rows), 'order')).conversionRowsWithoutTouch).toBe(0)
    expect((await survey(openCsv(rows), 'lead')).conversionRowsWithoutTouch).toBe(1)
  })

  it('is the only one whose values must be numbers', async () => {
    const rows = `${HEADER}ann,1767600000,email,1,7.5,order\nann,1767607200,,1,none,lead\n`
    expect((await survey(openCsv(rows), 'order')).conversionRows).toBe(1)
    expect(await errorOf(survey(openCsv(rows), 'lead'))).toEqual(
      new DataError(
        'table mta.mock_data: column value (--value-column, VALUE_COLUMN) has 1 rows that are not a number or NULL, ' +
          'such as "none": correct them, or name another column',
      ),
    )
  })

  it('excuses no conversion that is neither 0 nor 1', async () => {
    const rows = `${HEADER}ann,1767600000,email,1,,order\nann,1767607200,,2,,lead\n`
    expect(String(await errorOf(survey(openCsv(rows), 'order')))).toContain(
      'has 1 rows that are not 0, 1, true, false or NULL, such as "2"',
    )
  })

  it.each([
    ['7::INTEGER', '7'],
    ['true', 'true'],
    ["DATE '2026-01-05'", '2026-01-05'],
  ])('is compared as text, whatever the type of the column: %s', async (kind, type) => {
    const select = `SELECT 'ann' AS user_id, 1767600000 AS "time", 'email' AS source, 1 AS conversion, 1 AS value, ${kind} AS kind`
    expect((await survey(openParquet(select), type)).conversionRows).toBe(1)
  })

  it('that no conversion has is refused with a list of those found, commonest first', async () => {
    const lines = ['lead', 'lead', 'order', ''].map((kind, at) => `ann,${1767600000 + at},email,1,,${kind}`)
    const rows = `${HEADER}${lines.join('\n')}\nann,1767600009,email,0,,Order\n`
    expect(await errorOf(survey(openCsv(rows), 'Order'))).toEqual(
      new DataError(
        '--conversion-type (CONVERSION_TYPE) is "Order": table mta.mock_data has no conversion of that kind (in the range); ' +
          'its conversions have kind "lead" (2), "order" (1), NULL (1)',
      ),
    )
  })

  it('that no conversion has is refused with a list of at most ten', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, at) => `ann,${1767600000 + at},email,1,,k${String(at).padStart(2, '0')}`,
    )
    const shown = Array.from({ length: 10 }, (_, at) => `"k${String(at).padStart(2, '0')}" (1)`)
    expect(String(await errorOf(survey(openCsv(`${HEADER}${lines.join('\n')}\n`), 'x')))).toContain(
      `its conversions have kind ${shown.join(', ')} and others`,
    )
  })

  it('is distinguished from a table without any conversions', async () => {
    const rows = `${HEADER}ann,1767600000,email,0,,order\n`
    expect(await errorOf(survey(openCsv(rows), 'order'))).toEqual(
      new DataError(
        'table mta.mock_data: no row of 1 has conversion = 1: check --conversion-column (CONVERSION_COLUMN) and the time range',
      ),
    )
  })

  it('needs its column', async () => {
    const rows = `${HEADER}ann,1767600000,email,1,,order\n`
    expect(await errorOf(survey(openCsv(rows), 'order', { column: 'type' }))).toEqual(
      new ConfigError(
        '--conversion-type-column (CONVERSION_TYPE_COLUMN) is "type": table mta.mock_data has no such column; ' +
          'it has user_id, time, source, conversion, value, kind',
      ),
    )
  })
})
