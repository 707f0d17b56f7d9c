import { ConfigError } from '../errors.ts'
import { localDaysOf } from '../examples/local-days.ts'
import { perSecond, type TimeReading, type TimeUnit } from '../examples/touchpoints.ts'
import type { Column } from '../warehouse/warehouse.ts'
import { asText, isFraction, isWhole } from './column-sql.ts'
import { type Sql, sql } from './sql.ts'
import { datedTexts, instantSql, NUMBER, WHOLE_NUMBER, zonelessText } from './time-text-sql.ts'

/** SQL of a column of times, with one meaning whatever its type. */
export interface TimeColumn {
  /** Unix seconds, bigint; NULL if the time is missing or can't be read. */
  readonly atSec: Sql
  /** The time as text, or NULL: what {@link atSec} was made from. */
  readonly timeText: Sql
  /** True for a date or time that says nothing of its zone. */
  readonly isZoneless: Sql
  /** The time column itself if it holds unix seconds as whole numbers, by which warehouses can prune. */
  readonly prunableTime: Sql | undefined
}

/**
 * @param reading what numbers count, and which zone times without one are in; without it seconds, and UTC.
 * @throws {ConfigError} for a unit where the column holds no numbers.
 */
export function timeSql(column: Column, reading: TimeReading = { unit: 's' }): TimeColumn {
  const { unit } = reading
  const name = sql.identifier(column.name)
  const timeText = asText(column)
  const number = { timeText, isZoneless: sql`false`, prunableTime: undefined }
  if (isWhole(column.type)) {
    const atSec = wholeSecondsSql(wholeSql(column), unit)
    return { ...number, atSec, prunableTime: unit === 's' ? name : undefined }
  }
  if (isFraction(column.type)) return { ...number, atSec: secondsSql(name, unit) }
  if (/^timestamp|^date/.test(column.type)) {
    refuseUnit(column, unit)
    const isZoneless = !/with time zone/.test(column.type)
    const instant = column.type === 'date' ? sql`CAST(${name} AS timestamp)` : name
    const seconds = sql`CAST(floor(to_unixtime(${instant})) AS bigint)`
    const atSec = isZoneless ? fromLocalSql(seconds, reading) : seconds
    return {
      atSec,
      timeText,
      isZoneless: sql`${isZoneless ? sql`${name} IS NOT NULL` : sql`false`}`,
      prunableTime: undefined,
    }
  }
  const text = sql`nullif(trim(${timeText}), '')`
  return {
    atSec: textSql(text, reading),
    timeText: text,
    isZoneless: zonelessText(text),
    prunableTime: undefined,
  }
}

function refuseUnit({ name, type }: Column, unit: TimeUnit): void {
  if (unit === 's') return
  throw new ConfigError(
    `--time-unit (TIME_UNIT) is "${unit}", but column ${name} is a ${type}, which has no unit: leave the option out`,
  )
}

/** Some whole numbers of Parquet files are beyond a bigint. */
function wholeSql({ name, type }: Column): Sql {
  const column = sql.identifier(name)
  return /^(u?huge|ubig)int/.test(type) ? sql`TRY_CAST(${column} AS bigint)` : sql`CAST(${column} AS bigint)`
}

/** Multiples of the unit, so that it matters nowhere whether whole numbers are divided as such. */
function wholeSecondsSql(number: Sql, unit: TimeUnit): Sql {
  const units = perSecond[unit]
  return unit === 's' ? number : sql`CAST((${number} - mod(${number}, ${units})) / ${units} AS bigint)`
}

/** NULL for what is not finite, or beyond a bigint. */
function secondsSql(number: Sql, unit: TimeUnit): Sql {
  const seconds = unit === 's' ? number : sql`${number} / ${sql.double(perSecond[unit])}`
  return sql`CASE WHEN abs(${seconds}) < 9e18 THEN CAST(floor(${seconds}) AS bigint) END`
}

function textSql(text: Sql, reading: TimeReading): Sql {
  const { unit } = reading
  const whole = wholeSecondsSql(sql`TRY_CAST(${text} AS bigint)`, unit)
  const dated = datedTexts(reading.inputTimeZone !== undefined).map(({ pattern, iso, isZoneless }) => {
    const seconds = instantSql(iso(text))
    return sql`WHEN regexp_like(${text}, ${sql.literal(pattern)}) THEN ${isZoneless ? fromLocalSql(seconds, reading) : seconds}`
  })
  return sql`CASE WHEN regexp_like(${text}, ${sql.literal(WHOLE_NUMBER)}) THEN ${whole}
  ${sql.join(dated, sql`\n`)}
  WHEN regexp_like(${text}, ${sql.literal(NUMBER)}) THEN ${secondsSql(sql`TRY_CAST(${text} AS double)`, unit)} END`
}

/** 1971 to 2040: before and after, the clocks stay as they were. */
const [FIRST_SEC, LAST_SEC] = [31_536_000, 2_208_988_800]
/** No zone has set its clocks twice within it since 1971. */
const STEP_DAYS = 7

/**
 * Local time to unix seconds, by the program's own zone data. A local time that occurs twice, as the clocks are set back,
 * is the first of the two; one that is skipped is counted on from before the change.
 * @param local seconds since 1970 on the local clock.
 */
function fromLocalSql(local: Sql, { inputTimeZone }: TimeReading): Sql {
  if (inputTimeZone === undefined) return local
  const { offsets } = localDaysOf(inputTimeZone, FIRST_SEC, LAST_SEC, STEP_DAYS)
  const [first, ...changes] = offsets.map(({ offsetSec }) => offsetSec)
  if (changes.length === 0) return sql`${local} - ${first ?? 0}`
  const starts = offsets.slice(1).map(({ fromSec, offsetSec }, at) => {
    return sql.double(fromSec + Math.max(offsetSec, offsets[at]?.offsetSec ?? 0))
  })
  const place = sql`width_bucket(CAST(${local} AS double), ARRAY[${sql.join(starts)}]) + 1`
  return sql`${local} - ARRAY[${sql.join([first ?? 0, ...changes])}][${place}]`
}
