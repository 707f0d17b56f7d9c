import stringWidth from 'string-width'

/** A column of a text table: its heading, and whether its cells are numbers, which are right-aligned. */
export interface TextColumn {
  readonly heading: string
  readonly numeric?: boolean
}

/**
 * @param rows cells as text, one per column.
 * @returns an aligned table with a rule below its headings, without a final line break. East Asian wide characters take
 *   two columns, as in a terminal.
 */
export function formatTextTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map((column, at) =>
    Math.max(stringWidth(column.heading), ...rows.map((row) => stringWidth(row[at] ?? ''))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.numeric ?? false))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [line(columns.map((column) => column.heading)), rule, ...rows.map(line)].join('\n')
}

function pad(cell: string, width: number, numeric: boolean): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(cell)))
  return numeric ? space + cell : cell + space
}

/** @returns a number for readers: `12,345` or `12.3`. */
export function formatNumber(value: number, decimals = 0): string {
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
