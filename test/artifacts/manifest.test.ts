import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { describe, expect, it } from 'vitest'
import {
  type ExportManifest,
  type ModelManifest,
  readExportManifest,
  readModelManifest,
  writeExportManifest,
  writeModelManifest,
} from '../../src/artifacts/manifest.ts'
import { DataError } from '../../src/errors.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const elsewhere =
  '; where it did run, it wrote to a directory that is not this one: --data-dir (DATA_DIR) has to be ' +
  'gs://bucket/prefix or s3://bucket/prefix, or on a volume that every container mounts'

const shard = {
  name: 'positive_tfrecords/part-00000-of-00001.tfrecord',
  records: 2,
  bytes: 256,
  crc32c: 0xffffffff,
}

const exported: ExportManifest = {
  schemaVersion: 6,
  kind: 'export',
  runId: '20260102t030405z-abc',
  sessionTime: '2026-01-02T03:04:05.000Z',
  options: {
    db: 'mta',
    table: 'mock_data',
    userColumn: 'user_id',
    timeColumn: 'time',
    timeUnit: 's',
    inputTimeZone: null,
    actionColumn: 'source',
    channelTable: null,
    campaignColumn: null,
    conversionColumn: 'conversion',
    conversionCounts: false,
    valueColumn: null,
    conversionIdColumn: null,
    segmentColumn: null,
    nullTexts: ['null'],
    conversionTypeColumn: null,
    conversionType: null,
    userTable: null,
    userRndColumn: 'ab_rnd',
    usersPerTfrecord: null,
    from: null,
    to: 1767322800,
    creditFrom: null,
    timeZone: 'Asia/Tokyo',
    lookbackWindowDays: 5,
    maxChannels: 100,
    examples: 'user-days',
    afterConversion: 'used-up',
    validationFraction: 0.5,
    negativePatterns: 2_000_000,
    seed: 1,
  },
  channels: ['E-Mail', '広告'],
  channelColumns: ['e_mail', 'channel'],
  seedFormat: false,
  period: { firstAtSec: 1700000000, lastAtSec: 1700100000.5 },
  counts: {
    rows: 10,
    rowsWithoutUser: 1,
    rowsWithoutTime: 0,
    duplicateRows: 0,
    touches: 7,
    users: 3,
    conversions: 2,
    mergedConversionRows: 0,
    entryConversions: 1,
    credited: { conversions: 2, examples: 1, entryConversions: 1, value: 12.5, entryValue: 0 },
    positiveExamples: 1,
    negativeExamples: 12,
    emptyNegativeExamples: 6,
    positivePatterns: 2,
    negativePatterns: 4,
    positiveValidationExamples: 0,
    negativeValidationExamples: 5,
  },
  findings: [],
  positiveShards: [shard],
  negativeShards: [],
  evidence: {
    rate: 0.25,
    slots: 64,
    firstDay: 19675,
    days: 2,
    firstExampleDay: null,
    files: [{ name: 'evidence/part-00000-of-00001.spans', records: 2, bytes: 48, crc32c: 5 }],
  },
}

const model: ModelManifest = {
  schemaVersion: 2,
  kind: 'model',
  runId: '20260102t030405z-abc',
  sessionTime: '2026-01-02T03:04:05.000Z',
  exportCrc32c: 0xe3069283,
  model: 'bilstm',
  lookbackDays: 5,
  channels: ['E-Mail', '広告'],
  seedFormat: false,
  backend: 'wasm',
  bilstm: {
    width: 64,
    dropoutRate: 0.5,
    baseRate: 0.01,
    nets: [
      {
        learnedFrom: 'training',
        files: [{ name: 'model/nets/00/weights.bin', bytes: 3, crc32c: 1 }],
        keptEpoch: 3,
        valLoss: 0.05,
        probes: [0.01, 0.02],
      },
    ],
  },
  hazard: {
    baseline: 0.001,
    decay: { halfLivesDays: [1, 3] },
    pairs: [],
    weights: [[0, 0.1]],
    exposure: [100, 0, 2.5],
    logLikelihood: -12.5,
    iterations: 40,
  },
}

function emptyStorage() {
  return openLocalStorage(makeTemporaryDirectory())
}

