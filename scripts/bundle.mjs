// npm run bundle: the whole program but DuckDB as a few files that need nothing but Node.js, for the hosted workflow, which
// takes no image and no archive above 10 MB.
//   node scripts/bundle.mjs [DIRECTORY]     digdag/hosted/dist unless told otherwise
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const repository = fileURLToPath(new URL('..', import.meta.url))
const target = resolve(process.argv[2] ?? join(repository, 'digdag/hosted/dist'))
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))

// Of three: Node.js never takes the one with threads, and the plain one where the processor has no SSE 4.1 only.
const wasmFile = 'tfjs-backend-wasm-simd.wasm'

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const { metafile } = await build({
  absWorkingDir: repository,
  entryPoints: { 'td-mta': 'src/cli.ts' },
  outdir: target,
  outExtension: { '.js': '.mjs' },
  // As many files as there are commands to load late: help needs a tenth of the whole.
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // TensorFlow.js looks kernels, layers and optimizers up by the names of their classes.
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  external: ['canvas'],
  alias: {
    '@duckdb/node-api': './scripts/bundle/no-duckdb.ts',
    '@node-rs/crc32': './scripts/bundle/crc32.ts',
    'whatwg-url': './scripts/bundle/whatwg-url.cjs',
  },
  plugins: [{ name: 'version', setup: replaceVersion }],
  banner: { js: commonJsShim() },
})
// TensorFlow.js looks for it beside the file that it is in.
copyFileSync(
  join(repository, 'node_modules/@tensorflow/tfjs-backend-wasm/dist', wasmFile),
  join(target, wasmFile),
)
copyFileSync(join(repository, 'LICENSE'), join(target, 'LICENSE'))
writeFileSync(join(target, 'LICENSES-THIRD-PARTY.txt'), licences(metafile))

const bytes = readdirSync(target).reduce((sum, name) => sum + statSync(join(target, name)).size, 0)
console.log(`td-mta ${version}: ${(bytes / 1e6).toFixed(2)} MB in ${target}`)

/** The program reads its version from a package.json that is not there. */
function replaceVersion(builder) {
  builder.onLoad({ filter: /[\\/]src[\\/]version\.ts$/ }, () => ({
    contents: `export const version = ${JSON.stringify(version)}`,
    loader: 'js',
  }))
}

/** What CommonJS modules expect to be there; in each file, since each may hold some. */
function commonJsShim() {
  return [
    `import{createRequire as __createRequire}from'node:module'`,
    `import{fileURLToPath as __toPath}from'node:url'`,
    `const require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__toPath(new URL('.',import.meta.url))`,
  ].join(';')
}

/** The licence of each package of which something is in the bundle, as most of them demand. */
function licences({ inputs }) {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  return [...folders].sort().map(licenceOf).join('\n\n')
}

function licenceOf(folder) {
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
