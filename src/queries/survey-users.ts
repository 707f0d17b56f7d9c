import type { Warehouse } from '../warehouse/warehouse.ts'
import { amount, readRows, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { campaignColumn, countingColumns, isReadSql, typedRowsSql } from './touchpoints-sql.ts'

/** What the rows of single users tell. */
export interface UserCounts {
  readonly users: number
  /** Rows that are equal to another one in all that is read. */
  readonly duplicateRows: number
  /** The user and the time of one of them. */
  readonly duplicate: string | undefined
  /** Users with more rows than a person makes, most rows first. */
  readonly heavyUsers: readonly HeavyUsers[]
  readonly usersBySize: UsersBySize
}

/** How many users have how many rows. */
export type UsersBySize = readonly { readonly users: number; readonly rows: number }[]

/** Users with the same number of rows. */
export interface HeavyUsers {
  readonly users: number
  readonly rows: number
  readonly example: string
}

/** Nobody has more than this part of all rows, */
const MOST_OF_ALL = 0.01
/** nor this many times as many as all but a thousandth of the users. */
const TIMES_THE_OTHERS = 100
const QUANTILE = 0.999

/** Counts users, their rows and the rows that occur more than once, in one scan. */
export async function surveyUsers(
  warehouse: Warehouse,
  scan: TouchpointScan,
  signal: AbortSignal | undefined,
): Promise<UserCounts> {
  const sizes: { readonly users: number; readonly rows: number; readonly example: string }[] = []
  let duplicateRows = 0
  let duplicate: string | undefined
  for await (const { rowsOfUser, users, user, duplicates, firstDuplicate } of readRows(
    warehouse,
    usersQuery(scan),
    signal,
  )) {
    sizes.push({ users, rows: rowsOfUser, example: user ?? '' })
    duplicateRows += duplicates
    if (firstDuplicate !== null && (duplicate === undefined || firstDuplicate < duplicate)) {
      duplicate = firstDuplicate
    }
  }
  const users = sizes.reduce((sum, size) => sum + size.users, 0)
  return { users, duplicateRows, duplicate, heavyUsers: heavyUsersOf(sizes), usersBySize: sizes }
}

function usersQuery(scan: TouchpointScan) {
  const keys = sql`user_key, at_sec, channel, converts, value${campaignColumn(scan)}${countingColumns(scan)}`
  return select(
    {
      rowsOfUser: amount(sql`rows_of_user`),
      users: amount(sql`count(*)`),
      user: text(sql`min(CAST(user_key AS varchar))`),
      duplicates: amount(sql`sum(rows_of_user - distinct_rows)`),
      firstDuplicate: text(
        sql`min(CASE WHEN rows_of_user > distinct_rows THEN CAST(user_key AS varchar) END)`,
      ),
    },
    sql`FROM (
  SELECT user_key, sum(copies) AS rows_of_user, count(*) AS distinct_rows
  FROM (
    SELECT ${keys}, count(*) AS copies
    FROM (
      ${typedRowsSql({ ...scan, distinct: false })}
    ) AS typed
    WHERE ${isReadSql(scan)}
    GROUP BY ${keys}
  ) AS distinct_rows
  GROUP BY user_key
) AS users
GROUP BY rows_of_user`,
  )
}

/** @returns those that stand out from the users who have an ordinary part of the rows. */
export function heavyUsersOf(sizes: readonly HeavyUsers[]): readonly HeavyUsers[] {
  const rows = sizes.reduce((sum, size) => sum + size.users * size.rows, 0)
  const isLarge = (size: HeavyUsers) => size.rows > MOST_OF_ALL * rows
  const ordinary = sizes.filter((size) => !isLarge(size)).sort((left, right) => left.rows - right.rows)
  let left = Math.ceil(QUANTILE * ordinary.reduce((sum, size) => sum + size.users, 0))
  const atQuantile = ordinary.find((size) => {
    left -= size.users
    return left <= 0
  })
  if (atQuantile === undefined) return []
  return sizes
    .filter((size) => isLarge(size) && size.rows > TIMES_THE_OTHERS * atQuantile.rows)
    .sort((one, other) => other.rows - one.rows)
}
