import type { RenameChannel } from '../examples/channel-rules.ts'
import { isBlank } from '../examples/vocabulary.ts'
import type { DayRows } from './bulk.ts'
import type { ResultRow } from './result-columns.ts'
import type { BadValues, SurveyCounts, SurveyedValues } from './survey-checks.ts'
import type { surveyed } from './survey-query.ts'
import { isNullText } from './touchpoint-columns.ts'

type OutsideRow = Pick<
  ResultRow<typeof surveyed>,
  'impossibleTimes' | 'leastImpossibleSec' | 'greatestImpossibleSec'
>

const NO_ROWS = { rows: 0, firstAtSec: Number.POSITIVE_INFINITY, lastAtSec: Number.NEGATIVE_INFINITY }

/** What the queries of a survey add up to. */
export class Tally {
  /** By the names that rules give. */
  readonly touchesByChannel = new Map<string, number>()
  /** By the names that the touchpoints have. */
  readonly touchesByName = new Map<string, number>()
  /** Those that rules leave out. */
  readonly ignored: BadValues = { rows: 0, example: undefined }
  /** Hours since 1970 in UTC with the conversions in them that are learned from. */
  readonly conversionHours = new Map<number, number>()
  readonly counts: SurveyCounts = {
    rows: 0,
    rowsWithoutUser: 0,
    rowsWithoutTime: 0,
    touches: 0,
    conversionRows: 0,
    learnedConversionRows: 0,
    creditedConversionRows: 0,
    conversionRowsWithoutTouch: 0,
    firstAtSec: Number.POSITIVE_INFINITY,
    lastAtSec: Number.NEGATIVE_INFINITY,
  }
  readonly badValues: SurveyedValues = {
    times: { rows: 0, example: undefined },
    conversions: { rows: 0, example: undefined },
    values: { rows: 0, example: undefined },
  }
  readonly nullTextUsers: BadValues = { rows: 0, example: undefined }
  readonly nullTextChannels: BadValues = { rows: 0, example: undefined }
  readonly zoneless: BadValues = { rows: 0, example: undefined }
  /** Rows with very many conversions, and the most that one has. */
  readonly largeCounts = { rows: 0, most: 0 }
  readonly impossible = { rows: 0, leastSec: Number.POSITIVE_INFINITY, greatestSec: Number.NEGATIVE_INFINITY }
  readonly afterSession = { rows: 0, firstAtSec: Number.POSITIVE_INFINITY }
  readonly #nullTexts: readonly string[] | undefined
  readonly #rename: RenameChannel
  readonly #days = new Map<number, DayRows>()

  /** @param nullTexts texts that stand for NULL, in lower case. @param rename as the rules say. */
  constructor(nullTexts: readonly string[] | undefined, rename: RenameChannel) {
    this.#nullTexts = nullTexts
    this.#rename = rename
  }

  add(found: ResultRow<typeof surveyed>): void {
    if (found.isDay > 0) this.#addDay(found)
    else this.#addChannel(found)
  }

  addOutside({ impossibleTimes, leastImpossibleSec, greatestImpossibleSec }: OutsideRow): void {
    const { impossible } = this
    impossible.rows += impossibleTimes
    impossible.leastSec = Math.min(impossible.leastSec, leastImpossibleSec ?? Number.POSITIVE_INFINITY)
    impossible.greatestSec = Math.max(
      impossible.greatestSec,
      greatestImpossibleSec ?? Number.NEGATIVE_INFINITY,
    )
  }

  /** @returns the days with rows that are read. */
  get days(): readonly DayRows[] {
    return [...this.#days.values()]
  }

  #addDay({ day, conversionHour, rowsRead, ...found }: ResultRow<typeof surveyed>): void {
    if (day === null || rowsRead === 0) return
    const { rows, firstAtSec, lastAtSec } = this.#days.get(day) ?? NO_ROWS
    this.#days.set(day, {
      day,
      rows: rows + rowsRead,
      firstAtSec: Math.min(firstAtSec, found.firstAtSec ?? 0),
      lastAtSec: Math.max(lastAtSec, found.lastAtSec ?? 0),
    })
    if (conversionHour !== null) this.conversionHours.set(conversionHour, found.learnedConversionRows)
  }

  #addChannel(found: ResultRow<typeof surveyed>): void {
    const { counts, badValues } = this
    counts.rows += found.rows
    counts.rowsWithoutUser += found.rowsWithoutUser + found.nullTextUsers
    counts.rowsWithoutTime += found.rowsWithoutTime
    counts.conversionRows += found.conversionRows
    counts.learnedConversionRows += found.learnedConversionRows
    counts.creditedConversionRows += found.creditedConversionRows
    const isText = found.channel !== null && isNullText(found.channel, this.#nullTexts)
    if (isBlank(found.channel) || isText) {
      counts.conversionRowsWithoutTouch += found.conversionRows
      if (isText) noteBad(this.nullTextChannels, found.rowsRead, found.channel)
    } else this.#addTouches(found.channel, found)
    counts.firstAtSec = Math.min(counts.firstAtSec, found.firstAtSec ?? Number.POSITIVE_INFINITY)
    counts.lastAtSec = Math.max(counts.lastAtSec, found.lastAtSec ?? Number.NEGATIVE_INFINITY)
    noteBad(badValues.times, found.badTimes, found.badTime)
    noteBad(badValues.conversions, found.badConversions, found.badConversion)
    noteBad(badValues.values, found.badValues, found.badValue)
    this.largeCounts.rows += found.largeCounts
    this.largeCounts.most = Math.max(this.largeCounts.most, found.largestCount ?? 0)
    noteBad(this.nullTextUsers, found.nullTextUsers, found.nullTextUser)
    noteBad(this.zoneless, found.zonelessTimes, found.zonelessTime)
    this.addOutside(found)
    this.afterSession.rows += found.rowsAfterSession
    this.afterSession.firstAtSec = Math.min(
      this.afterSession.firstAtSec,
      found.firstAfterSession ?? Number.POSITIVE_INFINITY,
    )
  }

  #addTouches(name: string, { rowsRead, conversionRows }: ResultRow<typeof surveyed>): void {
    const { counts, touchesByChannel } = this
    if (rowsRead === 0) return
    this.touchesByName.set(name, rowsRead)
    const channel = this.#rename(name)
    if (channel === null) {
      counts.conversionRowsWithoutTouch += conversionRows
      noteBad(this.ignored, rowsRead, name)
      return
    }
    counts.touches += rowsRead
    touchesByChannel.set(channel, (touchesByChannel.get(channel) ?? 0) + rowsRead)
  }
}

function noteBad(bad: BadValues, rows: number, example: string | null): void {
  bad.rows += rows
  if (example !== null && (bad.example === undefined || example < bad.example)) bad.example = example
}
