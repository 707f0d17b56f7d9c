import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePatterns } from '../../src/artifacts/decode-patterns.ts'
import { PatternEncoder } from '../../src/artifacts/encode-patterns.ts'
import { DataError } from '../../src/errors.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import { encodeRecords, wordPatternsOf } from '../word-patterns.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/tfrecord/', import.meta.url))
const fixture = (name: string) => new Uint8Array(readFileSync(join(FIXTURES, `${name}.tfrecord`)))

/** The patterns of make.py; 1e30 as the float32 that TensorFlow keeps. */
const PATTERNS: readonly PatternRecord[] = [
  { daysBefore: [0, 0, 4], channels: [1, 2, 0], label: 1, count: 3, validationCount: 1, value: 12.5 },
  { daysBefore: [], channels: [], label: 0, count: 123456789, validationCount: 61728394, value: 0 },
  { daysBefore: [2], channels: [127], label: 0, count: 128, validationCount: 0, value: 0 },
  { daysBefore: [29, 29], channels: [128, 16384], label: 1, count: 1, validationCount: 1, value: -0.25 },
  {
    daysBefore: Array.from({ length: 200 }, () => 6),
    channels: Array.from({ length: 200 }, (_, channel) => channel),
    label: 0,
    count: Number.MAX_SAFE_INTEGER,
    validationCount: Number.MAX_SAFE_INTEGER,
    value: Math.fround(1e30),
  },
]

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

async function decodeAll(bytes: Uint8Array, chunkBytes = 1 << 20): Promise<PatternRecord[]> {
  const records: PatternRecord[] = []
  for await (const batch of decodePatterns(inChunks(bytes, chunkBytes), 'a.tfrecord')) records.push(...batch)
  return records
}

async function errorOf(bytes: Uint8Array): Promise<string> {
  const error = await decodeAll(bytes).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DataError)
  return error instanceof Error ? error.message : ''
}

describe('files that TensorFlow wrote', () => {
  it('are written byte for byte alike', () => {
    expect(Buffer.compare(encodeRecords(PATTERNS), fixture('patterns'))).toBe(0)
  })

  it.each(['patterns', 'unpacked', 'unknown-features'])(
    'hold the patterns they were made from: %s',
    async (name) => {
      expect(await decodeAll(fixture(name))).toEqual(PATTERNS)
    },
  )

  it('hold no pattern where they are empty', async () => {
    expect(await decodeAll(fixture('empty'))).toEqual([])
  })

  it.each([
    ['negative-count', 'record 1: count -5, must be from 0 to 9007199254740991'],
    ['unequal-lists', 'record 1: 2 days_before for 1 channel values'],
    ['label-two', 'record 1: label 2, must be from 0 to 1'],
    ['not-finite', 'record 1: value NaN, must be a finite number'],
    ['missing-feature', 'record 2: feature validation_count is missing or not an int64 list'],
    ['float-count', 'record 1: feature count is missing or not an int64 list'],
  ])('are refused where they are no patterns: %s', async (name, message) => {
    expect(await errorOf(fixture(name))).toBe(`tfrecord a.tfrecord ${message}`)
  })
})

describe('bytes that were changed on the way', () => {
  it('tell the sum found and the sum expected', async () => {
    const bytes = fixture('patterns')
    bytes[20]! ^= 0x01
    expect(await errorOf(bytes)).toBe(
      'tfrecord a.tfrecord record 1: data crc 0x44eecf6c, expected 0xe98ab494 (file truncated or changed?)',
    )
  })

  it('tell a length whose sum is wrong before they believe it', async () => {
    const bytes = fixture('patterns')
    bytes[7]! ^= 0x80
    expect(await errorOf(bytes)).toBe(
      'tfrecord a.tfrecord record 1: length crc 0xf338e7f5, expected 0xc8c7e3c9 (file truncated or changed?)',
    )
  })

  it('are found wherever one bit flips', async () => {
    const bytes = fixture('patterns')
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = bytes.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(await errorOf(changed)).toContain('tfrecord a.tfrecord record ')
    }
  })

  it('are found wherever the file was cut, but between records', async () => {
    const bytes = fixture('patterns')
    const whole = new Set(PATTERNS.map((_, at) => encodeRecords(PATTERNS.slice(0, at)).length))
    for (let length = 0; length < bytes.length; length++) {
      if (whole.has(length)) continue
      expect(await errorOf(bytes.subarray(0, length))).toMatch(
        /record \d: ends after \d+ bytes \(file truncated\?\)$/,
      )
    }
  })
})

