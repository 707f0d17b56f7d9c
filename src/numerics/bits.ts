/** @returns the position, 0 to 31, of the lowest bit that is set in a word other than 0: `lowestBit(12)` is 2. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/**
 * Writes the positions of the bits that are set in words[from..to) to the front of `positions`, ascending: bit b of
 * word `from + k` has the position 32 k + b. The loop is hot: callbacks, generators or a second type of buffer would make
 * it several times slower.
 * @returns how many bits are set. O(words + set bits).
 */
export function readSetBits(words: Uint32Array, from: number, to: number, positions: Uint32Array): number {
  let found = 0
  for (let at = from; at < to; at++) {
    const first = (at - from) * 32
    for (let bits = words[at]!; bits !== 0; bits &= bits - 1) positions[found++] = first + lowestBit(bits)
  }
  return found
}
