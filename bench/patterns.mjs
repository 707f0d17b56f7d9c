// Random patterns of a week and seven channels, for the benchmarks of the net.
export const grid = { lookbackDays: 7, channelCount: 7 }
const CELLS = 49
const WORDS = 2

/**
 * @param random a generator of the program's `createRandom`.
 * @param {number} fill the part of the cells that is touched.
 * @returns `count` patterns of two words each.
 */
export function drawPatterns(random, count, fill) {
  const words = new Uint32Array(WORDS * count)
  for (let cell = 0; cell < CELLS * count; cell++) {
    const at = cell % CELLS
    if (random.uniform() < fill) words[WORDS * Math.floor(cell / CELLS) + (at >> 5)] |= 1 << (at & 31)
  }
  return { grid, count, wordsPerPattern: WORDS, words }
}

/** @returns such patterns, of which the first half convert, all of the same weight. */
export function drawBatch(random, rows, fill) {
  const labels = new Float32Array(rows).fill(1, 0, rows / 2)
  return { ...drawPatterns(random, rows, fill), labels, weights: new Float32Array(rows).fill(1 / rows) }
}
