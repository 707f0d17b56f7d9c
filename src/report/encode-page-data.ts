import { type AttributionRow, type MethodRows, totalRows } from '../tables/attribution.ts'
import type { ChannelTotal, MethodTotals } from './channel-totals.ts'
import { daysByChannel } from './day-credits.ts'
import { Html } from './html.ts'
import { methodNameOf } from './method-names.ts'
import { campaignTotals, segmentRows, segmentTotals } from './method-totals.ts'
import type { AnswerData, MethodData, PageData, TotalCells } from './page-data.ts'
import { type ReportView, wordsOf } from './report-view.ts'

/** Channels of which a page's script knows the days, by each method; it knows those of the others together. */
const CHANNELS_WITH_DAYS = 40
/** Of segments, those that are drawn. */
const SEGMENT_CHANNELS_WITH_DAYS = 13

/** @returns what the page's script works with. O(rows). */
export function pageDataOf(view: ReportView): PageData {
  const { input, channels, shown, segments } = view
  const names = { channels: placesOf(channels), campaigns: new Map<string, number>() }
  const rows = [...input.shapley.methods, ...(input.comparison?.methods ?? [])]
  const methods = rows.map((method, at) => methodData(view, names, method, at))
  const placeOf = (channel: string) => names.channels.get(channel) ?? -1
  return {
    channels,
    campaigns: [...names.campaigns.keys()],
    segments,
    methods,
    lookbackDays: shown.data.lookbackDays,
    timeZone: shown.data.timeZone,
    seedFormat: shown.data.seedFormat,
    truth: input.truth && {
      baseline: input.truth.baseline,
      byPlace: channels.map((channel) => shown.data.truth?.byChannel.get(channel) ?? null),
    },
    paths: (input.comparison?.paths ?? []).map(({ channels: touched, conversions }) => [
      touched.map(placeOf),
      conversions,
    ]),
    pairs: input.shapley.pairs.map(({ channels: [first, second], conversions }) => [
      placeOf(first),
      placeOf(second),
      digits(conversions),
    ]),
    spend: spendOf(view).map(([channel, spend]) => [placeOf(channel), spend]),
  }
}

/** @returns what each channel that the methods know cost; none without spend. */
export function spendOf({ input, leading, channels }: ReportView): readonly (readonly [string, number])[] {
  const known = new Set(channels)
  const rows = input.performance?.rows ?? []
  return rows
    .filter(
      ({ method, channel, campaign, spend }) =>
        method === leading.method && campaign === null && known.has(channel) && spend > 0,
    )
    .map(({ channel, spend }) => [channel, spend] as const)
}

/** @returns the data as an element that the browser does not run; no name in it can end it or turn the text around it. */
export function pageDataHtml(data: PageData): Html {
  const text = JSON.stringify(data).replace(
    /[<>&\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return new Html(`<script type="application/json" id="page-data">${text}</script>`)
}

type Places = ReadonlyMap<string, number>

interface Names {
  readonly channels: Places
  readonly campaigns: Map<string, number>
}

function placesOf(names: readonly string[]): Places {
  return new Map(names.map((name, place) => [name, place]))
}

function methodData(view: ReportView, names: Names, method: MethodRows, at: number): MethodData {
  const totals = view.methods[at]
  const second = at === 0 && view.second !== undefined ? view.methods.indexOf(view.second) : undefined
  const { lookbackDays } = view.shown.data
  return {
    ...wordsOf(method.method),
    explanation: methodNameOf(method.method).explanation,
    ...answerData(names, totals, totalRows(method.rows), lookbackDays, CHANNELS_WITH_DAYS),
    second,
    campaigns: campaignTotals(method).map(({ campaign, ...total }) => {
      const place = names.campaigns.get(campaign) ?? names.campaigns.size
      names.campaigns.set(campaign, place)
      return [names.channels.get(total.channel) ?? -1, ...cellsOf(place, total)]
    }),
    segments: view.segments.map((segment) =>
      answerData(
        names,
        segmentTotals(method, segment),
        segmentRows(method.rows, segment),
        lookbackDays,
        SEGMENT_CHANNELS_WITH_DAYS,
      ),
    ),
  }
}

function answerData(
  { channels: places }: Names,
  totals: MethodTotals | undefined,
  rows: readonly AttributionRow[],
  lookbackDays: number,
  withDays: number,
): AnswerData {
  const channels = totals?.channels ?? []
  const placeOf = (channel: string) => places.get(channel) ?? -1
  const days = daysByChannel(rows, lookbackDays)
  const own = channels.slice(0, withDays).map(({ channel }) => channel)
  const others = [...(days ?? [])].filter(([channel]) => places.has(channel) && !own.includes(channel))
  return {
    totals: channels.map((total) => cellsOf(placeOf(total.channel), total)),
    baseline: totals?.baseline && cellsOf(-1, totals.baseline),
    days: days && [
      ...own.flatMap((channel) => {
        const conversions = days.get(channel)
        return conversions === undefined ? [] : [[placeOf(channel), ...conversions.map((one) => digits(one))]]
      }),
      ...(others.length === 0 ? [] : [[-1, ...sums(others.map(([, conversions]) => conversions))]]),
    ],
  }
}

function sums(rows: readonly (readonly number[])[]): readonly number[] {
  return (rows[0] ?? []).map((_, at) => digits(rows.reduce((sum, row) => sum + (row[at] ?? 0), 0)))
}

/** Nulls at the end are left out. */
function cellsOf(place: number, { conversions, value, share, interval }: ChannelTotal): TotalCells {
  const maybeDigits = (cell: number | null | undefined, decimals?: number) =>
    typeof cell === 'number' ? digits(cell, decimals) : null
  const ends = [maybeDigits(interval?.lower), maybeDigits(interval?.upper)]
  const cells = [maybeDigits(conversions), maybeDigits(value), maybeDigits(share, 6), ...ends]
  return [place, ...cells.slice(0, cells.findLastIndex((cell) => cell !== null) + 1)]
}

/** Six digits or three decimals, whichever is more: tables show whole numbers of any length, seldom rounded twice. */
function digits(value: number, decimals = 4): number {
  return Number(Math.abs(value) < 1e3 ? Number(value.toPrecision(6)).toFixed(decimals) : value.toFixed(3))
}
