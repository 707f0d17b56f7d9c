import { formatTextTable } from '../text-table.ts'
import type { CheckRow } from './check-report.ts'

/** Of the last column, so that a table fits into most terminals. */
const FOUND_COLUMNS = 88

/** @returns the table of the checks, long findings in several lines, and the counts. */
export function describeReport(rows: readonly CheckRow[]): string {
  const columns = ['check', 'result', 'found, and what to do'].map((heading, at) => {
    return { heading, cell: (cells: readonly string[]) => cells[at] ?? '' }
  })
  const cells = rows.flatMap(({ check, result, found }) => {
    const [first = '', ...others] = wrapText(found)
    return [[check, result, first], ...others.map((line) => ['', '', line])]
  })
  const count = (result: CheckRow['result']) => rows.filter((row) => row.result === result).length
  const counts = `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped`
  return `${formatTextTable(columns, cells)}\n\n${counts}`
}

/** Breaks between words; a word that is longer stays whole, since it is a path or an address. */
function wrapText(text: string): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > FOUND_COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
