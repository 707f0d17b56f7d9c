// npm run bundle: bundles the whole program except DuckDB into a few files that need only Node.js, for the hosted workflow,
// which runs no custom images and accepts archives of at most 10 MB.
//   node scripts/bundle.mjs [DIRECTORY]     default: digdag/hosted/dist
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleSettings, licences } from './bundle/parts.mjs'
import { compileKernels } from './kernels.mjs'
import { compilePageScript } from './page-script.mjs'

const repository = fileURLToPath(new URL('..', import.meta.url))
const target = resolve(process.argv[2] ?? join(repository, 'digdag/hosted/dist'))
const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const { metafile } = await build({
  absWorkingDir: repository,
  entryPoints: { 'td-mta': 'src/cli.ts' },
  outdir: target,
  outExtension: { '.js': '.mjs' },
  // Commands are separate files that are loaded when needed: help needs a tenth of the bundle.
  splitting: true,
  ...bundleSettings,
  external: ['canvas'],
  alias: {
    '@duckdb/node-api': './scripts/bundle/no-duckdb.ts',
    '@node-rs/crc32': './scripts/bundle/crc32.ts',
    'whatwg-url': './scripts/bundle/whatwg-url.cjs',
  },
  plugins: [{ name: 'version', setup: replaceVersion }],
})
// The code looks for both next to its own file.
await compileKernels(target)
await compilePageScript(target)
// A pushed project has no files outside its folder.
cpSync(join(repository, 'digdag/queries'), join(target, 'queries'), { recursive: true })
copyFileSync(join(repository, 'LICENSE'), join(target, 'LICENSE'))
writeFileSync(join(target, 'LICENSES-THIRD-PARTY.txt'), licences(repository, metafile))

const bytes = readdirSync(target).reduce((sum, name) => sum + statSync(join(target, name)).size, 0)
console.log(`td-mta ${version}: ${(bytes / 1e6).toFixed(2)} MB in ${target}`)

/** The bundle has no package.json to read the version from. */
function replaceVersion(builder) {
  builder.onLoad({ filter: /[\\/]src[\\/]version\.ts$/ }, () => ({
    contents: `export const version = ${JSON.stringify(version)}`,
    loader: 'js',
  }))
}
