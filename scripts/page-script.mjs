// Bundles the report's script, src/report/browser, into one file next to the code that puts it into the page.
// It has another name until it is whole: tests and builds run side by side.
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** @param {string} folder gets `page-script.txt`. */
export async function compilePageScript(folder) {
  mkdirSync(folder, { recursive: true })
  const partial = join(folder, `page-script.txt.${process.pid}`)
  await build({
    absWorkingDir: repository,
    entryPoints: ['src/report/browser/main.ts'],
    outfile: partial,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  })
  renameSync(partial, join(folder, 'page-script.txt'))
}
