/** What a table's cell holds: a number or a dash, a name from the data, or other text. */
export interface Cell {
  readonly text: string
  readonly kind: 'number' | 'name' | 'text'
}

/** @returns whether a column is sorted as text: names are text whatever they look like, a column of numbers is not. */
export function isTextColumn(cells: readonly Cell[]): boolean {
  const known = cells.filter(({ text, kind }) => kind === 'name' || text !== '–')
  const isNumber = ({ text, kind }: Cell) => kind !== 'name' && numberIn(text) !== undefined
  return known.some(({ kind }) => kind === 'number') ? !known.some(isNumber) : !known.every(isNumber)
}

/** @returns the number that a cell starts with: `1,234`, `−3.0`, `25.3%`, `+4 to +9`, `< 0.001`; undefined where there is none, as in a date. */
export function numberIn(text: string): number | undefined {
  const [written] = /^[+\u2212-]?[\d,]+(\.\d+)?(?=$|[\s%+\u2013])/.exec(text.replace(/^< /, '')) ?? []
  return written === undefined ? undefined : Number(written.replace('\u2212', '-').replaceAll(',', ''))
}

/** @returns a field of CSV. Numbers are written as programs read them: no separators of thousands, a plain minus sign. */
export function csvField({ text, kind }: Cell): string {
  if (kind === 'number' && /^[+\u2212-]?[\d,]+(\.\d+)?$/.test(text)) {
    return text.replace('\u2212', '-').replaceAll(',', '')
  }
  if (kind !== 'name' && text === '–') return ''
  // A spreadsheet would take such a text for a formula, some with signs of full width, too.
  const harmless = /^[=+@\t\r\-＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
