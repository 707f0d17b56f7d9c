import type { LocalDays } from '../examples/local-days.ts'
import { movedDaysSql, type WordLayout } from '../examples/pattern-words.ts'
import type { ExampleRules } from '../examples/touchpoints.ts'
import { type EvidencePlan, evidenceKeySql } from './evidence-key.ts'
import { inSpanSql, type ReadSpan, userTableJoin } from './rows-read.ts'
import { quoteLiteral } from './sql.ts'
import { cte, type TypedRowsParts, typedRowsSql } from './typed-rows-sql.ts'
import { areBitsBelowSql, userBitsSql, userFractionSql } from './user-hash.ts'

/** What the windows are built from. */
export interface WindowSqlParts extends TypedRowsParts {
  readonly rules: ExampleRules
  readonly span: ReadSpan
  readonly channels: readonly string[]
  readonly blankChannels: readonly string[]
  /** Position of `(other)`; undefined where every channel is kept. */
  readonly otherPosition: number | undefined
  readonly layout: WordLayout
  readonly days: LocalDays
  readonly batch: number
  readonly batches: number
  /** Rows after which a user converts no more are left out: most of them, where only conversions are asked for. */
  readonly onlyUpToConversions?: boolean
}

/** All that the extraction's SQL is built from. */
export interface ExtractionSqlParts extends WindowSqlParts {
  readonly seedFormat: boolean
  /** Last day of the data; first day of examples, undefined being the users' own. */
  readonly lastDay: number
  readonly firstDay: number | undefined
  /** Whose windows are told one by one. */
  readonly evidence: EvidencePlan
}

/**
 * Labels of the two rows that hold counts instead of a pattern, behind all patterns: users, conversion rows and value of
 * entry conversions; entry conversions, 0, and value of all conversions.
 */
export const USERS_LABEL = -1
export const ENTRIES_LABEL = -2

/** Labels from here down are spans of users in the evidence sample: the label less this is minus the span's key. */
export const EVIDENCE_LABEL = -3

/**
 * The query that turns touchpoints into unique patterns with counts: one text in Trino's dialect, one scan. Each step
 * has fewer rows than the one before.
 * 1. `touchpoints`: typed rows, channels as positions.
 * 2. `ordered`: a user's rows fall into stretches that end with a conversion; `conversions_left`, the number of
 *    conversion rows at or after a row, tells them apart.
 * 3. `days`: one row for each user, stretch and day, with its touches as bits.
 * 4. `windows`: the touches of the last W days of the stretch, as a sum over them. Days lie at position (-day) mod W, so
 *    that the bits of a window never meet and a sum is their union. `stretch_day` keeps stretches W apart.
 * 5. `turned`: day 0 of each window moved to the front, by powers of two as in a barrel shifter.
 * 6. `spans`: what examples follow from a day: its conversion, or that day and the following ones up to the user's next
 *    row, on which the pattern only grows older; days on which nothing is left of it are a number.
 * 7. `runs`: equal spans counted. 8. `aged`: spans as single days, the pattern shifted, again by powers of two.
 * The result has label, examples, validating examples, value and the words, all of them doubles (which clients pass on
 * exactly up to 2^53, and read faster than bigints): positives first, then by words, then the counts, and last the spans
 * of users in the evidence sample: those are told beside all others, so that the patterns are the same without them.
 */
export function extractionSql(parts: ExtractionSqlParts): string {
  const steps = [
    ...windowSteps(parts),
    cte('spans', spansSql(parts)),
    cte('runs', runsSql(parts)),
    cte('single_days', singleDaysSql(parts)),
    ...agedSteps(parts),
  ]
  return `WITH ${steps.join(',\n')}\n${resultSql(parts)}`
}

/**
 * The steps up to `turned`: a row for each user, stretch and day, with the pattern of that day's window. Whoever asks
 * for the windows of conversions reads `turned`: user_key, day, converted_at_sec, conversion_rows, value, word_0, ...
 * @returns common table expressions, one text each, that go behind one WITH, joined by commas.
 */