describe('the manifest of an export', () => {
  it('comes back as written, with the checksum of its bytes', async () => {
    const storage = emptyStorage()
    const written = await writeExportManifest(storage, exported)
    expect(written.name).toBe('manifest.json')
    const bytes = readFileSync(join(storage.location, 'manifest.json'))
    expect(await readExportManifest(storage)).toEqual({ manifest: exported, crc32c: crc32c(bytes) })
    expect(written.crc32c).toBe(crc32c(bytes))
  })

  it('has the same bytes whatever the order its fields were made in', async () => {
    const storages = [emptyStorage(), emptyStorage()] as const
    const { schemaVersion, ...rest } = exported
    const counts = Object.fromEntries(Object.entries(exported.counts).reverse())
    await writeExportManifest(storages[0], exported)
    await writeExportManifest(storages[1], {
      ...rest,
      counts: { ...exported.counts, ...counts },
      schemaVersion,
    })
    const [a, b] = storages.map(({ location }) => readFileSync(join(location, 'manifest.json'), 'utf8'))
    expect(b).toBe(a)
    expect(a?.startsWith('{\n  "schemaVersion": 6,\n  "kind": "export",\n  "runId": ')).toBe(true)
    expect(a?.endsWith('\n}\n')).toBe(true)
  })

  it('that is missing says which step to run', async () => {
    const storage = emptyStorage()
    await expect(readExportManifest(storage)).rejects.toThrow(
      new DataError(
        `no export in ${storage.location}: run td-mta export first (looked for ${storage.location}/manifest.json)${elsewhere}`,
      ),
    )
  })

  it.each<[string, (manifest: ExportManifest) => unknown, string]>([
    [
      'a later schema',
      (manifest) => ({ ...manifest, schemaVersion: 5 }),
      'schemaVersion: Invalid input: expected 6 (another version of td-mta wrote it)',
    ],
    [
      'the manifest of a model',
      () => ({ ...model, schemaVersion: 6 }),
      'kind: Invalid input: expected "export"',
    ],
    [
      'a number as text',
      (manifest) => ({ ...manifest, counts: { ...manifest.counts, users: '3' } }),
      'counts.users: Invalid input: expected number, received string',
    ],
    [
      'a broken shard',
      (manifest) => ({ ...manifest, positiveShards: [{ ...shard, records: -1 }] }),
      'positiveShards.0.records: Too small: expected number to be >=0',
    ],
    ['no object', () => [], 'the whole: Invalid input: expected object, received array'],
  ])('is refused, with the field, where it is %s', async (_, change, complaint) => {
    const storage = emptyStorage()
    writeFileSync(join(storage.location, 'manifest.json'), JSON.stringify(change(exported)))
    await expect(readExportManifest(storage)).rejects.toThrow(
      new DataError(`${storage.location}/manifest.json: ${complaint}: export again`),
    )
  })

  it('is refused where it is cut', async () => {
    const storage = emptyStorage()
    writeFileSync(join(storage.location, 'manifest.json'), '{"schemaVersion": 1,')
    await expect(readExportManifest(storage)).rejects.toThrow(
      /manifest\.json is not JSON \(.*\): was it changed by hand\? export again$/,
    )
  })

  it('is not written where it could not be read again', async () => {
    const storage = emptyStorage()
    const broken = {
      ...exported,
      counts: { ...exported.counts, credited: { ...exported.counts.credited, value: Number.NaN } },
    }
    await expect(writeExportManifest(storage, broken)).rejects.toThrow(
      new DataError(
        `${storage.location}/manifest.json: counts.credited.value: Invalid input: expected number, received NaN`,
      ),
    )
    expect(await storage.list('')).toEqual([])
  })
})

describe('the manifest of a model', () => {
  it.each<[string, ModelManifest]>([
    ['a BiLSTM', model],
    ['the hazard model alone', { ...model, model: 'hazard', backend: null, bilstm: null }],
  ])('comes back as written: %s', async (_, manifest) => {
    const storage = emptyStorage()
    expect((await writeModelManifest(storage, manifest)).name).toBe('model/manifest.json')
    expect(await readModelManifest(storage)).toEqual(manifest)
  })

  it('that is missing says which step to run', async () => {
    const storage = emptyStorage()
    await expect(readModelManifest(storage)).rejects.toThrow(
      new DataError(
        `no model in ${storage.location}: run td-mta train first (looked for ${storage.location}/model/manifest.json)${elsewhere}`,
      ),
    )
  })

  it('of another version says to train again', async () => {
    const storage = emptyStorage()
    await writeModelManifest(storage, model)
    writeFileSync(
      join(storage.location, 'model/manifest.json'),
      JSON.stringify({ ...model, schemaVersion: 9 }),
    )
    await expect(readModelManifest(storage)).rejects.toThrow(
      new DataError(
        `${storage.location}/model/manifest.json: schemaVersion: Invalid input: expected 2 (another version of td-mta wrote it): train again`,
      ),
    )
  })
})
