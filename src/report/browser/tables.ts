import { type Cell, csvField, isTextColumn, numberIn } from './cells.ts'
import { announce, element } from './elements.ts'

/** Lets readers sort the tables of a part of the page by any column, and copy them. */
export function enhanceTables(part: Element): void {
  for (const table of part.querySelectorAll('table')) {
    if (table.dataset.sortable === 'yes') continue
    table.dataset.sortable = 'yes'
    const headings = [...(table.tHead?.rows[0]?.cells ?? [])]
    for (const [column, heading] of headings.entries()) makeSortable(table, heading, column)
    table.parentElement?.after(copyButton(table))
  }
}

function makeSortable(table: HTMLTableElement, heading: HTMLTableCellElement, column: number): void {
  const button = element('button', { type: 'button', class: 'sort' })
  button.append(...heading.childNodes)
  heading.append(button)
  button.addEventListener('click', () => {
    const isDescending = heading.getAttribute('aria-sort') !== 'descending'
    for (const other of table.querySelectorAll('thead th')) other.removeAttribute('aria-sort')
    heading.setAttribute('aria-sort', isDescending ? 'descending' : 'ascending')
    sortRows(table, column, isDescending ? -1 : 1)
  })
}

/** Rows without a number come after the others, and rows of sums stay last. */
function sortRows(table: HTMLTableElement, column: number, direction: 1 | -1): void {
  const body = table.tBodies[0]
  if (body === undefined) return
  const rows = [...body.rows].map((row) => {
    const cell = row.cells[column]
    const { text, kind }: Cell = cell === undefined ? { text: '', kind: 'text' } : cellOf(cell)
    return { row, text, kind, number: numberIn(text), isSum: row.querySelector('th [data-sum]') !== null }
  })
  const isText = isTextColumn(rows.filter(({ isSum }) => !isSum))
  rows.sort((left, right) => {
    if (left.isSum || right.isSum) return Number(left.isSum) - Number(right.isSum)
    if (isText) return direction * left.text.localeCompare(right.text, undefined, { numeric: true })
    if (left.number === undefined || right.number === undefined) {
      return Number(left.number === undefined) - Number(right.number === undefined)
    }
    return direction * (left.number - right.number)
  })
  body.append(...rows.map(({ row }) => row))
}

function copyButton(table: HTMLTableElement): HTMLButtonElement {
  const name = table.caption?.textContent ?? 'table'
  const button = element(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `Copy as CSV: ${name}` },
    'Copy as CSV',
  )
  button.addEventListener('click', async () => {
    const isCopied = await copy(csvOf(table))
    button.textContent = isCopied ? 'Copied' : 'The browser does not let this page copy'
    announce(isCopied ? `Copied: ${name}` : 'The browser does not let this page copy.')
    setTimeout(() => {
      button.textContent = 'Copy as CSV'
    }, 2000)
  })
  return button
}

function csvOf(table: HTMLTableElement): string {
  const lines = [...table.rows].map((row) => [...row.cells].map((cell) => csvField(cellOf(cell))).join(','))
  return `${lines.join('\r\n')}\r\n`
}

function cellOf(cell: HTMLTableCellElement): Cell {
  const isNumber = cell.localName === 'td' && cell.classList.contains('number')
  const kind = cell.querySelector('bdi') !== null ? 'name' : isNumber ? 'number' : 'text'
  return { text: textOf(cell), kind }
}

/** A path's steps are joined as in the table of paths; a shortened name is written whole. */
function textOf(cell: HTMLTableCellElement): string {
  const steps = cell.querySelectorAll('.path li')
  if (steps.length > 0) return [...steps].map(wholeText).join(' > ')
  return wholeText(cell).replaceAll(/\s+/g, ' ').trim()
}

function wholeText(part: Element): string {
  const shortened = part.querySelector('bdi[title]')
  if (shortened !== null) return shortened.getAttribute('title') ?? ''
  const copy = part.cloneNode(true) as Element
  for (const lineBreak of copy.querySelectorAll('br')) lineBreak.replaceWith(' ')
  return copy.textContent ?? ''
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** For browsers that keep the clipboard from pages that lie on a disk. */
function copyBySelection(text: string): boolean {
  const field = element('textarea', { class: 'unseen', 'aria-hidden': 'true' })
  field.value = text
  const focused = document.activeElement
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
