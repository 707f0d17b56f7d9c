// What the bundles have in common.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What every bundle is made with. */
export const bundleSettings = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // TensorFlow.js looks up optimizers by their class names.
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  banner: { js: commonJsShim() },
}

/** Globals that CommonJS modules expect; in every file, since each may contain some. */
function commonJsShim() {
  return [
    `import{createRequire as __createRequire}from'node:module'`,
    `import{fileURLToPath as __toPath}from'node:url'`,
    `const require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__toPath(new URL('.',import.meta.url))`,
  ].join(';')
}

/** The licence of each package of which something is in the bundle, as most of them demand. */
export function licences(repository, { inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  return [...folders]
    .sort()
    .map((folder) => licenceOf(repository, folder))
    .join('\n\n')
}

function licenceOf(repository, folder) {
  const { name, version: packageVersion, license } = readJson(join(repository, folder, 'package.json'))
  const heading = `== ${name} ${packageVersion}: ${license ?? 'see its source'}`
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'LICENSE-MIT.txt']) {
    try {
      return `${heading}\n${readFileSync(join(repository, folder, file), 'utf8').trim()}`
    } catch {}
  }
  return heading
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
