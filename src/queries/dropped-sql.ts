import type { NegativeSample } from './negative-sample.ts'
import { type Sql, sql } from './sql.ts'
import { areBitsBelowSql, isDrawnSql, userBitsSql } from './user-hash.ts'

/** Which users without any conversion are dropped before windows are made of their days. */
export interface DropParts {
  /** Absent: nobody is. */
  readonly negativeSample?: NegativeSample | undefined
  readonly rules: { readonly seed: number; readonly validationFraction: number }
}

/** @returns whether anybody is dropped. */
export function dropsUsers({ negativeSample }: Pick<DropParts, 'negativeSample'>): boolean {
  return negativeSample !== undefined && negativeSample.oneOf > 1
}

/** True for days of dropped users: they have no name any more. */
export const isDroppedSql: Sql = sql`user_key IS NULL`

/** What `days` has in addition where users are dropped, to be carried along by later steps. */
const CARRIED = sql`user_bits, copies, is_first_day`

/** @returns these columns, and a comma, where users are dropped. */
export function carriedColumns(parts: DropParts): Sql {
  return dropsUsers(parts) ? sql`${CARRIED}, ` : sql``
}

/** @returns what is known of a row's user, in the order of `conversions_left`, so that nothing is sorted for it. */
export function ofUserSql(parts: DropParts): Sql {
  if (!dropsUsers(parts)) return sql``
  const whole = sql`PARTITION BY user_key ORDER BY at_sec DESC RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING`
  return sql`,
  sum(converts) OVER (${whole}) AS conversions_of_user,
  min(at_sec) OVER (${whole}) AS first_row_sec`
}

/** @returns the same of a day. */
export function dayOfUserColumns(parts: DropParts): readonly Sql[] {
  if (!dropsUsers(parts)) return []
  return [
    sql`max(conversions_of_user) AS conversions_of_user`,
    sql`min(at_sec) = min(first_row_sec) AS is_first_day`,
  ]
}

/**
 * The step `days` where users are dropped: of `all_days` those of users who are kept, and equal days of the others as one row
 * with its number of `copies`. A dropped user's bits are any that validate or don't, as the user does.
 * @param columns of a day that kept days carry along and that say nothing of dropped users.
 * @param alike columns in which equal days are equal.
 */
export function keptDaysSql(parts: DropParts, columns: readonly Sql[], alike: readonly Sql[]): Sql {
  const { rules, negativeSample } = parts
  const bits = userBitsSql(sql`CAST(user_key AS varchar)`, rules.seed, 'validation')
  const isDrawn = isDrawnSql(sql`user_hash`, 1 / (negativeSample?.oneOf ?? 1))
  const validates = areBitsBelowSql(sql`user_hash`, rules.validationFraction)
  const keys = sql.join([sql`conversions_left`, sql`day`, sql`user_bits`, sql`is_first_day`, ...alike])
  const carried = columns.map((column) => sql`max(${column}) AS ${column}`)
  return sql`SELECT kept_user AS user_key, ${keys}, ${sql.join(carried)}, count(*) AS copies
FROM (
  SELECT
    *,
    CASE WHEN is_kept THEN user_key END AS kept_user,
    CASE WHEN is_kept THEN user_hash WHEN ${validates} = 1 THEN 0 ELSE ${2 ** 32 - 1} END AS user_bits
  FROM (
    SELECT *, conversions_of_user > 0 OR ${isDrawn} AS is_kept
    FROM (
      SELECT *, ${bits} AS user_hash
      FROM all_days
    ) AS hashed
  ) AS judged
) AS named
GROUP BY kept_user, ${keys}`
}
