import { relative } from 'node:path'
import type { Plugin } from 'vitest/config'

/** What a module needs, and the suffix of tests that may use it. */
const SLOW: readonly (readonly [modules: RegExp, needs: string, suffix: string])[] = [
  [/^@duckdb\//, 'DuckDB', 'engine'],
  [/^@tensorflow\//, 'TensorFlow.js', 'engine'],
  [/^node:child_process$/, 'other processes', 'process'],
  [/^(node:(http|https|http2|net|tls)|undici|@google-cloud\/storage|td-client)$/, 'the network', 'servers'],
  [/^playwright-core$/, 'a browser', 'servers'],
]

/** Node's own modules get another name, as no plugin is asked for them otherwise. */
const NODES_OWN = /(\bfrom |\bimport\(|^import )'(node:(?:child_process|https?|http2|net|tls))'/gm
const RENAMED = 'slow?'
const REFUSED = '\0refused:'

/**
 * Keeps the project `pure` fast: a slow module that a test reaches, directly or through src, throws when it is loaded.
 * Dynamic imports that the test never reaches, such as those of adapters, do no harm.
 */
export function refuseSlowImports(): Plugin {
  return {
    name: 'refuse-slow-imports',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('/node_modules/') ? undefined : code.replaceAll(NODES_OWN, `$1'${RENAMED}$2'`)
    },
    resolveId(given, importer = '') {
      const id = given.replace(RENAMED, '')
      const slow = SLOW.find(([modules]) => modules.test(id))
      if (slow === undefined) return undefined
      const [, needs, suffix] = slow
      const from = relative(process.cwd(), importer)
      return `${REFUSED}${from} imports ${id}: a test that needs ${needs} is called *.${suffix}.test.ts`
    },
    load(id) {
      if (!id.startsWith(REFUSED)) return undefined
      return `throw new Error(${JSON.stringify(id.slice(REFUSED.length))})`
    },
  }
}