export function windowSteps(parts: WindowSqlParts): string[] {
  return [
    cte('touchpoints', touchpointsSql(parts)),
    cte('ordered', orderedSql()),
    cte('days', daysSql(parts)),
    cte('windows', windowsSql(parts)),
    ...turnedSteps(parts),
  ]
}

function touchpointsSql(parts: WindowSqlParts): string {
  const { source, rules, span, batch, batches } = parts
  const users = userTableJoin(source, rules, 'typed.user_key')
  const hashed = userFractionSql('CAST(typed.user_key AS varchar)', rules.seed, 'batch')
  const fraction = users === undefined ? hashed : `coalesce(${users.random}, ${hashed})`
  const inBatch = `greatest(0, least(${batches - 1}, CAST(floor(${fraction} * ${batches}) AS bigint))) = ${batch}`
  return `  SELECT typed.user_key, typed.at_sec, ${positionSql(parts)} AS place, typed.converts, typed.value
  FROM ${typedRowsSql(parts)}
  LEFT JOIN (VALUES ${vocabularyRows(parts)}) AS vocabulary (name, place) ON typed.channel = vocabulary.name${
    users === undefined || batches === 1 ? '' : `\n  ${users.join}`
  }
  WHERE typed.user_key IS NOT NULL AND typed.at_sec IS NOT NULL AND ${inSpanSql(span, 'typed.at_sec')}${
    batches === 1 ? '' : ` AND ${inBatch}`
  }`
}

/** Where channels are left over, a blank one must not pass for one of them. */
function vocabularyRows({ channels, blankChannels, otherPosition }: WindowSqlParts): string {
  const kept = otherPosition === undefined ? channels : channels.slice(0, otherPosition)
  const blank = otherPosition === undefined ? [] : blankChannels
  return [
    ...kept.map((channel, position) => `(${quoteLiteral(channel)}, ${position})`),
    ...blank.map((channel) => `(${quoteLiteral(channel)}, -1)`),
  ].join(', ')
}

function positionSql({ otherPosition }: WindowSqlParts): string {
  if (otherPosition === undefined) return 'vocabulary.place'
  return `CASE WHEN typed.channel IS NOT NULL THEN nullif(coalesce(vocabulary.place, ${otherPosition}), -1) END`
}

function orderedSql(): string {
  return `  SELECT *, sum(converts) OVER (PARTITION BY user_key ORDER BY at_sec DESC) AS conversions_left
  FROM touchpoints`
}

function daysSql(parts: WindowSqlParts): string {
  const { layout, days } = parts
  const masks = Array.from(
    { length: layout.wordsPerDay },
    (_, part) => `    ${dayMaskSql(layout, part)} AS mask_${part}`,
  )
  return `  SELECT
    user_key,
    CAST(conversions_left AS bigint) AS conversions_left,
    ${days.daySql('at_sec')} AS day,
    min(at_sec) AS first_at_sec,
    max(CASE WHEN converts = 1 THEN at_sec END) AS converted_at_sec,
    sum(converts) AS conversion_rows,
    ${valueSum(parts, 'converts = 1')} AS value,
${masks.join(',\n')}
  FROM ordered
  WHERE ${parts.onlyUpToConversions ? 'conversions_left > 0' : 'true'}
  GROUP BY user_key, conversions_left, ${days.daySql('at_sec')}`
}

function dayMaskSql({ wordsPerDay, channelsPerWord }: WordLayout, part: number): string {
  const bit = (shift: string) => `bitwise_left_shift(CAST(1 AS bigint), CAST(${shift} AS integer))`
  if (wordsPerDay === 1) return `coalesce(bitwise_or_agg(${bit('place')}), 0)`
  const first = part * channelsPerWord
  const isHere = `place >= ${first} AND place < ${first + channelsPerWord}`
  return `coalesce(bitwise_or_agg(CASE WHEN ${isHere} THEN ${bit(`place - ${first}`)} END), 0)`
}

function words(layout: WordLayout, text: (word: number) => string): string[] {
  return Array.from({ length: layout.count }, (_, word) => text(word))
}

const wordNames = (layout: WordLayout) => words(layout, (word) => `word_${word}`)

