import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where jars are kept; git does not see it. */
export const cache = join(import.meta.dirname, '../../.cache')

/**
 * @param home where the jars lie once they were fetched.
 * @returns why Java programs can't run here, undefined where they can; looks for a JDK of 17 and, for the first time, Maven.
 */
export async function whyNoJava(home: string): Promise<string | undefined> {
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

/** Makes a directory by its parts, once: whole or not at all, whoever else tries at the same time. */
export async function makeOnce(home: string, make: (fresh: string) => Promise<void>): Promise<string> {
  if (existsSync(home)) return home
  await mkdir(dirname(home), { recursive: true })
  const fresh = await mkdtemp(`${home}-`)
  try {
    await make(fresh)
    await rename(fresh, home)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  }
  return home
}

/** Fetches what a Maven project needs from Maven Central. @param project path of its pom. */
export async function copyJars(project: string, directory: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${directory}`, '-DincludeScope=runtime']
  await run('mvn', ['--batch-mode', '--quiet', '--file', project, ...goal])
}
