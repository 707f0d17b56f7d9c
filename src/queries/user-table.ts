import { ConfigError } from '../errors.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { amount, readOneRow, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import { describeExisting, maybeColumn } from './touchpoint-columns.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { isReadSql, typedRowsSql } from './touchpoints-sql.ts'

/** @throws {ConfigError} naming the option if the user table, or a column of it, is missing. */
export async function checkUserColumns(
  warehouse: Warehouse,
  table: TableName,
  userColumn: string,
  userRndColumn: string,
): Promise<void> {
  const columns = await describeExisting(warehouse, table, '--user-table (USER_TABLE)')
  for (const [label, name] of [
    ['--user-column (USER_COLUMN)', userColumn],
    ['--user-rnd-column (USER_RND_COLUMN)', userRndColumn],
  ] as const) {
    if (maybeColumn(columns, name) !== undefined) continue
    const names = columns.map((column) => column.name).join(', ')
    throw new ConfigError(
      `${label} is "${name}": user table ${nameOf(table)} has no such column; it has ${names}`,
    )
  }
}

/**
 * Looks for users of the touchpoints who have no number in the user table, in one scan of both.
 * @returns nothing without a user table.
 * @throws {ConfigError} if the user table, or a column of it, is missing.
 */
export async function findUsersWithoutNumber(
  warehouse: Warehouse,
  scan: TouchpointScan,
  { userTable, userRndColumn }: ExampleRules,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  if (userTable === undefined) return []
  await checkUserColumns(warehouse, userTable, scan.source.userColumn, userRndColumn)
  const key = sql`CAST(${sql.identifier(scan.source.userColumn)} AS varchar)`
  const query = select(
    {
      users: amount(sql`count(reading)`),
      missing: amount(sql`count_if(numbered IS NULL)`),
      missingExample: text(sql`min(CASE WHEN numbered IS NULL THEN reading END)`),
      others: amount(sql`count_if(reading IS NULL)`),
      otherExample: text(sql`min(CASE WHEN reading IS NULL THEN numbered END)`),
    },
    sql`FROM (
  SELECT DISTINCT CAST(typed.user_key AS varchar) AS reading
  FROM (
    ${typedRowsSql(scan)}
  ) AS typed
  WHERE ${isReadSql(scan)}
) AS users
FULL OUTER JOIN (
  SELECT DISTINCT ${key} AS numbered
  FROM ${sql.table(userTable)}
  WHERE ${sql.identifier(userRndColumn)} IS NOT NULL AND ${key} IS NOT NULL
) AS numbers ON reading = numbered`,
  )
  const { users, missing, missingExample, others, otherExample } = await readOneRow(warehouse, query, signal)
  if (missing === 0) return []
  const rest =
    others === 0
      ? ''
      : `, which has ${others} that the touchpoints lack, such as ${JSON.stringify(otherExample)}`
  const what = `of ${users} without a number in ${nameOf(userTable)}${rest}`
  return [finding('users-without-number', { count: missing, what, example: missingExample })]
}
