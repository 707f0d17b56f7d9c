import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(here, '../../../.cache')
const home = join(cache, 'trino-435')

/** @returns why Trino can't run here, undefined where it can; looks for Java 17 and, for the first time, Maven. */
export async function whyNoTrino(): Promise<string | undefined> {
  const java = await run('java', ['-version']).catch(() => undefined)
  const major = Number(/version "(\d+)/.exec(java?.stderr ?? '')?.[1] ?? 0)
  if (major < 17) return major === 0 ? 'there is no java' : `java ${major} is older than 17`
  const compiler = await run('java', ['--list-modules']).catch(() => undefined)
  if (!compiler?.stdout.includes('jdk.compiler')) return 'this java has no compiler, a JDK is needed'
  if (existsSync(home)) return undefined
  return await run('mvn', ['--version']).then(
    () => undefined,
    () => 'there is no mvn to fetch it with',
  )
}

/**
 * Fetches 110 MB of jars from Maven Central, once.
 * @returns the directory with `lib` and `plugin`.
 */
export async function installTrino(): Promise<string> {
  if (existsSync(home)) return home
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'trino-'))
  try {
    await copyJars('server.xml', join(fresh, 'lib'))
    await copyJars('memory-plugin.xml', join(fresh, 'plugin/memory'))
    // The jar does not name its plugin, as Trino's own packages do it at build time.
    const services = join(fresh, 'plugin/memory/services/META-INF/services')
    await mkdir(services, { recursive: true })
    await writeFile(join(services, 'io.trino.spi.Plugin'), 'io.trino.plugin.memory.MemoryPlugin\n')
    await rename(fresh, home)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  }
  return home
}

async function copyJars(project: string, directory: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${directory}`, '-DincludeScope=runtime']
  await run('mvn', ['--batch-mode', '--quiet', '--file', join(here, project), ...goal])
}
