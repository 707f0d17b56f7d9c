import { DataError } from '../errors.ts'

/** Text that is safe to run as SQL. Only {@link sql} makes it, so it can't be confused with a string. */
class SqlText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** For adapters, which pass the text to an engine; all others combine SQL with {@link sql}. */
  render(): string {
    return this.#text
  }
}

export type Sql = SqlText

/**
 * A template whose holes can't change its meaning: they take SQL and numbers; text is passed as `sql.literal` or
 * `sql.identifier`. A hole at the beginning of its line indents all lines of its filling.
 * @example sql`SELECT ${sql.identifier('user id')} FROM ${sql.table(touches)} WHERE source = ${sql.literal("Bob's")}`
 */
export const sql = Object.assign(fillTemplate, { literal, double, identifier, table, join, and, raw })

function fillTemplate(literals: TemplateStringsArray, ...holes: readonly (Sql | number)[]): Sql {
  const [first = '', ...rest] = literals
  return new SqlText(holes.reduce<string>((text, hole, at) => fill(text, hole) + (rest[at] ?? ''), first))
}

function fill(text: string, hole: Sql | number): string {
  const filling = typeof hole === 'number' ? numberLiteral(hole) : hole.render()
  const line = text.slice(text.lastIndexOf('\n') + 1)
  return text + (line !== '' && line.trim() === '' ? indentLines(filling, line) : filling)
}

/** Line breaks within quotes belong to the value. */
function indentLines(text: string, indentation: string): string {
  return text.replace(/'[^']*'|"[^"]*"|\n/g, (found) => (found === '\n' ? `\n${indentation}` : found))
}

/** @returns a value, quoted if it is text. */
function literal(value: string | number | boolean | null): Sql {
  if (typeof value === 'string') return new SqlText(`'${withoutNul(value).replaceAll("'", "''")}'`)
  return new SqlText(typeof value === 'number' ? numberLiteral(value) : String(value).toUpperCase())
}

/** @returns a number as a literal of type double in any dialect. */
function double(value: number): Sql {
  return new SqlText(finite(value).toExponential())
}

function numberLiteral(value: number): string {
  return String(finite(value))
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value
  throw new Error(`${value} can't stand in SQL`)
}

/** Warehouses take NUL for the end of the query. @throws {DataError} */
function withoutNul(text: string): string {
  if (!text.includes('\0')) return text
  throw new DataError(
    `the text ${JSON.stringify(text)} holds the character NUL, which no query can: remove it from the data`,
  )
}

/** @returns a quoted name, or a path of them such as `"catalog"."schema"."table"`. */
function identifier(...path: readonly [string, ...string[]]): Sql {
  return new SqlText(path.map((name) => `"${withoutNul(name).replaceAll('"', '""')}"`).join('.'))
}

/** @returns `"database"."table"`. */
function table(name: { readonly database: string; readonly table: string }): Sql {
  return identifier(name.database, name.table)
}

/** @returns the fragments in order, by default with a comma and a space between them. */
function join(fragments: readonly (Sql | number)[], separator: Sql = new SqlText(', ')): Sql {
  return new SqlText(fragments.map((one) => fillTemplate`${one}`.render()).join(separator.render()))
}

/** @returns the conjunction of the defined conditions; true if there are none. None may be an OR without parentheses. */
function and(...conditions: readonly (Sql | undefined)[]): Sql {
  const stated = conditions.filter((condition) => condition !== undefined)
  return stated.length === 0 ? new SqlText('true') : join(stated, new SqlText(' AND '))
}

/** @returns the text, trusted as it is: for type names, in the warehouse's own spelling, and for users' SQL. */
function raw(text: string): Sql {
  return new SqlText(text)
}

const SQL_IN_ERRORS = 2000

/** @returns a query as errors show it: its first 2000 characters. */
export function sqlForErrors(query: Sql): string {
  const text = query.render()
  return text.length > SQL_IN_ERRORS ? `${text.slice(0, SQL_IN_ERRORS)} ...` : text
}
