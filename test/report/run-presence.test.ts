import { describe, expect, it } from 'vitest'
import { findAbsences } from '../../src/report/run-presence.ts'

describe('channels that some runs have', () => {
  it('come, go, are away now and then, or are always there', () => {
    const series = [
      [null, 0.1, null, 0.1, 0.1],
      [0.1, 0.1, null, null, null],
      [0.1, null, null, 0.1, 0.1],
      [0.8, 0.8, null, 0.8, 0.8],
      [null, null, null, 0.1, null],
      [null, null, null, null, null],
    ]
    // No channel has credit in the third run: it says nothing.
    expect(findAbsences(series)).toEqual([
      { kind: 'appears', run: 1, missing: 1 },
      { kind: 'vanishes', run: 3, missing: 2 },
      { kind: 'gaps', run: -1, missing: 1 },
      undefined,
      { kind: 'gaps', run: -1, missing: 3 },
      undefined,
    ])
  })
})
