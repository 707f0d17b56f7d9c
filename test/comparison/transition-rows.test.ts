import { expect, it } from 'vitest'
import { comparePaths } from '../../src/comparison/compare-paths.ts'
import { placePaths } from '../../src/comparison/place-paths.ts'
import { removalEffectRows, transitionRows } from '../../src/comparison/transition-rows.ts'

const counted = [
  { channels: ['(start)', '(null)'], conversions: 3, nullPaths: 1, value: 6 },
  { channels: ['(conversion)'], conversions: 1, nullPaths: 3, value: 2 },
]
const { paths, channels } = placePaths(counted, { rename: (name) => name, maxChannels: 10 })
const comparison = comparePaths(
  { paths, cells: [], rules: [] },
  { channels, seedFormat: false, hasValue: true, markovOrders: 2, withNullPaths: true, seed: 1 },
)

it('tells the ends of paths from channels that are called so', () => {
  const rows = transitionRows(comparison, channels)
  expect(
    rows.map(({ fromKind, fromChannel, toKind, toChannel, transitions }) =>
      [fromKind, fromChannel, toKind, toChannel, transitions].join(' '),
    ),
  ).toEqual([
    'start (start) channel (conversion) 4',
    'start (start) channel (start) 4',
    'channel (conversion) conversion (conversion) 1',
    'channel (conversion) null (null) 3',
    'channel (null) conversion (conversion) 3',
    'channel (null) null (null) 1',
    'channel (start) channel (null) 4',
  ])
})

it('has the removal effect and the credit of each channel once', () => {
  // Without (conversion) 3 of 4 conversions are left, without one of the others 1 of 4.
  expect(removalEffectRows(comparison, channels)).toEqual([
    {
      channel: '(conversion)',
      removalEffect: 0.25,
      conversions: expect.closeTo(4 / 7, 12),
      value: expect.closeTo(8 / 7, 12),
      share: expect.closeTo(1 / 7, 12),
    },
    {
      channel: '(null)',
      removalEffect: 0.75,
      conversions: expect.closeTo(12 / 7, 12),
      value: expect.closeTo(24 / 7, 12),
      share: expect.closeTo(3 / 7, 12),
    },
    {
      channel: '(start)',
      removalEffect: 0.75,
      conversions: expect.closeTo(12 / 7, 12),
      value: expect.closeTo(24 / 7, 12),
      share: expect.closeTo(3 / 7, 12),
    },
  ])
})

it('keeps a channel that is called as the baseline, and the places of those behind it', () => {
  const placed = placePaths(
    [
      { channels: ['(baseline)'], conversions: 1, nullPaths: 0, value: 0 },
      { channels: ['email'], conversions: 3, nullPaths: 0, value: 0 },
    ],
    { rename: (name) => name, maxChannels: 10 },
  )
  const compared = comparePaths(
    { paths: placed.paths, cells: [], rules: [] },
    {
      channels: placed.channels,
      seedFormat: false,
      hasValue: false,
      markovOrders: 1,
      withNullPaths: true,
      seed: 1,
    },
  )
  const rows = removalEffectRows(compared, placed.channels)
  expect(rows.map(({ channel, removalEffect }) => [channel, removalEffect])).toEqual([
    ['(baseline)', 0.25],
    ['email', 0.75],
  ])
})
