import { z } from 'zod'
import { quoteUnsafeIntegers } from './exact-json.ts'

const pageSchema = z.looseObject({
  id: z.string(),
  nextUri: z.string().optional(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })).nullish(),
  data: z.custom<readonly (readonly unknown[])[]>(Array.isArray).nullish(),
  updateCount: z.number().nullish(),
  error: z.looseObject({ errorName: z.string(), message: z.string() }).nullish(),
})

/** What Trino answers to a statement, and again to each page of it: https://trino.io/docs/current/develop/client-protocol.html */
export type Page = z.infer<typeof pageSchema>

/**
 * @param text the body of an answer; integers that no number can tell become their text.
 * @returns undefined where it is no page of Trino's.
 */
export function parsePage(text: string): Page | undefined {
  try {
    return asPage(JSON.parse(quoteUnsafeIntegers(text)))
  } catch {
    return undefined
  }
}

/** @returns undefined where a parsed answer is no page of Trino's. */
export function asPage(answer: unknown): Page | undefined {
  return pageSchema.safeParse(answer).data
}
