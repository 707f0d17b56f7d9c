// Set-up shared by npm start and npm test. Later runs skip what is already done.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

/**
 * @param {{ build: boolean }} wanted
 */
export function prepare({ build }) {
  checkNode()
  install()
  if (build) compile()
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(
    `td-mta needs Node.js 20.19 or later, but this is ${process.versions.node}: install a newer version`,
  )
  process.exit(2)
}

function install() {
  const stamp = 'node_modules/.td-mta-installed'
  const wanted = digest(['package.json', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('installing packages (npm ci) ...')
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, wanted)
}

/** Builds dist if its sources have changed since the last build. */
export function compile() {
  const stamp = 'dist/.built'
  const wanted = digest([
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    ...sourceFiles('src'),
    ...sourceFiles('scripts/bundle'),
    'scripts/build.mjs',
    'scripts/kernels.mjs',
  ])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('building (npm run build) ...')
  // Types are checked by npm test; without that a build takes a third of the time.
  npm(['run', '--silent', 'build', '--', '--noCheck'])
  mkdirSync('dist', { recursive: true })
  writeFileSync(stamp, wanted)
}

function npm(words) {
  const onWindows = process.platform === 'win32'
  execFileSync(onWindows ? 'npm.cmd' : 'npm', words, { stdio: ['ignore', 2, 'inherit'], shell: onWindows })
}

/** Without the kernels, which are made of sources; while they are made, they have other names for a moment. */
function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => !/\.wasm(\.\d+)?$/.test(path) && statSync(path).isFile())
    .sort()
}

function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}
