import { expect, it } from 'vitest'
import { withRoom } from '../../src/numerics/with-room.ts'

it('leaves an array that has room as it is', () => {
  const array = Uint16Array.of(1, 2, 3)
  expect(withRoom(array, 3)).toBe(array)
})

it('at least doubles an array of the same kind, and keeps its beginning', () => {
  expect(withRoom(Uint16Array.of(1, 2, 3), 4)).toEqual(Uint16Array.of(1, 2, 3, 0, 0, 0))
  expect(withRoom(Float64Array.of(0.5), 5)).toEqual(Float64Array.of(0.5, 0, 0, 0, 0))
  expect(withRoom(new Uint32Array(0), 1)).toEqual(Uint32Array.of(0))
})
