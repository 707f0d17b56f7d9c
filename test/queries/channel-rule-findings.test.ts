import { expect, it } from 'vitest'
import { channelRuleFindings } from '../../src/queries/channel-rule-findings.ts'

const touches = new Map([
  ['search_brand', 5],
  ['search_generic', 4],
  ['display_brand', 1200],
  ['Newsletter', 2],
])

function said(rules: readonly (readonly [string, string | null])[]) {
  const written = rules.map(([pattern, channel]) => ({ pattern, channel }))
  return channelRuleFindings(written, touches).map(({ code, count, what }) => [code, count, what])
}

it('finds nothing without rules, nor where each channel has one, the special ones first', () => {
  expect(said([])).toEqual([])
  expect(
    said([
      ['search_brand', 'brand'],
      ['search*', 'search'],
      ['*', 'other'],
    ]),
  ).toEqual([])
})

it('finds rules that never match, and those whose channels former rules take', () => {
  expect(
    said([
      ['*', 'all'],
      ['search*', 'search'],
      ['tv', 'tv'],
    ]),
  ).toEqual([
    [
      'unused-channel-rules',
      2,
      '2 rows that no touch is renamed by: "search*" (former rules take all that it matches), "tv"',
    ],
  ])
})

it('finds rules that share some channels only, where either order would be possible', () => {
  const found = said([
    ['search*', 'search'],
    ['*brand', 'brand'],
    ['news*', null],
  ])
  expect(found).toEqual([
    [
      'overlapping-channel-rules',
      1,
      '1 row sharing channels with a former one, which gives them another name: "search_brand" matches "search*", which counts, and "*brand"',
    ],
  ])
  expect(
    said([
      ['search*', 'brand'],
      ['*brand', 'brand'],
      ['news*', null],
    ]),
  ).toEqual([])
})

it('finds channels that no rule names, those with the most touches first', () => {
  expect(
    said([
      ['search*', 'search'],
      ['x', 'Newsletter'],
    ]).at(-1),
  ).toEqual([
    'channels-without-rule',
    1,
    '1 name of channels that no rule of --channel-table names: "display_brand" (1,200 touches)',
  ])
})

it('finds channels that one rule gives and another renames', () => {
  expect(
    said([
      ['search*', 'Newsletter'],
      ['newsletter', 'email'],
      ['*', 'other'],
    ]),
  ).toEqual([
    [
      'chained-channel-rules',
      1,
      '1 name that rules give, and that other rules rename: "Newsletter" (becomes "email")',
    ],
  ])
})
