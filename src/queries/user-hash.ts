import { type Sql, sql } from './sql.ts'

/** What a hash decides; the uses of one seed are independent. */
export type HashStream = 'validation' | 'batch' | 'moment'

const FRACTIONS = 2 ** 32

/**
 * @param user the user as varchar.
 * @returns SQL of the user's number in [0, 1), a double, the same in any warehouse: the first four bytes, big endian, of
 *   the MD5 of `stream:seed:user`, divided by 2^32.
 */
export function userFractionSql(user: Sql, seed: number, stream: HashStream): Sql {
  return sql`CAST(${userBitsSql(user, seed, stream)} AS double) / ${FRACTIONS}e0`
}

/** @returns SQL that is 1 if the fraction of a user's bits is below the bound, else 0. */
export function areBitsBelowSql(bits: Sql, bound: number): Sql {
  return bound <= 0 ? sql`0` : sql`CASE WHEN ${bits} < ${Math.ceil(bound * FRACTIONS)} THEN 1 ELSE 0 END`
}

/**
 * @returns SQL of the upper 32 of the MD5's first 64 bits, a bigint: only these are the same everywhere. The upper bits
 *   of them decide how a fraction compares to a bound, the lower ones are free for other uses.
 */
export function userBitsSql(user: Sql, seed: number, stream: HashStream): Sql {
  const hashed = sql`md5(to_utf8(concat(${sql.literal(`${stream}:${seed}:`)}, ${user})))`
  return sql`CAST(bitwise_right_shift(from_big_endian_64(substr(${hashed}, 1, 8)), 32) AS bigint)`
}

/** Users are drawn by 24 bits. */
const DRAWN = 2 ** 24
/** Spreads a user's 32 bits over those that draw (Knuth, TAOCP 6.4, multiplicative hashing). */
const MULTIPLIER = 1_103_515_245

/**
 * Draws users, independently of the comparison of their bits with a bound; smaller rates draw some of the users of larger ones.
 * @param bits of {@link userBitsSql}. @param rate 0..1.
 * @returns SQL that is true for that part of the users.
 */
export function isDrawnSql(bits: Sql, rate: number): Sql {
  return sql`mod(bitwise_right_shift(${bits} * ${MULTIPLIER}, 16), ${DRAWN}) < ${Math.ceil(rate * DRAWN)}`
}
