import type { TouchpointRow } from './simulate.ts'

/** The columns of a simulated table, in order; the names are the option defaults. */
export const touchpointColumns = ['time', 'user_id', 'source', 'conversion', 'value'] as const

/** @returns the header line of the CSV. */
export function csvHeader(): string {
  return `${touchpointColumns.join(',')}\n`
}

/** @returns a batch of rows as CSV lines (RFC 4180); a missing channel is an empty field. */
export function csvLines(rows: readonly TouchpointRow[]): string {
  let lines = ''
  for (const row of rows) {
    lines += `${row.atSec},${quoted(row.userId)},${quoted(row.channel ?? '')},${row.conversion},${row.value}\n`
  }
  return lines
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
