import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded source of random numbers. The same seed and stream give the same numbers on every machine. */
export interface Random {
  /** @returns a number in [0, 1), with 32 random bits. O(1). */
  uniform(): number
  /** @returns a whole number in [0, bound). O(1). */
  below(bound: number): number
}

/**
 * @param seed any whole number; `--seed`.
 * @param stream names the use of the numbers, so that two uses of one seed are independent.
 * @returns a xoroshiro128+ generator (Blackman and Vigna, https://prng.di.unimi.it/) seeded by both.
 */
export function createRandom(seed: number, stream: string): Random {
  const generator = xoroshiro128plus(mixSeed(seed, stream))
  const uniform = () => (generator.next() >>> 0) / 0x1_0000_0000
  return { uniform, below: (bound) => Math.floor(uniform() * bound) }
}

/** FNV-1a over the stream's name, started from the seed: http://www.isthe.com/chongo/tech/comp/fnv/ */
function mixSeed(seed: number, stream: string): number {
  let hash = 0x811c9dc5 ^ seed ^ Math.trunc(seed / 0x1_0000_0000)
  for (let at = 0; at < stream.length; at++) hash = Math.imul(hash ^ stream.charCodeAt(at), 0x01000193)
  return hash | 0
}
