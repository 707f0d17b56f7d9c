import type { WordLayout } from '../examples/pattern-words.ts'
import { barrelSteps, step, wordColumns } from './barrel-sql.ts'
import { cutStep } from './cut-sql.ts'
import { setPartsSql } from './day-sets-sql.ts'
import { dropsUsers } from './dropped-sql.ts'
import { splitKeySql } from './evidence-key.ts'
import { doubleAmount, select } from './result-columns.ts'
import { agesAfterConversion, countsLaterDays, runsSql, type SpanParts, spansSql } from './span-sql.ts'
import { type Sql, sql } from './sql.ts'
import { ageNumbers, ownDayWords, THINNED_PART, thinnedSql } from './thinned-sql.ts'
import { unseenNames, windowSteps, zeroValueSql } from './window-sql.ts'

/**
 * What a row of the result is, by its `label`: from `seen` up, what is left of users who aren't drawn; their counts; a pattern of examples that convert or do not; a row of counts; or, from
 * `spans` down, a span of a user in the evidence sample, whose key is `spans` minus the label.
 */
export const LABEL = {
  /** Touches of days, in cells of day 0; the label less this is a number of ages. @see THINNED_PART, also of the next two. */
  later: 4,
  /** Touches of days at or before their moments, in cells of day 0. */
  seen: 3,
  /** Examples of users who aren't drawn. */
  thinned: 2,
  converting: 1,
  notConverting: 0,
  /** Users, conversion rows, and the value of credited entry conversions. */
  users: -1,
  /** Entry conversions, those that are credited, and the value of all credited conversions. */
  entries: -2,
  spans: -3,
} as const

/**
 * @returns the least label of the words of days' sets, above all others: with the place of the set times the words of a day, plus
 *   the place of the word, it is the label of one.
 */
export function firstSetLabel({ grid: { lookbackDays } }: WordLayout): number {
  return LABEL.later + 2 * ageNumbers(lookbackDays)
}

/**
 * The parts of a run other than its single days, which are the parts from 0 on. For the evidence sample a run is one part,
 * or, if a moment cuts its own day or only that day has the conversion, that day and the days after it.
 */
const PART = { emptyDays: -1, entries: -2, users: -3, span: -4, ownDay: -5 } as const

/**
 * The query that turns touchpoints into unique patterns with counts, in Trino's dialect and one scan (with many channels several, `daySetSteps`): the steps of
 * `windowSteps`, then `spans`, `runs`, `single_days` and `single_examples`, the spans as single days with the pattern shifted, or, by
 * the original's rule, cut.
 * The result has label, examples, validating and credited examples, value, where only some users are drawn the examples and validating ones
 * that there are (`examples` is then for how many they stand), and the words, all of them doubles (which clients pass on
 * exactly up to 2^53, and read faster than bigints): positives first, then by words, then the counts, and last the spans
 * of users in the evidence sample. These spans are additional rows: the patterns are the same without them.
 */
export function extractionQuery(parts: SpanParts) {
  const steps = [
    ...windowSteps(parts),
    step(sql`spans`, spansSql(parts)),
    ...(dropsUsers(parts) ? [step(sql`thinned`, thinnedSql(parts))] : []),
    step(sql`runs`, runsSql(parts)),
    step(sql`single_days`, singleDaysSql(parts)),
    ...exampleSteps(parts),
  ]
  return select(resultColumns(parts), resultRows(parts), steps)
}

function exampleSteps(parts: SpanParts): Sql[] {
  const { layout, rules } = parts
  const from = sql`single_days`
  const to = sql`single_examples`
  const kept = dropsUsers(parts) ? sql`, kept_examples, kept_validation_examples` : sql``
  const inputs = sql`label, examples, validation_examples, credited_examples, value${kept}`
  if (rules.kind === 'td-mta') return [cutStep(layout, { from, to, kept: sql`kept`, inputs })]
  const dayFrom = (day: number, age: number) => (day < age ? undefined : day - age)
  return barrelSteps(layout, { from, to, amount: sql`age`, inputs, dayFrom })
}

/** How far a day's pattern is shifted; by the original's rule, to how many days it is cut. */
function dayAmountSql(parts: SpanParts): Sql {
  const { kind, lookbackDays } = parts.rules
  const thins = dropsUsers(parts)
  if (kind === 'user-days')
    return sql`CASE WHEN part < 0${thins ? sql` OR thinned > 0` : sql``} THEN 0 ELSE first_age + part END AS age`
  return sql`CASE WHEN part < 0 OR end_age = first_age + 1 THEN ${lookbackDays + 1} ELSE part + 1 END AS kept`
}

/** The value of a column for each part of a run. */
interface PartValues {
  readonly ownDay: Sql
  readonly span: Sql
  readonly users: Sql
  readonly entries: Sql
  readonly emptyDays: Sql
  readonly day: Sql
}

