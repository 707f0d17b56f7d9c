import { DataError } from '../errors.ts'
import { type ChannelRule, foldCase, IGNORED } from '../examples/channel-rules.ts'
import { isBlank } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { nameOf, type TableName, type Warehouse } from '../warehouse/warehouse.ts'
import { asText } from './column-sql.ts'
import { readRows, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import { describeExisting, isNullText, maybeColumn, needColumn } from './touchpoint-columns.ts'

export const CHANNEL_TABLE_OPTION = '--channel-table (CHANNEL_TABLE)'

/** Rules are written by people; a query tests each row by all of them. */
const MOST_RULES = 1000

/** The rules of a table, in their order, and what is to be said of them whatever the touchpoints. */
export interface ReadRules {
  readonly rules: readonly ChannelRule[]
  readonly findings: readonly Finding[]
}

/** A row as the table has it. */
interface Written {
  readonly pattern: string
  readonly channel: string | null
  /** Undefined where the table has no column position. */
  readonly position: number | undefined
}

/**
 * Reads the table of channel rules: columns `pattern`, `channel` and, where its rows have no order of their own, `position`.
 * @param nullTexts texts that stand for NULL as a channel, in lower case.
 * @throws {ConfigError} if the table or a column is missing.
 * @throws {DataError} for an empty table, a pattern that is none, and positions that give no order.
 */
export async function readChannelRules(
  warehouse: Warehouse,
  table: TableName,
  nullTexts: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<ReadRules> {
  const label = `${CHANNEL_TABLE_OPTION} ${nameOf(table)}`
  const columns = await describeExisting(warehouse, table, CHANNEL_TABLE_OPTION)
  const needs = 'pattern, channel and, where rows have no order, position'
  const position = maybeColumn(columns, 'position')
  const query = select(
    {
      pattern: text(asText(needColumn(columns, 'pattern', label, needs))),
      channel: text(asText(needColumn(columns, 'channel', label, needs))),
      position: text(position === undefined ? sql`CAST(NULL AS varchar)` : asText(position)),
    },
    sql`FROM ${sql.table(table)}\nLIMIT ${MOST_RULES + 1}`,
  )
  const ordered = position === undefined ? await warehouse.inRowOrder?.(table) : undefined
  const rows: Written[] = []
  for await (const row of readRows(ordered ?? warehouse, query, signal)) {
    const pattern = checkedPattern(label, row)
    const place = position === undefined ? undefined : checkedPosition(label, pattern, row.position)
    rows.push({ pattern, channel: row.channel?.trim() ?? null, position: place })
  }
  checkCount(label, rows)
  const inOrder =
    position === undefined ? inRowOrder(label, ordered !== undefined, rows) : byPosition(label, rows)
  const lacking = inOrder.filter(({ channel }) => isBlank(channel) || isNullText(channel, nullTexts))
  const rules = inOrder.map(({ pattern, channel }) => {
    const isLeftOut = isBlank(channel) || isNullText(channel, nullTexts) || foldCase(channel) === IGNORED
    return { pattern, channel: isLeftOut ? null : channel }
  })
  return { rules, findings: withoutChannel(label, lacking) }
}

function checkedPattern(
  label: string,
  row: { readonly pattern: string | null; readonly channel: string | null },
): string {
  const pattern = row.pattern?.trim()
  if (!pattern) {
    throw new DataError(
      `${label}: the pattern of the rule for channel ${shown(row.channel)} is empty: write a channel as the touchpoints have it, ` +
        'with * for any characters, or leave the row out',
    )
  }
  const bad = [pattern, row.channel ?? ''].find((written) => written.includes('\0'))
  if (bad === undefined) return pattern
  throw new DataError(`${label}: ${shown(bad)} holds the character NUL, which no channel can: remove it`)
}

function checkedPosition(label: string, pattern: string, written: string | null): number {
  const position = Number(written?.trim() || Number.NaN)
  if (Number.isFinite(position)) return position
  throw new DataError(
    `${label}: column position is ${shown(written)} for the pattern ${shown(pattern)}, a number is needed: ` +
      'rules are tried in the order of their positions',
  )
}

function checkCount(label: string, rows: readonly Written[]): void {
  if (rows.length === 0) throw new DataError(`${label} has no rows: fill it, or leave the option out`)
  if (rows.length <= MOST_RULES) return
  throw new DataError(
    `${label} has more than ${MOST_RULES} rows: it needs one row per rule; * in a pattern stands for any characters`,
  )
}

/** A warehouse without order gives the rows of one query in another order than those of the next. */
function inRowOrder(label: string, hasOrder: boolean, rows: readonly Written[]): readonly Written[] {
  if (hasOrder || rows.length === 1) return rows
  throw new DataError(
    `${label} has no column position, and its rows have no order: add the column, with 1 for the rule that is tried first`,
  )
}

function byPosition(label: string, rows: readonly Written[]): readonly Written[] {
  const sorted = [...rows].sort((left, right) => (left.position ?? 0) - (right.position ?? 0))
  const at = sorted.findIndex(({ position }, index) => index > 0 && position === sorted[index - 1]?.position)
  const [one, other] = [sorted[at - 1], sorted[at]]
  if (one === undefined || other === undefined) return sorted
  throw new DataError(
    `${label}: the patterns ${shown(one.pattern)} and ${shown(other.pattern)} both have position ${one.position}: ` +
      'give each rule its own, the first one that matches counts',
  )
}

function withoutChannel(label: string, lacking: readonly Written[]): readonly Finding[] {
  const [first] = lacking
  if (first === undefined) return []
  const what = `of ${label} without a channel`
  return [finding('rules-without-channel', { count: lacking.length, what, example: first.pattern })]
}

function shown(written: string | null): string {
  return written === null ? 'NULL' : JSON.stringify(written)
}
