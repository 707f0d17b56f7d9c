import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The page's script, and how a Content-Security-Policy names it: nothing else may run. */
export interface PageScript {
  readonly text: string
  readonly source: string
}

let read: PageScript | undefined

/** @returns the script that `scripts/page-script.mjs` made of `browser/`, next to this file or, bundled, to the bundle. */
export function readPageScript(): PageScript {
  if (read !== undefined) return read
  const text = readFileSync(new URL('./page-script.txt', import.meta.url), 'utf8').trimEnd()
  read = { text, source: `'sha256-${createHash('sha256').update(text).digest('base64')}'` }
  return read
}
