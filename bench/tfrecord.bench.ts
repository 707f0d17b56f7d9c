import { crc32c } from '@node-rs/crc32'
import { bench, describe } from 'vitest'
import { decodePatterns } from '../src/artifacts/decode-patterns.ts'
import { PatternEncoder } from '../src/artifacts/encode-patterns.ts'
import { wordLayoutOf } from '../src/examples/pattern-words.ts'
import type { WordPatterns } from '../src/examples/word-patterns.ts'
import { createRandom } from '../src/numerics/random.ts'
import { computeCrc32c } from '../src/tfrecord/crc32c.ts'

const RECORDS = 100_000

const layout = wordLayoutOf({ lookbackDays: 7, channelCount: 7 })

/** Patterns of some three cells. */
const patterns: WordPatterns = (() => {
  const random = createRandom(1, 'bench')
  const column = (draw: () => number) => Float64Array.from({ length: RECORDS }, draw)
  return {
    layout,
    label: 0,
    words: [column(() => 2 ** random.below(49) + 2 ** random.below(40) + 2 ** random.below(30))],
    counts: column(() => 1 + random.below(200)),
    validationCounts: column(() => 0),
    creditedCounts: column(() => 0),
    values: column(() => 0),
  }
})()
const encoder = new PatternEncoder(layout)
const encoded = encoder.encode(patterns)

async function* chunked(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < encoded.length; at += 1 << 20) yield encoded.subarray(at, at + (1 << 20))
}

describe(`${RECORDS} patterns, ${encoded.length} bytes`, () => {
  bench('encode', () => {
    encoder.encode(patterns)
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
