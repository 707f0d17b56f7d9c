import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeGcs, startFakeGcs } from '../fakes/gcs/server.ts'
import { type Containers, setUpContainers } from './containers/set-up.ts'
import { type DigdagRun, type DigdagSurroundings, runDigdag, writeSecrets } from './digdag/digdag.ts'
import { type DigdagJars, installDigdag } from './digdag/install-digdag.ts'

/** All that a workflow needs to run here. */
export interface Machine {
  readonly jars: DigdagJars
  readonly containers: Containers
  readonly gcs: FakeGcs
}

/** The machine, or why it lacks a part. */
export type MachineUnderTest = Machine | { readonly missing: string }

/** Fetches, builds and starts the parts; to be awaited while a file is collected. */
export async function setUpMachine(): Promise<MachineUnderTest> {
  const jars = await installDigdag()
  if ('missing' in jars) return { missing: `no Digdag: ${jars.missing}` }
  const containers = await setUpContainers()
  if ('missing' in containers) return { missing: `no containers: ${containers.missing}` }
  const gcs = await startFakeGcs()
  if ('missing' in gcs) return { missing: `no Cloud Storage: ${gcs.missing}` }
  return { jars, containers, gcs }
}

/** A home directory for Digdag with these secrets. @returns its path, and what removes it. */
export function makeHome(secrets: Readonly<Record<string, string>>): { readonly home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'td-mta-digdag-home-'))
  writeSecrets(home, secrets)
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Runs a session of attribution.dig, `digdag run attribution.dig --session DATE`. */
export async function runSession(
  { jars, containers }: Machine,
  session: string,
  surroundings: Omit<DigdagSurroundings, 'path'>,
  words: readonly string[] = [],
): Promise<DigdagRun> {
  const line = ['run', 'attribution.dig', '--session', session, ...words]
  return await runDigdag(jars, line, { ...surroundings, path: containers.path })
}
