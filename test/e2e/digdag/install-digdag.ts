import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { cache, copyJars, makeOnce, whyNoJava } from '../../fakes/java.ts'

const run = promisify(execFile)
const here = import.meta.dirname
const home = join(cache, 'digdag-0.9.42')
const sources = join(here, 'src')

/** What Digdag's engine is started with. */
export interface DigdagJars {
  readonly classPath: string
}

/**
 * Fetches 23 MB of jars from Maven Central, once, and compiles what they lack (src/) when that has changed.
 * @returns why there is no Digdag here, where its parts are missing.
 */
export async function installDigdag(): Promise<DigdagJars | { readonly missing: string }> {
  const missing = await whyNoJava(home)
  if (missing !== undefined) return { missing }
  try {
    await makeOnce(home, (fresh) => copyJars(join(here, 'digdag.xml'), fresh))
  } catch (error) {
    return { missing: `its jars can't be fetched: ${error}` }
  }
  const own = await makeOnce(`${home}-operators-${sourceDigest()}`, compile)
  return { classPath: [own, join(home, '*')].join(':') }
}

async function compile(directory: string): Promise<void> {
  const files = sourceFiles().filter((name) => name.endsWith('.java'))
  await run('javac', ['-nowarn', '-proc:none', '-cp', join(home, '*'), '-d', directory, ...files])
  await copyFile(join(sources, 'tdmta/runner.py'), join(directory, 'tdmta/runner.py'))
  const services = join(directory, 'META-INF/services')
  await mkdir(services, { recursive: true })
  await writeFile(join(services, 'io.digdag.spi.Extension'), 'tdmta.Standards\n')
}

function sourceFiles(): readonly string[] {
  const entries = readdirSync(sources, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function sourceDigest(): string {
  const hash = createHash('sha256')
  for (const file of sourceFiles())
    hash.update(relative(sources, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}
