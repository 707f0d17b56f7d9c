import type { JourneysResult } from '../../artifacts/results.ts'
import { MAX_LENGTH, PATH_START } from '../../comparison/journeys.ts'
import { type AttributionRow, totalRows } from '../../tables/attribution.ts'
import { columnChart } from '../charts/column-chart.ts'
import { flowChart, OTHER_CHANNELS } from '../charts/flow-chart.ts'
import { dayGroups, daysByChannel } from '../day-credits.ts'
import { figureHtml, numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { nameHtml } from '../names.ts'
import { counted, formatCount, formatShare } from '../numbers.ts'
import type { ComparisonResult } from '../report-input.ts'

/** What ways to a conversion are read from. */
export type JourneysInput = Pick<ComparisonResult, 'journeys' | 'methods'>

/**
 * @param lookbackDays of the window; undefined where paths have no days.
 * @returns how long ways to a conversion are, in touches and days, and which touches follow each other.
 */
export function journeysSection(
  { journeys, methods }: JourneysInput,
  lookbackDays: number | undefined,
): Html | undefined {
  if (journeys === undefined || journeys.lengths.every(({ conversions }) => conversions <= 0))
    return undefined
  const days = lookbackDays === undefined ? undefined : daysToConversion(methods, lookbackDays)
  return sectionHtml(
    'journeys',
    'Ways to a conversion',
    html`<p>${[...lengthSentences(journeys), ...daySentences(days)].join(' ')}</p>`,
    lengthsFigure(journeys),
    days && daysFigure(days),
    journeys.flows.length > 0 ? flowsFigure(journeys) : undefined,
  )
}

function lengthSentences({ lengths }: JourneysResult): readonly string[] {
  const touched = lengths.filter(({ touches }) => touches > 0)
  const median = medianOf(touched.map(({ touches, conversions }) => [touches, conversions]))
  if (median === undefined) return []
  const all = touched.reduce((sum, { conversions }) => sum + conversions, 0)
  return [
    `${counted(all, 'conversion')} came after at least one touch; half of them after ${touchesText(median)}${median === MAX_LENGTH ? '' : ' at most'}.`,
  ]
}

/** The last length stands for itself and all longer ones. */
function touchesText(touches: number): string {
  return touches === MAX_LENGTH ? `${touches} touches or more` : counted(touches, 'touch', 'touches')
}

function daySentences(days: readonly DaysRow[] | undefined): readonly string[] {
  const median = medianOf(days?.map(({ lastDay, sinceFirst }) => [lastDay, sinceFirst]) ?? [])
  return median === undefined
    ? []
    : [`Half of them came within ${counted(median, 'day')} of the first touch of the window.`]
}

/** @returns the lowest number up to which half of the weight lies. */
function medianOf(weighted: readonly (readonly [number: number, weight: number])[]): number | undefined {
  const all = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  let sum = 0
  for (const [number, weight] of weighted) {
    sum += weight
    if (all > 0 && sum >= all / 2) return number
  }
  return undefined
}

type LengthRow = JourneysResult['lengths'][number]

const lengthLabel = ({ touches }: LengthRow) => (touches === MAX_LENGTH ? `${touches}+` : `${touches}`)

/** Lengths that no path has are part of the axis. */
function withoutGaps(lengths: readonly LengthRow[]): readonly LengthRow[] {
  const longest = lengths.at(-1)?.touches ?? 0
  return Array.from({ length: longest + 1 }, (_, touches) => {
    return lengths.find((row) => row.touches === touches) ?? { touches, conversions: 0, nullPaths: 0 }
  })
}

function lengthsFigure({ lengths: found }: JourneysResult): Html {
  const lengths = withoutGaps(found)
  const all = lengths.reduce((sum, { conversions }) => sum + conversions, 0)
  const most = lengths.reduce((best, one) => (one.conversions > best.conversions ? one : best))
  const columns = [
    textColumn('touches', lengthLabel),
    numberColumn('conversions', ({ conversions }: LengthRow) => formatCount(conversions)),
    numberColumn('of all', ({ conversions }: LengthRow) => formatShare(conversions / all)),
    numberColumn('paths without one', ({ touches, nullPaths }: LengthRow) =>
      touches === 0 ? formatCount(null) : formatCount(nullPaths),
    ),
  ]
  const alternative =
    `Column chart of ${counted(all, 'conversion')} by the number of touches before them: ` +
    `most, ${formatCount(most.conversions)}, after ${touchesText(most.touches)}.`
  return figureHtml({
    chart: columnChart(
      lengths.map((row) => ({ label: lengthLabel(row), amount: row.conversions })),
      { alternative, axis: 'touches on the path' },
    ),
    caption:
      'Conversions by the number of touches in the window before them; those without a touch are the baseline of rules of thumb.',
    tableName: 'conversions by number of touches',
    table: tableHtml('Conversions by number of touches', columns, lengths),
  })
}

interface DaysRow {
  readonly label: string
  readonly lastDay: number
  readonly sinceFirst: number
  readonly sinceLast: number
}

/** First and last touch credit whole conversions to the days on which these touches were. */
function daysToConversion(
  methods: JourneysInput['methods'],
  lookbackDays: number,
): readonly DaysRow[] | undefined {
  const rowsOf = (method: string): readonly AttributionRow[] =>
    totalRows(methods.find((one) => one.method === method)?.rows ?? [])
  const [first, last] = ['first_touch', 'last_touch'].map((method) =>
    daysByChannel(rowsOf(method), lookbackDays),
  )
  if (first === undefined || last === undefined) return undefined
  const sum = (days: NonNullable<typeof first>, at: number) =>
    [...days.values()].reduce((all, conversions) => all + (conversions[at] ?? 0), 0)
  return dayGroups(lookbackDays).map(({ label, lastDay }, at) => {
    return { label, lastDay, sinceFirst: sum(first, at), sinceLast: sum(last, at) }
  })
}

function daysFigure(days: readonly DaysRow[]): Html {
  const most = days.reduce((best, one) => (one.sinceFirst > best.sinceFirst ? one : best))
  const alternative =
    'Column chart of conversions by days since the first touch of their path: ' +
    `most, ${formatCount(most.sinceFirst)}, after ${most.label === '1' ? '1 day' : `${most.label} days`}.`
  const columns = [
    textColumn('days', ({ label }: DaysRow) => label),
    numberColumn('since the first touch', ({ sinceFirst }: DaysRow) => formatCount(sinceFirst)),
    numberColumn('since the last touch', ({ sinceLast }: DaysRow) => formatCount(sinceLast)),
  ]
  return figureHtml({
    chart: columnChart(
      days.map(({ label, sinceFirst }) => ({ label, amount: sinceFirst })),
      { alternative, axis: 'days from the first touch to the conversion' },
    ),
    caption: 'Conversions by calendar days between the first touch in the window and the conversion.',
    tableName: 'conversions by days from first and last touch',
    table: tableHtml('Conversions by days from first and last touch', columns, days),
  })
}

type Flow = JourneysResult['flows'][number]

const SHOWN_FLOWS = 40

function flowsFigure(journeys: JourneysResult): Html {
  const ranked = [...journeys.flows].sort((left, right) => right.conversions - left.conversions)
  const channelOf = (channel: string | null) =>
    channel === null ? html`<em>${OTHER_CHANNELS}</em>` : nameHtml(channel)
  const columns = [
    textColumn('touch', ({ from }: Flow) => channelOf(from)),
    numberColumn('touches after it', ({ touchesBefore }: Flow) => formatCount(touchesBefore)),
    textColumn('the touch before it', ({ previous }: Flow) =>
      previous === PATH_START ? html`<em>none: the path starts here</em>` : channelOf(previous),
    ),
    numberColumn('conversions', ({ conversions }: Flow) => formatCount(conversions)),
  ]
  const more =
    ranked.length > SHOWN_FLOWS
      ? ` The table has the ${SHOWN_FLOWS} commonest of ${formatCount(ranked.length)} steps.`
      : ''
  return figureHtml({
    chart: flowChart(journeys),
    caption: `The last touches of all paths that led to a conversion, from left to right. A band is as wide as the conversions that took this step; a block that is wider than what comes in is where paths start.${more}`,
    tableName: 'steps from touch to touch',
    table: tableHtml('Steps from touch to touch', columns, ranked.slice(0, SHOWN_FLOWS)),
  })
}
