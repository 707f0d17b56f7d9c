import { type Chart, NARROW, WIDE } from './charts/chart.ts'
import { type Html, html } from './html.ts'
import { nameHtml } from './names.ts'

/** A column of a table: its heading, and the cell of each row. */
export interface TableColumn<Row> {
  readonly heading: string | Html
  readonly cell: (row: Row) => string | Html
  /** Numbers are aligned to the right. */
  readonly kind: 'text' | 'number'
}

/** @returns a column of text. */
export function textColumn<Row>(heading: string, cell: (row: Row) => string | Html): TableColumn<Row> {
  return { heading, cell, kind: 'text' }
}

/** @returns a column of numbers. */
export function numberColumn<Row>(
  heading: string | Html,
  cell: (row: Row) => string | Html,
): TableColumn<Row> {
  return { heading, cell, kind: 'number' }
}

/** @returns a table whose first column heads the rows. Where it is too wide, it scrolls on its own. */
export function tableHtml<Row>(
  caption: string,
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  className = '',
): Html {
  const head = columns.map(({ heading, kind }) => html`<th scope="col" class="${kind}">${heading}</th>`)
  const [first, ...others] = columns
  const body = rows.map((row) => {
    const cells = others.map(({ cell, kind }) => html`<td class="${kind}">${cell(row)}</td>`)
    return html`<tr><th scope="row">${first?.cell(row)}</th>${cells}</tr>\n`
  })
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table class="${className}"><caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`
}

/** @returns a channel's name, by whose place in the page's data the script finds it. */
export function channelHtml(
  channel: string,
  placeOf: (channel: string) => number | undefined,
  maxColumns?: number,
): Html {
  const place = placeOf(channel)
  const name = nameHtml(channel, maxColumns)
  return place === undefined ? name : html`<span data-channel="${place}">${name}</span>`
}

/** A chart with everything that belongs to it. */
export interface Figure {
  readonly chart: Chart
  /** A chart above the legend, whose numbers are in the same table. */
  readonly above?: Chart | undefined
  readonly caption: string | Html
  /** The chart's numbers. */
  readonly table: Html
  /** Name of the folded table, such as `credit by channel`. */
  readonly tableName: string
  readonly legend?: Html
  /** The table is part of the report, not only of the chart, and is shown unfolded. */
  readonly isOpen?: boolean
  /** The chart is small enough to be the same on all screens. */
  readonly isSmall?: boolean
}

/** @returns a chart, its legend, its caption, and its numbers as a folded table. */
export function figureHtml(figure: Figure): Html {
  const { above, chart, legend, caption, isOpen, isSmall, tableName, table } = figure
  const drawings = (drawn: Chart) =>
    (isSmall ? [NARROW] : [WIDE, NARROW]).map((size) => {
      const className = isSmall ? 'chart' : `chart ${size.name}`
      return html`<div class="${className}">${drawn.draw(size)}</div>\n`
    })
  return html`<figure>
${above && drawings(above)}${legend}${drawings(chart)}<figcaption>${caption}</figcaption>
<details${isOpen ? ' open' : ''}><summary>Table: ${tableName}</summary>${table}</details>
</figure>`
}

/** A fact: its name, its value, and a note. */
export type Fact = readonly [name: string, value: string, note?: string]

/** @returns facts side by side. */
export function factsHtml(facts: readonly Fact[]): Html {
  const entries = facts.map(
    ([name, value, note]) =>
      html`<div><dt>${name}</dt><dd><strong>${value}</strong>${note ? html` <span class="quiet">${note}</span>` : undefined}</dd></div>\n`,
  )
  return html`<dl class="facts">${entries}</dl>`
}

/** @returns a legend of swatches, each with its class and its meaning. */
export function legendHtml(entries: readonly (readonly [className: string, meaning: string])[]): Html {
  const swatches = entries.map(
    ([className, meaning]) =>
      html`<li><span class="swatch ${className}" aria-hidden="true"></span>${meaning}</li>`,
  )
  return html`<ul class="legend">${swatches}</ul>\n`
}

/** @returns a section of the report with its heading. */
export function sectionHtml(id: string, heading: string, ...content: readonly (Html | undefined)[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
${content}
</section>
`
}

/** @returns a note in place of a missing part, with the command that adds it. */
export function missingHtml(what: string, purpose: string, command: string): Html {
  return html`<p class="missing">${what}. To ${purpose}, run <code>${command}</code>.</p>`
}
