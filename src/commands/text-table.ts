import stringWidth from 'string-width'
import { describeFindings, type Finding } from '../findings/finding.ts'
import { visibleLine } from '../visible-text.ts'
import type { WrittenTable } from '../warehouse/warehouse.ts'

/** A column of a text table: its heading, and the cell of each row; numbers are right-aligned. */
export interface TextColumn<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
  readonly isNumber?: boolean
}

/** @returns a column of numbers. */
export function numberColumn<Row>(heading: string, cell: (row: Row) => string): TextColumn<Row> {
  return { heading, cell, isNumber: true }
}

/**
 * @returns an aligned table with a rule below its headings, without a final line break. East Asian wide characters take
 *   two columns, as in a terminal.
 */
export function formatTextTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ].map((cells) => cells.map(visibleLine))
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => stringWidth(cells[at] ?? ''))))
  const [head, ...body] = lines.map((cells) =>
    columns
      .map(({ isNumber }, at) => pad(cells[at] ?? '', widths[at] ?? 0, isNumber))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [head, rule, ...body].join('\n')
}

function pad(cell: string, width: number, isNumber = false): string {
  const space = ' '.repeat(width - stringWidth(cell))
  return isNumber ? space + cell : cell + space
}

/** @returns a number for readers: `12,345` or `12.3`; a dash for null. */
export function formatNumber(value: number | null, decimals = 0): string {
  if (value === null) return '-'
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** @returns `12.3%`, or a dash if there is no share. */
export function formatShare(share: number | null | undefined, decimals = 1): string {
  return share === null || share === undefined ? '-' : `${formatNumber(share * 100, decimals)}%`
}

/** @returns `0.42 s`. */
export function formatSeconds(seconds: number): string {
  return `${formatNumber(seconds, seconds < 10 ? 2 : 0)} s`
}

/** @returns what happened to each table, one line each. */
export function describeTables(tables: readonly WrittenTable[]): readonly string[] {
  return tables.map(({ table, rows, skipped, location }) =>
    skipped
      ? `left table ${table.table} unchanged: ${location}`
      : `wrote ${formatNumber(rows)} rows to ${location}`,
  )
}

/** @returns what was noticed about the data, as one block of lines; none without a finding. */
export function findingsBlock(findings: readonly Finding[]): readonly string[] {
  return findings.length === 0 ? [] : [describeFindings(findings).join('\n')]
}

/** @returns the text of a step, and what it noticed about the data. */
export function withFindings(text: string, findings: readonly Finding[]): string {
  return [text, ...findingsBlock(findings)].join('\n\n')
}

/** @returns the same for `--format json`. */
export function tableFacts(tables: readonly WrittenTable[]) {
  return tables.map(({ table, rows, skipped, location }) => ({ ...table, rows, skipped, location }))
}
