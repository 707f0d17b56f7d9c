import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cache, copyJars, makeOnce, whyNoJava } from '../java.ts'

const here = import.meta.dirname
const home = join(cache, 'trino-435')

/** @returns why Trino can't run here, undefined where it can. */
export async function whyNoTrino(): Promise<string | undefined> {
  return await whyNoJava(home)
}

/**
 * Fetches 110 MB of jars from Maven Central, once.
 * @returns the directory with `lib` and `plugin`.
 */
export async function installTrino(): Promise<string> {
  return await makeOnce(home, async (fresh) => {
    await copyJars(join(here, 'server.xml'), join(fresh, 'lib'))
    await copyJars(join(here, 'memory-plugin.xml'), join(fresh, 'plugin/memory'))
    // The jar does not name its plugin, as Trino's own packages do it at build time.
    const services = join(fresh, 'plugin/memory/services/META-INF/services')
    await mkdir(services, { recursive: true })
    await writeFile(join(services, 'io.trino.spi.Plugin'), 'io.trino.plugin.memory.MemoryPlugin\n')
  })
}
