// Lets Node.js 20 import .ts files: registered by scripts/fake-treasure-data.mjs, it drops their types as they are loaded.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const compilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const text = await readFile(fileURLToPath(url), 'utf8')
  const source = ts.transpileModule(text, { compilerOptions }).outputText
  return { format: 'module', source, shortCircuit: true }
}
