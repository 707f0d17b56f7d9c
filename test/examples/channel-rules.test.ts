import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  foldCase,
  meaningBy,
  patternMatcher,
  renamerOf,
  runRulesOf,
  wholeMeaningBy,
} from '../../src/examples/channel-rules.ts'

const rules = [
  { pattern: 'google_brand', channel: 'brand' },
  { pattern: 'Google*', channel: 'search' },
  { pattern: '*検索*', channel: 'search' },
  { pattern: 'РЕКЛАМА', channel: 'display' },
  { pattern: 'بريد*', channel: 'email' },
  { pattern: 'test-*', channel: null },
]

describe('a channel rule', () => {
  const rename = renamerOf(rules)

  it.each([
    ['google_brand', 'brand'],
    ['GOOGLE_BRAND', 'brand'],
    ['google_cpc', 'search'],
    ['google', 'search'],
    ['Yahoo検索広告', 'search'],
    ['реклама', 'display'],
    ['بريد إلكتروني', 'email'],
    ['test-1', null],
    ['test', 'test'],
    [' google', ' google'],
    ['a google', 'a google'],
  ])('makes of %j %j, the first that matches', (name, channel) => {
    expect(rename(name)).toBe(channel)
  })

  it('takes the signs of other kinds of patterns as they are', () => {
    expect(['a%b', 'a_b', 'a.b', 'axb', 'a?b'].filter(patternMatcher('a%b'))).toEqual(['a%b'])
    expect(['a_b', 'axb'].filter(patternMatcher('a_b'))).toEqual(['a_b'])
    expect(['a.*', 'axx'].filter(patternMatcher('a.*'))).toEqual(['a.*'])
  })

  it('needs room for what comes before and after *', () => {
    expect(['ab', 'aba', 'abba', 'abxba', ''].filter(patternMatcher('ab*ba'))).toEqual(['abba', 'abxba'])
    expect(['', 'x', 'a\nb'].filter(patternMatcher('*'))).toEqual(['', 'x', 'a\nb'])
  })

  it('matches as a regular expression of the same meaning does', () => {
    const letter = fc.constantFrom('a', 'b', '*')
    const word = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((letters) => letters.join(''))
    const pattern = fc.array(letter, { minLength: 1, maxLength: 6 }).map((letters) => letters.join(''))
    fc.assert(
      fc.property(pattern, word, (written, name) => {
        const same = new RegExp(`^${written.replaceAll('*', '.*')}$`, 's')
        expect(patternMatcher(written)(name)).toBe(same.test(name))
      }),
    )
  })
})

it('lowers each character by itself, whatever the word', () => {
  expect(foldCase('ΟΔΟΣ')).toBe('οδοσ')
  expect(foldCase('İstanbul')).toBe('istanbul')
  expect(foldCase('ＧＯＯＧＬＥ検索')).toBe('ｇｏｏｇｌｅ検索')
})

describe('a name elsewhere', () => {
  it('is one that the rules give, or one that the touchpoints have', () => {
    const withRest = [...rules, { pattern: '*', channel: 'rest' }]
    const meaning = meaningBy(runRulesOf(withRest, ['google_cpc', 'Radio', 'test-1']))
    const names = ['search', 'google_cpc', 'radio', 'test-1']
    expect(names.map(meaning)).toEqual(['search', 'search', 'rest', null])
    expect(meaningBy(undefined)('tv')).toBe('tv')
  })

  it('is not renamed where the touchpoints lack it: it may be a wrong one', () => {
    const meaning = meaningBy(
      runRulesOf([...rules, { pattern: '*', channel: 'rest' }], ['google_cpc', 'radio']),
    )
    const names = ['google_cpm', 'tv', 'radio+google_cpc', 'Search']
    expect(names.map(meaning)).toEqual(names)
    expect(meaning('test-1')).toBeNull()
  })

  it('stands for a channel as a whole only where it became that channel alone', () => {
    const run = runRulesOf(rules, ['google_cpc', 'google_display', 'google_brand', 'test-1'])
    expect(run?.merged).toEqual(['search'])
    const meaning = wholeMeaningBy(run)
    expect(['search', 'google_cpc', 'GOOGLE_brand', 'test-1', 'tv'].map(meaning)).toEqual([
      'search',
      'google_cpc',
      'brand',
      'test-1',
      'tv',
    ])
    expect(wholeMeaningBy(undefined)('tv')).toBe('tv')
    expect(runRulesOf([], ['tv'])).toBeUndefined()
  })
})
