import { type Sql, sql } from '../../queries/sql.ts'

/**
 * Spreadsheets run a cell that begins with = + - @ (the wide ones, too) or a control character as a formula. In CSV files
 * such texts get an apostrophe in front, as do those that begin with apostrophes and then such a character, so that taking
 * one away again gives every text back as it was.
 */
const FORMULA = `[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]`

/** @returns a text as CSV files have it. */
export function guard(text: string): string {
  return new RegExp(`^'*${FORMULA}`).test(text) ? `'${text}` : text
}

/** @returns the text that {@link guard} got. */
export function unguard(text: string): string {
  return new RegExp(`^'+${FORMULA}`).test(text) ? text.slice(1) : text
}

/** @returns SQL of {@link guard}. */
export function guardSql(text: Sql): Sql {
  const isFormula = sql`regexp_matches(${text}, ${sql.literal(`^'*${FORMULA}`)})`
  return sql`CASE WHEN ${isFormula} THEN '''' || ${text} ELSE ${text} END`
}

/** @returns SQL of {@link unguard}; the cheap condition comes first, since hardly any text begins so. */
export function unguardSql(text: Sql): Sql {
  const isGuarded = sql`starts_with(${text}, '''') AND regexp_matches(${text}, ${sql.literal(`^'+${FORMULA}`)})`
  return sql`CASE WHEN ${isGuarded} THEN substr(${text}, 2) ELSE ${text} END`
}
