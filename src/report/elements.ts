import { type ChartSize, NARROW, WIDE } from './charts/plot.ts'
import { Html, html } from './html.ts'

/** A column of a table; numbers stand to the right. */
export interface TableColumn {
  readonly heading: string | Html
  readonly numeric?: boolean
}

/** @returns a table whose first cell of each row is the row's heading. It scrolls alone where it is too wide. */
export function tableHtml(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | Html)[])[],
  className = '',
): Html {
  const kind = ({ numeric }: TableColumn) => (numeric ? 'number' : 'text')
  const head = columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.heading}</th>`)
  const body = rows.map(([first, ...cells]) => {
    const others = cells.map(
      (cell, at) => html`<td class="${kind(columns[at + 1] ?? { heading: '' })}">${cell}</td>`,
    )
    return html`<tr><th scope="row">${first}</th>${others}</tr>\n`
  })
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table class="${className}"><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`
}

/** A drawing, and what it says in words. */
export interface Drawing {
  readonly draw: (size: ChartSize, alternative: string) => string
  readonly alternative: string
}

/** A chart with all that belongs to it. */
export interface Figure extends Drawing {
  /** A drawing above the legend, whose numbers stand in the same table. */
  readonly above?: Drawing | undefined
  readonly caption: string | Html
  /** The chart's numbers. */
  readonly table: Html
  /** Name of the folded table, such as `Credit by channel`. */
  readonly tableName: string
  readonly legend?: Html
  /** The table is a part of the report, not only of the chart: it stands open. */
  readonly isOpen?: boolean
  /** The same drawing for all screens. */
  readonly small?: boolean
}

/** @returns a chart, its legend, its caption, and its numbers as a folded table. */
export function figureHtml(figure: Figure): Html {
  const sizes = figure.small ? [NARROW] : [WIDE, NARROW]
  const drawings = ({ draw, alternative }: Drawing) =>
    sizes.map((size) => {
      const className = figure.small ? 'chart' : `chart ${size.name}`
      return html`<div class="${className}">${new Html(draw(size, alternative))}</div>\n`
    })
  return html`<figure>
${figure.above && drawings(figure.above)}${figure.legend}${drawings(figure)}<figcaption>${figure.caption}</figcaption>
<details${figure.isOpen ? ' open' : ''}><summary>Table: ${figure.tableName}</summary>${figure.table}</details>
</figure>`
}

/** @returns a key of swatches, each with its class and its meaning. */
export function legendHtml(entries: readonly (readonly [className: string, meaning: string])[]): Html {
  const swatches = entries.map(
    ([className, meaning]) =>
      html`<li><span class="swatch ${className}" aria-hidden="true"></span>${meaning}</li>`,
  )
  return html`<ul class="legend">${swatches}</ul>\n`
}

/** @returns a part of the report under a heading of its own. */
export function sectionHtml(id: string, heading: string, ...content: readonly (Html | undefined)[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
${content}
</section>
`
}

/** @returns what stands where a part is missing: how to make it. */
export function missingHtml(what: string, command: string): Html {
  return html`<p class="missing">${what}: <code>${command}</code></p>`
}
