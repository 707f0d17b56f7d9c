import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PatternTable } from '../../src/numerics/pattern-table.ts'

describe('a table of patterns', () => {
  it('numbers patterns in the order in which they are first met, as a Map of strings does', () => {
    const word = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 0xffff_ffff }))
    const cases = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(word, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 400 }),
      )
    fc.assert(
      fc.property(cases, (patterns) => {
        const table = new PatternTable(patterns[0]?.length ?? 0)
        const known = new Map<string, number>()
        for (const pattern of patterns) {
          const key = pattern.join(' ')
          if (!known.has(key)) known.set(key, known.size)
          expect(table.intern(Uint32Array.of(99, ...pattern), 1)).toBe(known.get(key))
          expect(table.count).toBe(known.size)
        }
        const stored = Array.from(known.keys()).join(' ').split(' ').map(Number)
        expect(Array.from(table.words.subarray(0, stored.length))).toEqual(stored)
      }),
      { seed: 13, numRuns: 100 },
    )
  })

  it('finds all of a hundred thousand patterns again after it has grown', () => {
    const table = new PatternTable(2)
    const words = (index: number) => Uint32Array.of(index, Math.imul(index, 0x01000193))
    for (let index = 0; index < 100_000; index++) table.intern(words(index), 0)
    for (let index = 0; index < 100_000; index++) {
      if (table.intern(words(index), 0) !== index) throw new Error(`pattern ${index} got another number`)
    }
    expect(table.count).toBe(100_000)
  })

  it('knows one pattern only where a pattern has no word', () => {
    const table = new PatternTable(0)
    expect([table.intern(new Uint32Array(0), 0), table.intern(new Uint32Array(0), 0)]).toEqual([0, 0])
  })
})
