/** Markup that is safe to show: made by {@link html}, which escapes, or explicitly trusted. */
export class Html {
  readonly markup: string

  /** @param markup trusted as it is: for charts and style sheets, never for anything from outside. */
  constructor(markup: string) {
    this.markup = markup
  }
}

/** What a template may contain: text is escaped, lists are joined, null and undefined leave nothing. */
export type HtmlValue = string | number | Html | null | undefined | readonly HtmlValue[]

/**
 * A template whose values can't become markup. The only place of the report that escapes text, for element content and
 * for attributes in double quotes.
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(literals.reduce((markup, literal, at) => markup + markupOf(values[at - 1]) + literal))
}

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return value.map(markupOf).join('')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)
}
