import type { WordLayout } from '../examples/pattern-words.ts'
import { type Sql, sql } from './sql.ts'

/** @returns the columns `word_0`, `word_1`, ... that hold a pattern. */
export function wordColumns(layout: WordLayout): Sql[] {
  return Array.from({ length: layout.count }, (_, word) => sql`word_${word}`)
}

/** @returns a common table expression. */
export function step(name: Sql, query: Sql): Sql {
  return sql`${name} AS (
  ${query}
)`
}

/** How the days of patterns move. */
export interface DayMove {
  /** The step to read, and the one to make. */
  readonly from: Sql
  readonly to: Sql
  /** Column with the number of days that a row's pattern moves, 0..W-1. */
  readonly amount: Sql
  /** Columns to carry along. */
  readonly inputs: Sql
  /** @returns the day whose touches `day` has after a move by `days`; undefined: none, `day` is empty. */
  readonly dayFrom: (day: number, days: number) => number | undefined
}

/**
 * Moves the days of patterns by a number that differs from row to row, one power of two at a time, like a barrel
 * shifter.
 * @returns steps `<to>_1`, `<to>_2`, ...; the last one is called `<to>`.
 */
export function barrelSteps(layout: WordLayout, move: DayMove): Sql[] {
  const { from, to, amount, inputs, dayFrom } = move
  const words = wordColumns(layout)
  const powers: number[] = []
  for (let days = 1; days < layout.grid.lookbackDays; days *= 2) powers.push(days)
  if (powers.length === 0) return [step(to, sql`SELECT ${inputs}, ${sql.join(words)} FROM ${from}`)]
  return powers.map((days, at) => {
    const isLast = at === powers.length - 1
    const kept = isLast ? inputs : sql`${inputs}, ${amount}`
    const isMoved = sql`bitwise_and(${amount}, ${days}) <> 0`
    const moved = movedWords(layout, words, (day) => dayFrom(day, days))
    const columns = words.map(
      (word, k) => sql`CASE WHEN ${isMoved} THEN ${moved[k] ?? 0} ELSE ${word} END AS ${word}`,
    )
    return step(
      isLast ? to : sql`${to}_${at + 1}`,
      sql`SELECT
  ${kept},
  ${sql.join(columns, sql`,\n`)}
FROM ${at === 0 ? from : sql`${to}_${at}`}`,
    )
  })
}

/** @returns SQL of each word after the move. O(days + words) in text. */
function movedWords(
  layout: WordLayout,
  words: readonly Sql[],
  dayFrom: (day: number) => number | undefined,
): Sql[] {
  const { wordsPerDay } = layout
  return words.map((_, word) => {
    if (wordsPerDay === 1) {
      const terms = runsOfDays(layout, word, dayFrom).map((run) => movedRun(layout, words, run))
      return terms.length > 0 ? sql.join(terms, sql` + `) : sql`0`
    }
    const day = dayFrom(Math.floor(word / wordsPerDay))
    return (day === undefined ? undefined : words[day * wordsPerDay + (word % wordsPerDay)]) ?? sql`0`
  })
}

/** Consecutive days of a word of the result that are consecutive in one word of the source, too. */
interface RunOfDays {
  readonly fromDay: number
  readonly toDay: number
  readonly days: number
}

function runsOfDays(
  { daysPerWord, grid }: WordLayout,
  word: number,
  dayFrom: (day: number) => number | undefined,
): RunOfDays[] {
  const runs: RunOfDays[] = []
  const first = word * daysPerWord
  for (let toDay = first; toDay < Math.min(first + daysPerWord, grid.lookbackDays); toDay++) {
    const fromDay = dayFrom(toDay)
    if (fromDay === undefined) continue
    const last = runs.at(-1)
    const isNext =
      last !== undefined &&
      toDay === last.toDay + last.days &&
      fromDay === last.fromDay + last.days &&
      fromDay % daysPerWord !== 0
    if (isNext) runs[runs.length - 1] = { ...last, days: last.days + 1 }
    else runs.push({ fromDay, toDay, days: 1 })
  }
  return runs
}

/** Bits are cut out before they are shifted left, so no shift overflows. */
function movedRun({ daysPerWord, grid }: WordLayout, words: readonly Sql[], run: RunOfDays): Sql {
  const bitsPerDay = grid.channelCount
  const source = words[Math.floor(run.fromDay / daysPerWord)] ?? sql`0`
  const down = (run.fromDay % daysPerWord) * bitsPerDay
  const up = (run.toDay % daysPerWord) * bitsPerDay
  const lowered = down === 0 ? source : sql`bitwise_right_shift(${source}, ${down})`
  const cut = sql`bitwise_and(${lowered}, ${2 ** (run.days * bitsPerDay) - 1})`
  return up === 0 ? cut : sql`bitwise_left_shift(${cut}, ${up})`
}