function windowsSql({ layout, rules }: WindowSqlParts): string {
  const w = rules.lookbackDays
  const user = 'PARTITION BY user_key ORDER BY stretch_day'
  const lastDays = `${user} RANGE BETWEEN ${w - 1} PRECEDING AND CURRENT ROW`
  const sums = words(
    layout,
    (word) => `    CAST(sum(day_word_${word}) OVER (${lastDays}) AS bigint) AS word_${word}`,
  )
  const placed = words(layout, (word) => `      ${dayWordSql(layout, word)} AS day_word_${word}`)
  return `  SELECT
    user_key, day, turn, first_at_sec, converted_at_sec, conversion_rows, value, touched,
    lag(day) OVER (${user}) AS former_day,
    lead(day) OVER (${user}) AS next_day,
    first_value(conversions_left) OVER (${user}) AS conversions_in_all,
${sums.join(',\n')}
  FROM (
    SELECT
      user_key, day, turn, first_at_sec, converted_at_sec, conversion_rows, value, conversions_left,
      day - ${w} * conversions_left AS stretch_day,
      ${maskNames(layout).join(' + ')} > 0 AS touched,
${placed.join(',\n')}
    FROM (SELECT *, mod(${w} - mod(day, ${w}), ${w}) AS turn FROM days) AS positioned
  ) AS placed`
}

function maskNames({ wordsPerDay }: WordLayout): string[] {
  return Array.from({ length: wordsPerDay }, (_, part) => `mask_${part}`)
}

/** The day's touches at the day's position. */
function dayWordSql({ daysPerWord, wordsPerDay, channelsPerWord }: WordLayout, word: number): string {
  const first = Math.floor(word / wordsPerDay) * daysPerWord
  if (daysPerWord === 1) return `CASE WHEN turn = ${first} THEN mask_${word % wordsPerDay} ELSE 0 END`
  const shift = `CAST((turn - ${first}) * ${channelsPerWord} AS integer)`
  const isHere = `turn >= ${first} AND turn < ${first + daysPerWord}`
  return `CASE WHEN ${isHere} THEN bitwise_left_shift(mask_0, ${shift}) ELSE 0 END`
}

const SPAN_INPUTS =
  'user_key, day, first_at_sec, converted_at_sec, conversion_rows, value, touched, former_day, next_day, conversions_in_all'

function turnedSteps({ layout }: WindowSqlParts): string[] {
  const days = layout.grid.lookbackDays
  return barrel(layout, 'windows', 'turned', 'turn', SPAN_INPUTS, (step) => (day) => (day + step) % days)
}

/**
 * Moves days by a number that differs from row to row, a power of two at a time.
 * @param amount column with that number, 0..W-1.
 * @returns steps `<name>_1`, `<name>_2`, ...; the last one is called `<name>`.
 */
function barrel(
  layout: WordLayout,
  from: string,
  name: string,
  amount: string,
  inputs: string,
  dayFrom: (step: number) => (day: number) => number | undefined,
): string[] {
  const names = wordNames(layout)
  const powers: number[] = []
  for (let step = 1; step < layout.grid.lookbackDays; step *= 2) powers.push(step)
  if (powers.length === 0) return [cte(name, `  SELECT ${inputs}, ${names.join(', ')} FROM ${from}`)]
  return powers.map((step, at) => {
    const moved = movedDaysSql(layout, names, dayFrom(step))
    const isMoved = `bitwise_and(${amount}, ${step}) <> 0`
    const columns = names.map(
      (word, k) => `    CASE WHEN ${isMoved} THEN ${moved[k]} ELSE ${word} END AS ${word}`,
    )
    const former = at === 0 ? from : `${name}_${at}`
    const isLast = at === powers.length - 1
    return cte(
      isLast ? name : `${name}_${at + 1}`,
      `  SELECT ${inputs}${isLast ? '' : `, ${amount}`},\n${columns.join(',\n')}\n  FROM ${former}`,
    )
  })
}

