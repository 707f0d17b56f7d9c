import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** @returns a new directory that is removed when the test ends. */
export function makeTemporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'td-mta-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
