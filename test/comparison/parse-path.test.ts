import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pathText } from '../../src/comparison/common-paths.ts'
import { parsePath } from '../../src/comparison/parse-path.ts'

describe('a path in text', () => {
  it.each([
    ['email > search', ['email', 'search']],
    ['email>search', ['email', 'search']],
    ['email -> search->email', ['email', 'search', 'email']],
    ['a --> b => c-->d=>e', ['a', 'b', 'c', 'd', 'e']],
    ['a → b⇒c', ['a', 'b', 'c']],
    ['"a → b" --> "c"', ['a → b', 'c']],
    ['a- > =b', ['a-', '=b']],
    ['  email  ', ['email']],
    ['A >>> B', ['A', 'B']],
    ['pay-per-click > e-mail', ['pay-per-click', 'e-mail']],
    ['検索 > メール->реклама > بريد', ['検索', 'メール', 'реклама', 'بريد']],
    ['', []],
    ['   ', []],
    ['(baseline)', []],
    ['a > > b', ['a', '', 'b']],
    ['> a >', ['', 'a', '']],
    ['"a > b" > c', ['a > b', 'c']],
    ['"a" b > c', ['"a" b', 'c']],
    ['"a', ['"a']],
    ['["a","b > c",null]', ['a', 'b > c', '']],
    ['[a] > b', ['[a]', 'b']],
  ])('%j has the channels %j', (text, channels) => {
    expect(parsePath(text)).toEqual(channels)
  })

  it('is read as it is written', () => {
    const letter = fc.constantFrom(...'ab>-=→"\\ 検([]1')
    const name = fc.array(letter, { minLength: 1, maxLength: 5 }).map((letters) => letters.join(''))
    const channel = fc
      .oneof(name, fc.constantFrom('(baseline)', '["a"]', '[]', '[1]', 'x', 'é'))
      .filter((one) => one.trim() !== '')
    fc.assert(
      fc.property(fc.array(channel, { maxLength: 4 }), (channels) => {
        expect(parsePath(pathText(channels))).toEqual(channels)
      }),
      { numRuns: 500 },
    )
  })
})
