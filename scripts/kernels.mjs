// Compiles the kernels, src/bilstm/wasm/assembly, to WebAssembly next to the code that loads it. What was compiled before is in .cache.
// Files have other names until they are whole: tests and builds run side by side.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('..', import.meta.url))
const sources = join(repository, 'src/bilstm/wasm/assembly')
const cache = join(repository, '.cache/kernels')

const OPTIONS = [
  '-O3',
  '--noAssert',
  // The code allocates nothing: the program around says where everything lies.
  ...['--runtime', 'stub'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
]

/** @param {string} folder gets `net.wasm`. */
export async function compileKernels(folder) {
  const names = readdirSync(sources).sort()
  const hash = createHash('sha256').update(OPTIONS.join(' '))
  hash.update(readFileSync(createRequire(import.meta.url).resolve('assemblyscript/package.json')))
  for (const name of names) {
    hash.update(`${name}\0`)
    hash.update(readFileSync(join(sources, name)))
  }
  const compiled = join(cache, `${hash.digest('hex').slice(0, 16)}.wasm`)
  if (!existsSync(compiled)) {
    mkdirSync(cache, { recursive: true })
    const partial = `${compiled}.${process.pid}`
    // Loading it takes a second.
    const { default: asc } = await import('assemblyscript/asc')
    const words = [join(sources, 'index.ts'), '--baseDir', repository, '--outFile', partial, ...OPTIONS]
    const { error, stderr } = await asc.main(words)
    if (error !== null) throw new Error(`the kernels do not compile: ${stderr.toString()}`, { cause: error })
    renameSync(partial, compiled)
  }
  mkdirSync(folder, { recursive: true })
  const copied = join(folder, `net.wasm.${process.pid}`)
  copyFileSync(compiled, copied)
  renameSync(copied, join(folder, 'net.wasm'))
}