function byPart({ ownDay, span, users, entries, emptyDays, day }: PartValues): Sql {
  return sql`CASE part WHEN ${PART.ownDay} THEN ${ownDay} WHEN ${PART.span} THEN ${span} WHEN ${PART.users} THEN ${users} WHEN ${PART.entries} THEN ${entries} WHEN ${PART.emptyDays} THEN ${emptyDays} ELSE ${day} END`
}

/** One list for all runs is much faster in DuckDB than a sequence for each. */
function possibleParts({ rules: { lookbackDays } }: SpanParts): Sql[] {
  const least = Math.min(...Object.values(PART))
  return Array.from({ length: lookbackDays - least }, (_, at) => sql`(${least + at})`)
}

/** Each run as its days, plus a row for each of the three other parts, plus, for sampled users, the run itself. */
function singleDaysSql(parts: SpanParts): Sql {
  const zero = zeroValueSql(parts)
  const isSplit = isSplitSql(parts)
  const ofOwnDay = (own: Sql, later: Sql) =>
    countsLaterDays(parts) ? sql`CASE WHEN part = 0 THEN ${own} ELSE ${later} END` : own
  const drops = dropsUsers(parts)
  const unlessThinned = (drawn: Sql, thinned: Sql, isOther = sql`thinned > 0`) =>
    drops ? sql`CASE WHEN ${isOther} THEN ${thinned} ELSE ${drawn} END` : drawn
  const isThinnedDay = sql`thinned > 0 AND NOT (is_positive AND part = ${THINNED_PART.seen})`
  const isLeft = sql`CASE part WHEN ${THINNED_PART.seen} THEN thinned = 2 WHEN ${THINNED_PART.later} THEN later_ages >= 0 ELSE true END`
  const ofThinned = (rows: Sql) => sql`CASE WHEN ${isLeft} THEN ${rows} ELSE 0 END`
  const keys = splitKeySql(parts.evidence, parts.layout.grid.lookbackDays, sql`evidence_key`)
  const label = byPart({
    ownDay: sql`${LABEL.spans} - (${keys.ownDay})`,
    span: sql`${LABEL.spans} - CASE WHEN ${isSplit} THEN ${keys.laterDays} ELSE evidence_key END`,
    users: sql`${LABEL.users}`,
    entries: sql`${LABEL.entries}`,
    emptyDays: unlessThinned(sql`${LABEL.notConverting}`, sql`${LABEL.thinned}`),
    day: unlessThinned(
      sql`CASE WHEN is_positive AND part = 0 THEN ${LABEL.converting} ELSE ${LABEL.notConverting} END`,
      thinnedLabelSql(parts),
      isThinnedDay,
    ),
  })
  const examples = byPart({
    ownDay: sql`examples`,
    span: countsLaterDays(parts)
      ? sql`CASE WHEN ${isSplit} THEN later_days ELSE examples END`
      : sql`examples`,
    users: sql`users`,
    entries: sql`entries`,
    emptyDays: sql`empty_days`,
    day: unlessThinned(ofOwnDay(sql`examples`, sql`later_days`), ofThinned(sql`span_rows`), isThinnedDay),
  })
  const validating = byPart({
    ownDay: sql`0`,
    span: sql`0`,
    users: sql`conversion_rows`,
    entries: sql`0`,
    emptyDays: sql`validation_empty_days`,
    day: unlessThinned(
      ofOwnDay(sql`validation_examples`, sql`validation_later_days`),
      ofThinned(sql`validation_rows`),
      isThinnedDay,
    ),
  })
  const credited = byPart({
    ownDay: sql`0`,
    span: sql`0`,
    users: sql`0`,
    entries: sql`credited_entries`,
    emptyDays: sql`0`,
    day: sql`credited_examples`,
  })
  const value = byPart({
    ownDay: zero,
    span: zero,
    users: sql`entry_value`,
    entries: sql`conversion_value`,
    emptyDays: zero,
    day: agesAfterConversion(parts)
      ? sql`CASE WHEN part = 0 THEN positive_value ELSE ${zero} END`
      : sql`positive_value`,
  })
  const weighted = (column: Sql) => (drops ? sql`${column} * ${standsForSql}` : column)
  const kept = drops
    ? sql`\n${examples} AS kept_examples,\n${validating} AS kept_validation_examples,`
    : sql``
  const isBlank = sql`part < 0 AND part > ${PART.span}`
  const unseen = unseenNames(parts)
  const own = ownDayWords(parts.layout)
  const isOwn = sql`${isThinnedDay} AND part < ${THINNED_PART.cut}`
  const words = wordColumns(parts.layout).map((name, at) => {
    const word = unlessThinned(name, own[at] ?? name, isOwn)
    const seen = unseen[at] && sql` WHEN part = 0 OR part = ${PART.ownDay} THEN ${word} - ${unseen[at]}`
    return sql`CASE WHEN ${isBlank} THEN 0${seen ?? sql``} ELSE ${word} END AS ${name}`
  })
  const evidencePart = sql`CASE WHEN ${isSplit} THEN ${PART.ownDay} ELSE ${PART.span} END`
  const firstPart = sql`CASE WHEN evidence_key < 0 THEN ${PART.users} ELSE ${evidencePart} END`
  return sql`SELECT
  ${label} AS label,
  ${dayAmountSql(parts)},
  ${weighted(examples)} AS examples,
  ${weighted(validating)} AS validation_examples,${kept}
  ${credited} AS credited_examples,
  ${value} AS value,
  ${sql.join(words, sql`,\n`)}
FROM runs
JOIN (VALUES ${sql.join(possibleParts(parts))}) AS parts (part) ON part >= ${firstPart} AND part < end_age - first_age`
}

