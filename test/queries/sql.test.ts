import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { type Sql, sql, sqlForErrors } from '../../src/queries/sql.ts'

const textOf = (query: Sql) => query.render()

describe('a template of SQL', () => {
  it('takes SQL and numbers', () => {
    expect(textOf(sql`SELECT ${sql`count(*)`} FROM t WHERE n < ${2 ** 40} AND x = ${-0.5}`)).toBe(
      'SELECT count(*) FROM t WHERE n < 1099511627776 AND x = -0.5',
    )
  })

  it('takes no text that is neither a literal nor an identifier', () => {
    const channel = "x' OR 1 = 1"
    // @ts-expect-error a bare string is no SQL
    expect(() => sql`SELECT ${channel}`).toThrow()
    // @ts-expect-error nor is a list of them
    expect(() => sql`SELECT ${[channel]}`).toThrow()
    // @ts-expect-error nor what is left out
    expect(() => sql`SELECT ${undefined}`).toThrow()
    // @ts-expect-error text that looks like SQL is none: it has no way to be rendered
    const query: Sql = { render: () => 'SELECT 1' }
    expect(query).toBeDefined()
  })

  it('quotes literals of each kind', () => {
    const values = ['e\'mail "x" \n -- 😀', 12, -1.5e-9, true, false, null]
    expect(textOf(sql.join(values.map((value) => sql.literal(value))))).toBe(
      "'e''mail \"x\" \n -- 😀', 12, -1.5e-9, TRUE, FALSE, NULL",
    )
    expect(textOf(sql.double(1000))).toBe('1e+3')
  })

  it('quotes identifiers and paths of them', () => {
    expect(textOf(sql.identifier('a "b"'))).toBe('"a ""b"""')
    expect(textOf(sql.identifier('c', 'd', 'e.f'))).toBe('"c"."d"."e.f"')
    expect(textOf(sql.table({ database: 'mta', table: 'x"y' }))).toBe('"mta"."x""y"')
  })

  it('refuses numbers that no engine reads', () => {
    expect(() => sql`SELECT ${Number.NaN}`).toThrow("NaN can't stand in SQL")
    expect(() => sql.literal(Number.POSITIVE_INFINITY)).toThrow("Infinity can't stand in SQL")
    expect(() => sql.double(Number.NEGATIVE_INFINITY)).toThrow("-Infinity can't stand in SQL")
  })

  it('refuses the character NUL, for which engines end the query', () => {
    const message =
      'the text "a\\u0000b" holds the character NUL, which no query can: remove it from the data'
    expect(() => sql.literal('a\0b')).toThrow(new DataError(message))
    expect(() => sql.identifier('mta', 'a\0b')).toThrow(new DataError(message))
  })

  it('joins fragments', () => {
    expect(textOf(sql.join([sql`a`, 2, sql`c`]))).toBe('a, 2, c')
    expect(textOf(sql.join([sql`a`, sql`b`], sql` OR `))).toBe('a OR b')
    expect(textOf(sql.join([]))).toBe('')
  })

  it('joins the defined conditions', () => {
    expect(textOf(sql.and(sql`a = 1`, undefined, sql`b = 2`))).toBe('a = 1 AND b = 2')
    expect(textOf(sql.and(undefined))).toBe('true')
  })

  it('indents the lines of a hole at the beginning of its line, except within quotes', () => {
    const inner = sql`SELECT ${sql.literal('two\nlines')} AS ${sql.identifier('odd\nname')}\nFROM t`
    expect(textOf(sql`SELECT * FROM (\n  ${inner}\n) WHERE a = ${sql`b\nOR c`}`)).toBe(
      `SELECT * FROM (\n  SELECT 'two\nlines' AS "odd\nname"\n  FROM t\n) WHERE a = b\nOR c`,
    )
  })

  it('shows the first 2000 characters in errors', () => {
    expect(sqlForErrors(sql`SELECT 1`)).toBe('SELECT 1')
    expect(sqlForErrors(sql.literal('x'.repeat(3000)))).toBe(`'${'x'.repeat(1999)} ...`)
  })
})
