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
  expect(removalEffectRows(comparison)).toEqual([
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
