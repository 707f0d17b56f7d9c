import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writeExportManifest, writeModelManifest } from '../../src/artifacts/manifest.ts'
import { writeResult } from '../../src/artifacts/results.ts'
import { silentLogger } from '../../src/logger.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { leaveTruth, writeReport } from '../../src/steps/report.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { CREDITS, fullInput, manifestOf, shapleyOf } from '../report/fixtures.ts'
import { all, parsePage } from '../report/parse-page.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const stamp = { schemaVersion: 1, runId: 'run', sessionTime: '2026-03-02T03:04:05.000Z' } as const

const worldOf = (storage: Storage) => ({
  storage,
  logger: silentLogger,
  now: () => performance.now(),
  signal: new AbortController().signal,
})

/** Copies what is frozen for readers: the writers check plain objects. */
const plain = <T>(value: T) => JSON.parse(JSON.stringify(value))

async function exportedAndCredited(): Promise<{ storage: Storage; crc32c: number; directory: string }> {
  const directory = makeTemporaryDirectory()
  const storage = openLocalStorage(directory)
  const { crc32c } = await writeExportManifest(storage, manifestOf(CREDITS))
  const shapley = plain(shapleyOf(CREDITS))
  await writeResult(storage, {
    ...stamp,
    ...shapley,
    kind: 'shapley',
    exportCrc32c: crc32c,
    attributionSkipped: false,
  })
  return { storage, crc32c, directory }
}

const pageOf = (directory: string) => readFileSync(`${directory}/report.html`, 'utf8')

describe('the step report', () => {
  it('writes one file from storage alone and says where, how large, and what is missing', async () => {
    const { storage, directory } = await exportedAndCredited()
    const summary = await writeReport(resolveConfig({}), worldOf(storage))
    expect(summary.location).toBe(`${directory}/report.html`)
    expect(summary.bytes).toBe(Buffer.byteLength(pageOf(directory)))
    expect(summary.missing).toEqual([{ part: 'comparison', command: 'td-mta compare' }])
    expect(await storage.list('')).toEqual(['manifest.json', 'report.html', 'results/shapley.json'])
  })

  it('gives the same bytes again', async () => {
    const { storage, directory } = await exportedAndCredited()
    await writeReport(resolveConfig({}), worldOf(storage))
    const first = pageOf(directory)
    await writeReport(resolveConfig({}), worldOf(storage))
    expect(pageOf(directory)).toBe(first)
  })

  it('tells of comparison, money, truth and model once they are there', async () => {
    const { storage, crc32c, directory } = await exportedAndCredited()
    const { comparison, performance, model } = plain(fullInput())
    const own = { ...stamp, exportCrc32c: crc32c }
    comparison.markov.removalEffects = []
    await writeResult(storage, { ...own, ...comparison, kind: 'comparison' })
    await writeResult(storage, { ...own, ...performance, kind: 'performance' })
    await writeModelManifest(storage, { ...model, exportCrc32c: crc32c })
    await leaveTruth(storage, {
      baseline: { conversions: 3772 },
      byChannel: [{ channel: 'social', conversions: 973 }],
    })
    const summary = await writeReport(resolveConfig({}), worldOf(storage))
    expect(summary.missing).toEqual([])
    const page = parsePage(pageOf(directory))
    expect(all(page, '#paths, #money')).toHaveLength(2)
    expect(page.querySelector('#answer .legend')?.textContent).toContain('true value (simulated data)')
    expect(page.querySelector('#run')?.textContent).toContain('16 units per direction, epoch 4 kept, on wasm')
  })

  it('leaves out results and models of another export', async () => {
    const { storage, crc32c, directory } = await exportedAndCredited()
    const other = crc32c === 1 ? 2 : 1
    const { comparison, model } = plain(fullInput())
    comparison.markov.removalEffects = []
    await writeResult(storage, { ...stamp, exportCrc32c: other, ...comparison, kind: 'comparison' })
    await writeModelManifest(storage, { ...model, exportCrc32c: other })
    await writeReport(resolveConfig({}), worldOf(storage))
    const page = parsePage(pageOf(directory))
    expect(page.querySelector('#paths')).toBeNull()
    expect(page.querySelector('#run')?.textContent).not.toContain('units per direction')
  })

  it('says what is to be run first', async () => {
    const directory = makeTemporaryDirectory()
    const storage = openLocalStorage(directory)
    await writeExportManifest(storage, manifestOf(CREDITS))
    await expect(writeReport(resolveConfig({}), worldOf(storage))).rejects.toMatchObject({
      exitCode: 3,
      message:
        `no attribution of this export in ${directory}: run td-mta shapley first ` +
        `(looked for ${directory}/results/shapley.json)`,
    })
  })
})
