import { z } from 'zod'

const pageSchema = z.looseObject({
  id: z.string(),
  nextUri: z.string().optional(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })).nullish(),
  data: z.custom<readonly (readonly unknown[])[]>(Array.isArray).nullish(),
  updateCount: z.number().nullish(),
  error: z.looseObject({ errorName: z.string(), message: z.string() }).nullish(),
})

/** Trino's answer to a statement, and to each request for a page of its result. */
export type Page = z.infer<typeof pageSchema>

/**
 * @param text the body of an answer; integers that a number can't hold become text.
 * @returns undefined if it is not a Trino page.
 */
export function parsePage(text: string): Page | undefined {
  try {
    return pageSchema.safeParse(JSON.parse(quoteUnsafeIntegers(text))).data
  } catch {
    return undefined
  }
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g

/**
 * JSON.parse rounds integers above 2^53. Node 22 exposes their text, Node 20 does not.
 * @param json valid JSON.
 * @returns the same with each integer beyond 2^53 in quotes. O(length); a single regex test without long digit runs.
 */
export function quoteUnsafeIntegers(json: string): string {
  if (!/\d{16}/.test(json)) return json
  const parts: string[] = []
  let at = 0
  while (at < json.length) {
    const opening = json.indexOf('"', at)
    if (opening < 0) break
    const end = endOfString(json, opening)
    parts.push(quoteIntegers(json.slice(at, opening)), json.slice(opening, end))
    at = end
  }
  parts.push(quoteIntegers(json.slice(at)))
  return parts.join('')
}

function quoteIntegers(between: string): string {
  return between.replace(NUMBER, (number) => {
    const isInteger = number.length >= 16 && /^-?\d+$/.test(number)
    return isInteger && !Number.isSafeInteger(Number(number)) ? `"${number}"` : number
  })
}

/** @returns the position after the string that begins at `opening`. */
function endOfString(json: string, opening: number): number {
  for (let at = opening + 1; ; at++) {
    at = json.indexOf('"', at)
    if (at < 0) return json.length
    let backslashes = 0
    while (json[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
}
