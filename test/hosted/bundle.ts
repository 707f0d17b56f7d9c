import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const script = join(import.meta.dirname, '../../scripts/bundle.mjs')

/** A bundle made for the tests of one file; `remove` when they are done. */
export interface Bundle {
  readonly directory: string
  /** What the script said. */
  readonly said: string
  remove(): void
}

/** Bundles the sources as they are, 1 s. */
export async function makeBundle(): Promise<Bundle> {
  const parent = mkdtempSync(join(tmpdir(), 'td-mta-bundle-'))
  const directory = join(parent, 'dist')
  const { stdout } = await promisify(execFile)(process.execPath, [script, directory])
  return { directory, said: stdout, remove: () => rmSync(parent, { recursive: true, force: true }) }
}
