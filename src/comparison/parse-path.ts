import { BASELINE_CHANNEL } from '../tables/attribution.ts'

/** `>` and arrows, such as `->`, `=>`, `-->` and `→`. */
export const SEPARATOR = /[-=–—]{0,9}>+|[→⇒⟶➔➜]/
const QUOTED = new RegExp(`^("(?:[^"\\\\]|\\\\.)*")\\s*(?:(?:${SEPARATOR.source})\\s*|$)`)

/**
 * Reads what `pathText` writes, and what other programs do: channels with `>` or an arrow between them, with or without
 * blanks. A channel in quotation marks, as in JSON, may hold these signs; a JSON array of channels is a path, too.
 * @returns the channels in time order, `''` where there is none between two separators; none for a path without a touch.
 */
export function parsePath(text: string): readonly string[] {
  let rest = text.trim()
  if (rest === '' || rest === BASELINE_CHANNEL) return []
  const array = maybeArray(rest)
  if (array !== undefined) return array
  const channels: string[] = []
  let isOpen = true
  while (isOpen) {
    const quoted = QUOTED.exec(rest)
    const name = maybeString(quoted?.[1])
    if (quoted !== null && name !== undefined) {
      channels.push(name)
      isOpen = SEPARATOR.test(quoted[0].slice(quoted[1]?.length))
      rest = rest.slice(quoted[0].length)
      continue
    }
    const separator = SEPARATOR.exec(rest)
    channels.push(rest.slice(0, separator?.index).trim())
    isOpen = separator !== null
    if (separator !== null) rest = rest.slice(separator.index + separator[0].length).trim()
  }
  return channels
}

function maybeArray(text: string): readonly string[] | undefined {
  if (!/^\[.*\]$/s.test(text)) return undefined
  const parsed = maybeJson(text)
  if (!Array.isArray(parsed)) return undefined
  return parsed.map((one) => (one === null ? '' : String(one).trim()))
}

function maybeString(text: string | undefined): string | undefined {
  const parsed = text === undefined ? undefined : maybeJson(text)
  return typeof parsed === 'string' ? parsed : undefined
}

function maybeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
