/**
 * What steers a terminal or reorders its text, so that a name in the data could write over other lines, hide, or look like
 * another one: C0 but for tabs and line feeds, DEL, C1, marks and overrides of direction, line and paragraph separators.
 */
const STEERING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** @returns a text for terminals, steering characters as `\u001b`; JSON remains JSON of the same value. */
export function visible(text: string): string {
  return text.replace(STEERING, escaped)
}

/** @returns the same for a text that must stay within its line. */
export function visibleLine(text: string): string {
  return visible(text).replace(/[\n\t]/g, escaped)
}

/** @returns JSON whose strings, once parsed, are texts for terminals. */
export function visibleOnceParsed(json: string): string {
  return JSON.stringify(
    JSON.parse(json, (_, value: unknown) => {
      if (typeof value === 'string') return visible(value)
      const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
      return isMap
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [visible(key), one]))
        : value
    }),
  )
}

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
