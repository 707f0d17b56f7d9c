import { expect, it } from 'vitest'
import { placePaths } from '../../src/comparison/place-paths.ts'

it('has no path of users who were never touched and never converted', () => {
  const untouched = { channels: [], nullPaths: 4, value: 0 }
  const rest = { channels: ['a'], conversions: 1, nullPaths: 1, value: 0 }
  const place = (conversions: number) =>
    placePaths([{ ...untouched, conversions }, rest], { rename: (name) => name, maxChannels: 10 }).paths
  expect([...place(0).conversions]).toEqual([1])
  expect([...place(2).conversions]).toEqual([2, 1])
  expect([...place(2).nullPaths]).toEqual([0, 1])
})
