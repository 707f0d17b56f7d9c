// npm run build: compiles src into dist, its kernels to WebAssembly, bundles the report's script and td-client. That client lists packages that it never requires, and one with
// known holes; what replaces them (overrides in package.json) counts here only, not where this package is installed.
//   node scripts/build.mjs [OPTIONS OF TSC]
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleSettings, licences } from './bundle/parts.mjs'
import { compileKernels } from './kernels.mjs'
import { compilePageScript } from './page-script.mjs'

const repository = fileURLToPath(new URL('..', import.meta.url))
const folder = join(repository, 'dist/warehouse/treasure-data')

compile(process.argv.slice(2))
await compileKernels(join(repository, 'dist/bilstm/wasm'))
await compilePageScript(join(repository, 'dist/report'))
await bundleClient()

function compile(options) {
  const onWindows = process.platform === 'win32'
  const tsc = join(repository, 'node_modules/.bin', onWindows ? 'tsc.cmd' : 'tsc')
  const words = ['-p', 'tsconfig.build.json', ...options]
  try {
    execFileSync(tsc, words, { cwd: repository, stdio: 'inherit', shell: onWindows })
  } catch (error) {
    process.exit(error.status ?? 1)
  }
}

async function bundleClient() {
  const { metafile } = await build({
    absWorkingDir: repository,
    stdin: { contents: `export { TDClient } from 'td-client'`, resolveDir: repository },
    outfile: join(folder, 'td-client.js'),
    ...bundleSettings,
  })
  writeFileSync(join(repository, 'dist/LICENSES-THIRD-PARTY.txt'), licences(repository, metafile))
  const user = join(folder, 'control-client.js')
  const written = readFileSync(user, 'utf8')
  const bundled = written.replaceAll(/'td-client'|"td-client"/g, `'./td-client.js'`)
  if (bundled === written) throw new Error(`${user} does not import td-client`)
  writeFileSync(user, bundled)
}
