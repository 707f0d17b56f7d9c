import { crc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { computeCrc32c, computeMaskedCrc32c } from '../../src/tfrecord/crc32c.ts'

it('gives the sums of RFC 3720 appendix B.4', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, at) => at)
  expect(computeCrc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa)
  expect(computeCrc32c(new Uint8Array(32).fill(0xff), 0, 32)).toBe(0x62a8ab43)
  expect(computeCrc32c(ascending, 0, 32)).toBe(0x46dd794e)
  expect(computeCrc32c(ascending.toReversed(), 0, 32)).toBe(0x113fdb5c)
})

it('agrees with the native sum on any part of any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(64), (bytes, from) => {
      const start = Math.min(from, bytes.length)
      expect(computeCrc32c(bytes, start, bytes.length)).toBe(crc32c(bytes.subarray(start)))
    }),
    { seed: 4, numRuns: 500 },
  )
})

it('masks as TensorFlow does: an empty record is 8 zero bytes, 29 03 98 07, nothing, d8 ea 82 a2', () => {
  expect(computeMaskedCrc32c(new Uint8Array(8), 0, 8)).toBe(0x07980329)
  expect(computeMaskedCrc32c(new Uint8Array(0), 0, 0)).toBe(0xa282ead8)
})
