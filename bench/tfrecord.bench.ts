import { crc32c } from '@node-rs/crc32'
import { bench, describe } from 'vitest'
import { decodePatterns, encodePatterns } from '../src/artifacts/pattern-codec.ts'
import type { PatternRecord } from '../src/examples/pattern.ts'
import { createRandom } from '../src/numerics/random.ts'
import { computeCrc32c } from '../src/tfrecord/crc32c.ts'

const RECORDS = 100_000

/** Patterns like those of five days and five channels: three cells each. */
const records: PatternRecord[] = (() => {
  const random = createRandom(1, 'bench')
  return Array.from({ length: RECORDS }, () => ({
    daysBefore: [random.below(5), random.below(5), random.below(5)],
    channels: [random.below(5), random.below(5), random.below(5)],
    label: random.below(2) === 1 ? 1 : 0,
    count: 1 + random.below(1000),
    validationCount: 0,
    value: random.uniform(),
  }))
})()
const encoded = encodePatterns(records)

async function* chunked(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < encoded.length; at += 1 << 20) yield encoded.subarray(at, at + (1 << 20))
}

describe(`${RECORDS} patterns, ${encoded.length} bytes`, () => {
  bench('encode', () => {
    encodePatterns(records)
  })
  bench('decode', async () => {
    for await (const batch of decodePatterns(chunked(), 'bench')) void batch
  })
})

const payload = encoded.subarray(12, 142)

describe('the sum of one record of 130 bytes, 100000 times', () => {
  bench('JavaScript', () => {
    for (let time = 0; time < RECORDS; time++) computeCrc32c(encoded, 12, 142)
  })
  bench('native', () => {
    for (let time = 0; time < RECORDS; time++) crc32c(payload)
  })
})