/** `first_age` up to `end_age`, not included, are the days of the span, counted from the window's own day. */
function spansSql(parts: ExtractionSqlParts): string {
  const { layout, rules, evidence } = parts
  const names = wordNames(layout)
  const validates = areBitsBelowSql('user_bits', rules.validationFraction)
  return `  SELECT *, ${evidenceKeySql(evidence, rules.lookbackDays)} AS evidence_key
  FROM (
    SELECT
      is_example AND conversion_rows > 0 AND NOT is_entry AS is_positive,
      CASE WHEN conversion_rows > 0 THEN 0 ELSE ${firstAgeSql(parts)} END AS first_age,
      CASE WHEN conversion_rows > 0 THEN CASE WHEN is_example AND NOT is_entry THEN 1 ELSE 0 END
        ELSE greatest(${firstAgeSql(parts)}, ${endAgeSql(parts)}) END AS end_age,
      ${emptyDaysSql(parts)} AS empty_days,
      ${validates} AS validates,
      CASE WHEN former_day IS NULL THEN 1 ELSE 0 END AS users,
      CASE WHEN is_example THEN conversion_rows ELSE 0 END AS conversion_rows,
      CASE WHEN is_example AND is_entry THEN 1 ELSE 0 END AS entries,
      CASE WHEN is_example THEN value ELSE ${zeroValue(parts)} END AS value,
      user_bits, day, conversion_rows > 0 AS converts,
      ${names.join(', ')}
    FROM (
      SELECT
        *,
        ${userBitsSql('CAST(user_key AS varchar)', rules.seed, 'validation')} AS user_bits,
        ${names.join(' + ')} > 0 AS has_touch,
        ${nextDaySql(parts)} - day AS days_to_next,
        ${rules.fromSec === undefined ? 'conversion_rows > 0' : `conversion_rows > 0 AND converted_at_sec >= ${rules.fromSec}`} AS is_example,
        ${isEntrySql(parts)} AS is_entry
      FROM turned
    ) AS described
  ) AS told`
}

function nextDaySql({ rules, lastDay }: ExtractionSqlParts): string {
  return `coalesce(next_day, ${rules.kind === 'td-mta' ? `day + ${rules.lookbackDays}` : lastDay + 1})`
}

/** A conversion that brought the user into the data; by the original's rule, every one that no touch came before. */
function isEntrySql({ rules, layout }: ExtractionSqlParts): string {
  const untouched = `${wordNames(layout).join(' + ')} = 0`
  if (rules.kind === 'td-mta') return untouched
  return `(${untouched} AND former_day IS NULL AND first_at_sec = converted_at_sec)`
}

/** A day with a conversion before this row of it is a day with a conversion. */
function firstAgeSql({ firstDay }: ExtractionSqlParts): string {
  const skipped = 'CASE WHEN former_day = day THEN 1 ELSE 0 END'
  return firstDay === undefined ? skipped : `greatest(${skipped}, ${firstDay} - day)`
}

function endAgeSql({ rules, seedFormat }: ExtractionSqlParts): string {
  if (rules.kind === 'td-mta') {
    return `CASE WHEN has_touch AND conversions_in_all = 0 THEN least(days_to_next, ${rules.lookbackDays}) ELSE 0 END`
  }
  if (seedFormat) return 'CASE WHEN touched THEN least(days_to_next, 1) ELSE 0 END'
  return `CASE WHEN has_touch THEN least(days_to_next, ${rules.lookbackDays}) ELSE 0 END`
}

/** Days at risk on which nothing is left of any touch, but for those that are told apart by shifting the pattern. */
function emptyDaysSql(parts: ExtractionSqlParts): string {
  const { rules, seedFormat, firstDay } = parts
  if (rules.kind === 'td-mta' || seedFormat) return 'CAST(0 AS bigint)'
  const afterConversion = firstDay === undefined ? '1' : `greatest(1, ${firstDay} - day)`
  const afterPattern = `CASE WHEN has_touch THEN greatest(${firstAgeSql(parts)}, ${rules.lookbackDays}) ELSE ${firstAgeSql(parts)} END`
  return `greatest(0, days_to_next - CASE WHEN conversion_rows > 0 THEN ${afterConversion} ELSE ${afterPattern} END)`
}