describe('patterns', () => {
  const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  const cell = fc.oneof(
    fc.tuple(fc.nat(6), fc.nat(6)),
    fc.tuple(fc.nat(20), fc.nat(80)),
    fc.tuple(fc.nat(200), fc.nat(300)),
  )
  const pattern: fc.Arbitrary<PatternRecord> = fc
    .record({
      cells: fc.uniqueArray(cell, { maxLength: 80, selector: String }),
      label: fc.constantFrom<0 | 1>(0, 1),
      counts: fc.tuple(count, count, fc.option(count)),
      value: fc.float({ noNaN: true, noDefaultInfinity: true }),
    })
    .map(({ cells, label, counts: [one, other, credited], value }) => {
      const sorted = cells.toSorted(
        ([day, channel], [otherDay, otherChannel]) => day - otherDay || channel - otherChannel,
      )
      const most = Math.max(one, other)
      const record = {
        daysBefore: sorted.map(([day]) => day),
        channels: sorted.map(([, channel]) => channel),
        label,
        count: most,
        validationCount: Math.min(one, other),
        value,
      }
      return label === 1 && credited !== null && credited < most
        ? { ...record, creditedCount: credited }
        : record
    })

  it('come back the same however the file is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pattern, { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        async (records, chunk) => {
          expect(await decodeAll(encodeRecords(records), chunk)).toEqual(records)
        },
      ),
      { seed: 20, numRuns: 300 },
    )
  })

  it.each([
    { count: -1, validationCount: -1 },
    { count: 2.5 },
    { validationCount: 4 },
    { creditedCount: 4 },
    { value: Number.POSITIVE_INFINITY },
    { value: 1e39 },
  ])('that would come back as others are refused: %j', (change) => {
    expect(() => encodeRecords([{ ...PATTERNS[0]!, ...change }])).toThrow(DataError)
  })

  it('that are refused are shown whole', () => {
    const layout = wordLayoutOf({ lookbackDays: 5, channelCount: 3 })
    const patterns = wordPatternsOf(layout, [PATTERNS[0]!, { ...PATTERNS[0]!, count: 0 }])
    expect(() => new PatternEncoder(layout).encode(patterns)).toThrow(
      "pattern 2 can't be written: days_before [0,0,4], channels [1,2,0], count 0, validation_count 1, credited_count 0, value 12.5",
    )
  })
})

/** The interpreter can be named, since TensorFlow is often in an environment of its own. */
const { PYTHON_WITH_TENSORFLOW: PYTHON = 'python3' } = process.env

function canImportTensorFlow(): boolean {
  try {
    execFileSync(PYTHON, [
      '-c',
      'import importlib.util, sys; sys.exit(importlib.util.find_spec("tensorflow") is None)',
    ])
    return true
  } catch {
    return false
  }
}

const hasTensorFlow = canImportTensorFlow()

it.skipIf(!hasTensorFlow)(
  `our file is read by TensorFlow's own reader${hasTensorFlow ? '' : ` (skipped: ${PYTHON} has no tensorflow)`}`,
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'td-mta-tfrecord-'))
    try {
      const file = join(directory, 'ours.tfrecord')
      writeFileSync(file, encodeRecords(PATTERNS))
      const script = fileURLToPath(new URL('read-with-tensorflow.py', import.meta.url))
      const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' }
      const read = execFileSync(PYTHON, [script, file], {
        env: environment,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      expect(JSON.parse(read.toString())).toEqual(
        PATTERNS.map(({ daysBefore, channels, label, count, validationCount, value }) => ({
          days_before: daysBefore,
          channel: channels,
          label,
          count,
          validation_count: validationCount,
          value,
        })),
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
)
