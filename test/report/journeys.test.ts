import { describe, expect, it } from 'vitest'
import { MAX_LENGTH } from '../../src/comparison/journeys.ts'
import { journeysSection } from '../../src/report/sections/journeys.ts'

/** What the section says of paths of these lengths, ten conversions each. */
const textOf = (...lengths: readonly number[]) => {
  const journeys = {
    lengths: lengths.map((touches) => ({ touches, conversions: 10, nullPaths: 0 })),
    channels: [],
    flows: [],
  }
  return journeysSection({ journeys, methods: [] }, undefined)?.markup ?? ''
}

describe('ways to a conversion', () => {
  it('take the last length for itself and all longer ones', () => {
    expect(textOf(MAX_LENGTH)).toContain('half of them after 20 touches or more.')
    expect(textOf(MAX_LENGTH)).toContain('most, 10, after 20 touches or more.')
    expect(textOf(1, 2, 3)).toContain('half of them after 2 touches at most.')
  })
})
