import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  EvidenceRows,
  evidenceName,
  readEvidence,
  writeEvidence,
} from '../../src/artifacts/evidence-files.ts'
import { DataError } from '../../src/errors.ts'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import { decodeEvidenceKey, planEvidence } from '../../src/queries/evidence-key.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { plainKey, plan } from '../evidence/make-sample.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const layout = wordLayoutOf({ lookbackDays: 3, channelCount: 2 })

it('reads every key as what it was made of', () => {
  const whole = (most: number) => fc.integer({ min: 0, max: most })
  const span = fc.record({
    kind: fc.constantFrom(0 as const, 1 as const, 2 as const),
    slot: whole(plan.slots - 1),
    day: whole(plan.days - 1),
    emptyDays: whole(plan.days),
    firstAge: whole(7),
    endAge: whole(7),
  })
  fc.assert(
    fc.property(span, (told) => {
      expect(decodeEvidenceKey(plan, 7, plainKey(told, 7))).toEqual(told)
    }),
  )
})

it('samples all users of a small table, fewer of a large one, and keeps keys exact over ten years', () => {
  expect(planEvidence({ touches: 59_000, conversionRows: 1000 }, 20_000, 20_059, 7)).toEqual({
    rate: 1,
    slots: 2 ** 26,
    firstDay: 20_000,
    days: 60,
  })
  expect(planEvidence({ touches: 1_150_000, conversionRows: 50_000 }, 20_000, 20_059, 7).rate).toBe(0.25)
  const long = planEvidence({ touches: 1, conversionRows: 1 }, 10_000, 13_652, 365)
  expect(3 * long.slots * long.days * (long.days + 1) * 366 ** 2).toBeLessThan(2 ** 53)
  expect(long.slots).toBeGreaterThanOrEqual(1024)
})

it('comes back from storage as written', async () => {
  const storage = openLocalStorage(makeTemporaryDirectory())
  const rows = new EvidenceRows(layout)
  for (let at = 0; at < 3000; at++) rows.add(at * 1e12, at, [at % 64])
  const entry = await writeEvidence(storage, evidenceName(1, 3), rows)
  expect(entry).toMatchObject({ name: 'evidence/part-00001-of-00003.spans', records: 3000, bytes: 72_000 })
  const read = await readEvidence(storage, entry, layout)
  expect(read.count).toBe(3000)
  expect([read.keyOf(2999), read.countOf(2999), [...read.wordsOf(2999)]]).toEqual([2.999e15, 2999, [55]])
})

it('refuses a file that is not what the manifest says', async () => {
  const directory = makeTemporaryDirectory()
  const storage = openLocalStorage(directory)
  const rows = new EvidenceRows(layout)
  rows.add(1, 1, [1])
  const entry = await writeEvidence(storage, evidenceName(0, 1), rows)
  const name = 'evidence/part-00000-of-00001.spans'
  writeFileSync(join(directory, name), new Uint8Array(16))
  await expect(readEvidence(storage, entry, layout)).rejects.toThrow(
    new DataError(
      `${directory}/${name}: bytes 16, the manifest says 24 (changed since the export? export again)`,
    ),
  )
  writeFileSync(join(directory, name), new Uint8Array(24))
  await expect(readEvidence(storage, { ...entry, crc32c: 7 }, layout)).rejects.toThrow(
    /\/evidence\/part-00000-of-00001.spans: crc32c 0x[0-9a-f]{8}, the manifest says 0x00000007 \(changed since the export\? export again\)$/,
  )
  await storage.delete(name)
  await expect(readEvidence(storage, entry, layout)).rejects.toThrow(
    new DataError(`${directory}/${name} is missing, but the manifest lists it: export again`),
  )
})
