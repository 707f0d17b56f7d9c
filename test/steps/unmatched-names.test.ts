import { describe, expect, it } from 'vitest'
import { findUnmatched } from '../../src/steps/unmatched-names.ts'

describe('names that match nothing', () => {
  const known = ['email', 'search', 'social', '日本']

  it.each([
    ['Search', '"Search" (nearest: "search")'],
    ['search ', '"search " (nearest: "search")'],
    ['e-mail', '"e-mail" (nearest: "email")'],
    ['sosial', '"sosial" (nearest: "social")'],
    ['radio', '"radio"'],
    ['--', '"--"'],
  ])('are listed with the nearest one: %s', (name, list) => {
    expect(findUnmatched([name, 'email'], known)).toEqual({ count: 1, example: name, list })
  })

  it('are counted, and shown up to five of them', () => {
    const found = findUnmatched(['f1', 'e1', 'd1', 'c1', 'b1', 'a1', 'email'], ['email'])
    expect(found).toEqual({ count: 6, example: 'a1', list: '"a1", "b1", "c1", "d1", "e1" and others' })
  })

  it('are none where all are known, or nothing is asked for', () => {
    expect(findUnmatched(['email'], known)).toBeUndefined()
    expect(findUnmatched([], [])).toBeUndefined()
    expect(findUnmatched(['email'], [])).toEqual({ count: 1, example: 'email', list: '"email"' })
  })
})
