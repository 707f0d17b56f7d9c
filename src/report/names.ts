import stringWidth from 'string-width'
import { type Html, html } from './html.ts'

/** A name from the data inside one of the report's sentences. */
export interface Name {
  readonly name: string
}

/** A sentence with names from the data, kept apart until it is shown, so that no name can pose as the report's words. */
export type Sentence = readonly (string | Name)[]

const MAX_COLUMNS = 32

/**
 * @returns a name in which every character that is invisible or changes the direction of the surrounding text is U+FFFD:
 * names that differ look different, and no name affects the text around it. Direction marks stay: they are harmless.
 */
export function visibleName(name: string): string {
  return name.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]|\p{Cs}/gu, '\ufffd')
}

/** @returns the visible name, shortened to that many columns (wide characters take two) with an ellipsis. */
export function shortName(name: string, maxColumns = MAX_COLUMNS): string {
  const visible = visibleName(name)
  if (stringWidth(visible) <= maxColumns) return visible
  let short = ''
  for (const { segment } of new Intl.Segmenter('en').segment(visible)) {
    if (stringWidth(short + segment) > maxColumns - 1) break
    short += segment
  }
  return `${short}…`
}

/** @returns a name as markup, isolated from the direction of the surrounding text; a shortened one has its full title. */
export function nameHtml(name: string, maxColumns = MAX_COLUMNS): Html {
  const whole = visibleName(name)
  const short = shortName(name, maxColumns)
  return short === whole ? html`<bdi>${whole}</bdi>` : html`<bdi title="${whole}">${short}</bdi>`
}

/** @returns a name for plain text, such as a chart label, isolated from the direction of the surrounding text. */
export function isolatedName(name: string, maxColumns = MAX_COLUMNS): string {
  const short = shortName(name, maxColumns)
  return /^[\x20-\x7e\u2026]*$/.test(short) ? short : `\u2068${short}\u2069`
}

/** @returns a sentence as markup. */
export function sentenceHtml(sentence: Sentence): Html {
  return html`${sentence.map((part) => (typeof part === 'string' ? part : html`<span class="name">${nameHtml(part.name)}</span>`))}`
}

/** @returns a sentence as plain text. */
export function plainText(sentence: Sentence): string {
  return sentence.map((part) => (typeof part === 'string' ? part : isolatedName(part.name))).join('')
}
