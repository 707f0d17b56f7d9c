import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

it.each(['bench', 'scripts'])('%s imports only built files that have a source', (folder) => {
  const texts = readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))
  const imports = texts.flatMap((text) =>
    [...text.matchAll(/'\.\.\/dist\/([^']+)\.js'/g)].map(([, path]) => path),
  )
  expect(imports.length).toBeGreaterThan(1)
  expect(imports.filter((path) => !existsSync(new URL(`src/${path}.ts`, root)))).toEqual([])
})
