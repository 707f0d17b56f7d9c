import { sql } from '../../src/queries/sql.ts'

/** SQL as text, for fakes and test tables, whose engines are spoken to without a warehouse. */
export function quoteIdentifier(name: string): string {
  return sql.identifier(name).render()
}

export function quoteLiteral(text: string): string {
  return sql.literal(text).render()
}

export function quoteTable(table: { readonly database: string; readonly table: string }): string {
  return sql.table(table).render()
}
