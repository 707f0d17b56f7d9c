import { createHash } from 'node:crypto'

/** What a user's hash decides; two uses of one seed are independent. */
export type HashStream = 'validation' | 'batch'

const FRACTIONS = 2 ** 32

/**
 * @returns the user's number in [0, 1), the same in any warehouse: the first four bytes, big endian, of the MD5 of
 *   `stream:seed:user`, divided by 2^32.
 */
export function userFraction(user: string, seed: number, stream: HashStream): number {
  return createHash('md5').update(`${stream}:${seed}:${user}`).digest().readUInt32BE(0) / FRACTIONS
}

/** @returns the same in SQL, as a double. @param user SQL of the user as varchar. */
export function userFractionSql(user: string, seed: number, stream: HashStream): string {
  return `CAST(${upperBits(user, seed, stream)} AS double) / ${FRACTIONS}e0`
}

/**
 * @returns SQL of the first 64 bits of the user's MD5, a bigint: the upper half is the user's fraction, the lower half
 *   independent of it.
 */
export function userHashSql(user: string, seed: number, stream: HashStream): string {
  return `from_big_endian_64(substr(md5(to_utf8(concat('${stream}:${seed}:', ${user}))), 1, 8))`
}

/** @returns SQL that is 1 where the fraction of a hash by {@link userHashSql} is below the bound, else 0. */
export function isHashBelowSql(hash: string, bound: number): string {
  if (bound <= 0) return '0'
  return `CASE WHEN bitwise_right_shift(${hash}, 32) < ${Math.ceil(bound * FRACTIONS)} THEN 1 ELSE 0 END`
}

/** Two shifts in one: the upper 32 of the first 64 bits are all that is the same everywhere. */
function upperBits(user: string, seed: number, stream: HashStream): string {
  return `bitwise_right_shift(${userHashSql(user, seed, stream)}, 32)`
}