/** Counts are added up as doubles, which is exact below 2^53 and takes warehouses half the memory of bigints. */
function runsSql(parts: ExtractionSqlParts): string {
  const names = wordNames(parts.layout).join(', ')
  const counted = (column: string) => `sum(CAST(${column} AS double))`
  return `  SELECT
    is_positive, first_age, end_age, ${names},
    CAST(count(*) AS double) AS examples,
    ${counted('validates')} AS validation_examples,
    ${valueSum(parts, 'is_positive')} AS positive_value,
    ${counted('empty_days')} AS empty_days,
    ${counted('empty_days * validates')} AS validation_empty_days,
    ${counted('users')} AS users,
    ${counted('conversion_rows')} AS conversion_rows,
    ${counted('entries')} AS entries,
    ${valueSum(parts, 'entries > 0')} AS entry_value,
    ${valueSum(parts, 'true')} AS conversion_value,
    evidence_key
  FROM spans
  GROUP BY is_positive, first_age, end_age, evidence_key, ${names}`
}

function zeroValue({ source }: WindowSqlParts): string {
  return source.valueColumn === undefined ? '0' : 'CAST(0 AS decimal(38,6))'
}

/** Without a value column there is nothing to add up. */
function valueSum(parts: WindowSqlParts, condition: string): string {
  if (parts.source.valueColumn === undefined) return '0'
  return `sum(CASE WHEN ${condition} THEN value ELSE ${zeroValue(parts)} END)`
}

/**
 * Each run as its days, and once more for each of three things that are not of a day: `item` -3, -2 and -1; of sampled
 * users once more, as it is: `item` -4.
 */
function singleDaysSql(parts: ExtractionSqlParts): string {
  const { layout } = parts
  const label = `CASE item WHEN -4 THEN ${EVIDENCE_LABEL} - evidence_key WHEN -3 THEN ${USERS_LABEL} WHEN -2 THEN ${ENTRIES_LABEL} WHEN -1 THEN 0
      ELSE CASE WHEN is_positive THEN 1 ELSE 0 END END`
  const pick = (ofUsers: string, ofEntries: string, ofEmptyDays: string, ofDay: string, ofSpan: string) =>
    `CASE item WHEN -4 THEN ${ofSpan} WHEN -3 THEN ${ofUsers} WHEN -2 THEN ${ofEntries} WHEN -1 THEN ${ofEmptyDays} ELSE ${ofDay} END`
  const kept = words(
    layout,
    (word) => `CASE WHEN item < 0 AND item > -4 THEN 0 ELSE word_${word} END AS word_${word}`,
  )
  return `  SELECT
    ${label} AS label,
    CASE WHEN item < 0 THEN 0 ELSE first_age + item END AS age,
    ${pick('users', 'entries', 'empty_days', 'examples', 'examples')} AS examples,
    ${pick('conversion_rows', '0', 'validation_empty_days', 'validation_examples', '0')} AS validation_examples,
    ${pick('entry_value', 'conversion_value', zeroValue(parts), 'positive_value', zeroValue(parts))} AS value,
    ${kept.join(',\n    ')}
  FROM runs
  CROSS JOIN UNNEST(sequence(CAST(CASE WHEN evidence_key >= 0 THEN -4 ELSE -3 END AS bigint), end_age - first_age - 1)) AS items (item)`
}

function agedSteps({ layout }: ExtractionSqlParts): string[] {
  const inputs = 'label, examples, validation_examples, value'
  return barrel(
    layout,
    'single_days',
    'aged',
    'age',
    inputs,
    (step) => (day) => (day < step ? undefined : day - step),
  )
}

function resultSql({ layout, rules, source }: ExtractionSqlParts): string {
  const names = wordNames(layout).join(', ')
  const value = source.valueColumn === undefined ? '0' : 'sum(value)'
  const doubles = ['label', 'sum(examples)', 'sum(validation_examples)', value, ...wordNames(layout)]
  return `SELECT ${doubles.map((column) => `CAST(${column} AS double)`).join(', ')}
FROM aged${rules.kind === 'td-mta' ? `\nWHERE label <> 0 OR ${wordNames(layout).join(' + ')} > 0` : ''}
GROUP BY label, ${names}
ORDER BY label DESC, ${names}`
}
