import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lowestBit, readSetBits } from '../../src/numerics/bits.ts'

it.each([
  [1, 0],
  [12, 2],
  [0x8000_0000, 31],
  [0xffff_ffff, 0],
])('finds the lowest bit of %d at %d', (word, bit) => {
  expect(lowestBit(word)).toBe(bit)
})

it('reads the positions of set bits, those of the words asked for only', () => {
  const bits = fc.uniqueArray(fc.integer({ min: 0, max: 95 }))
  fc.assert(
    fc.property(bits, (positions) => {
      const words = new Uint32Array(5).fill(0xffff_ffff, 0, 1).fill(0xffff_ffff, 4)
      for (const position of positions) words[1 + (position >>> 5)]! |= 1 << (position & 31)
      const found = new Uint32Array(96)
      const count = readSetBits(words, 1, 4, found)
      expect([...found.subarray(0, count)]).toEqual([...positions].sort((left, right) => left - right))
    }),
    { markInterruptAsFailure: true },
  )
})
