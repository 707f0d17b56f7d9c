type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * Lets a typed array grow: `array = withRoom(array, at + 1)` before `array[at]` is written.
 * @returns the array itself where it has `length` entries, otherwise a copy at least twice as long, zeros at its end.
 * Amortised O(1) per entry.
 */
export function withRoom<Kind extends TypedArray>(array: Kind, length: number): Kind {
  if (length <= array.length) return array
  const longer = new (array.constructor as new (length: number) => Kind)(Math.max(length, 2 * array.length))
  longer.set(array)
  return longer
}