/** Only examples stand for others. */
const standsForSql = sql`CASE WHEN part < ${PART.emptyDays} OR (is_positive AND part = 0) THEN 1 ELSE stands_for END`

function thinnedLabelSql({ rules: { lookbackDays } }: SpanParts): Sql {
  const cut = LABEL.later + ageNumbers(lookbackDays)
  return sql`CASE part WHEN ${THINNED_PART.seen} THEN ${LABEL.seen} WHEN ${THINNED_PART.later} THEN ${LABEL.later} + later_ages ELSE ${cut} + cut_ages END`
}

/** A run's own day is an example of another kind, or its window another one, than those of the days after it. */
function isSplitSql(parts: SpanParts): Sql {
  const unseen = unseenNames(parts)
  const isCut = unseen.length === 0 ? sql`false` : sql`${sql.join(unseen, sql` + `)} <> 0`
  return agesAfterConversion(parts) ? sql`(${isCut} OR is_positive AND end_age > 1)` : isCut
}

/** The words come last, from `word0` on. */
function resultColumns(parts: SpanParts) {
  const { layout, source } = parts
  const words = wordColumns(layout).map((word, at) => [`word${at}`, doubleAmount(word)] as const)
  return {
    rowLabel: doubleAmount(sql`label`),
    examples: doubleAmount(sql`sum(examples)`),
    validationExamples: doubleAmount(sql`sum(validation_examples)`),
    creditedExamples: doubleAmount(sql`sum(credited_examples)`),
    exampleValue: doubleAmount(source.valueColumn === undefined ? sql`0` : sql`sum(value)`),
    ...(dropsUsers(parts)
      ? {
          keptExamples: doubleAmount(sql`sum(kept_examples)`),
          keptValidationExamples: doubleAmount(sql`sum(kept_validation_examples)`),
        }
      : {}),
    word0: doubleAmount(sql`word_0`),
    ...Object.fromEntries(words),
  }
}

function resultRows(parts: SpanParts): Sql {
  const { layout, rules, touches } = parts
  const words = wordColumns(layout)
  const isExample =
    rules.kind === 'td-mta'
      ? sql`label <> ${LABEL.notConverting} OR ${sql.join(words, sql` + `)} > 0`
      : sql`true`
  const rows =
    touches === undefined ? sql`single_examples` : sql`(\n  ${withSetsSql(parts, touches)}\n) AS with_sets`
  return sql`FROM ${rows}
WHERE ${isExample}
GROUP BY label, ${sql.join(words)}
ORDER BY label DESC, ${sql.join(touches === undefined ? words : wordsByDay(layout))}`
}

/** The numbers of days' sets, which are in the order of their touches. */
function wordsByDay(layout: WordLayout): Sql[] {
  const { daysPerWord, channelsPerWord, grid } = layout
  const words = wordColumns(layout)
  return Array.from({ length: grid.lookbackDays }, (_, day) => {
    const word = words[Math.floor(day / daysPerWord)] ?? sql`0`
    if (daysPerWord === 1) return word
    const shifted = sql`bitwise_right_shift(${word}, ${(day % daysPerWord) * channelsPerWord})`
    return sql`bitwise_and(${shifted}, ${2 ** channelsPerWord - 1})`
  })
}

/** The words of each set are rows of their own, of which nothing but label and first word counts. */
function withSetsSql(parts: SpanParts, touches: WordLayout): Sql {
  const counts = ['examples', 'validation_examples', 'credited_examples', 'value']
  if (dropsUsers(parts)) counts.push('kept_examples', 'kept_validation_examples')
  const names = counts.map((name) => sql.raw(name))
  const words = wordColumns(parts.layout)
  const label = sql`${firstSetLabel(parts.layout)} + set_place * ${touches.wordsPerDay} + part`
  return sql`SELECT label, ${sql.join([...names, ...words])}
FROM single_examples
UNION ALL
SELECT ${sql.join([label, ...names.map(() => sql`0`), sql`mask`, ...words.slice(1).map(() => sql`0`)])}
FROM (
  ${setPartsSql(touches)}
) AS set_parts
WHERE mask > 0`
}
