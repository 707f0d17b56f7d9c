import { INTERVAL_REACH } from '../../evidence/quality.ts'
import type { RunChannel, RunInTables } from '../../queries/last-runs.ts'
import { runsChart, type ShareLine, type SharePoint } from '../charts/runs-chart.ts'
import {
  channelHtml,
  figureHtml,
  legendHtml,
  numberColumn,
  sectionHtml,
  tableHtml,
  textColumn,
} from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { nameHtml, type Sentence, sentenceHtml, visibleName } from '../names.ts'
import { counted, formatPValue, formatShare } from '../numbers.ts'
import type { RunsResult } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'
import { CHANGE_LEVEL, findChanges, type RunChange } from '../run-changes.ts'
import { findAbsences, type RunAbsence } from '../run-presence.ts'

const HEADING = 'Run by run'
const DRAWN_CHANNELS = 12
const LISTED_CHANGES = 25
const NAMED_ABSENCES = 8

/** @returns the shares of the last runs side by side, and what changed by more than noise; nothing where none were read. */
export function runsSection({ input, leading, shown }: ReportView): Html | undefined {
  const { runs } = input
  if (runs === undefined) return undefined
  const method = methodInSentence(leading.method)
  if (runs.length < 2) {
    const what = runs.length === 0 ? 'no run' : 'one run only'
    return sectionHtml(
      'runs',
      HEADING,
      html`<p>The tables hold ${what} by ${method}: there is nothing to set side by side yet. Of runs that credit the same days, the newest counts.</p>`,
    )
  }
  const channels = channelsOf(runs)
  const changes = findChanges(
    channels.map(({ shares }) => shares.map(({ share, deviation }) => ({ share, deviation }))),
  )
  const absences = findAbsences(channels.map(({ shares }) => shares.map(({ share }) => share)))
  const listed = channels.map((channel, at) => ({ ...channel, change: changes[at], absence: absences[at] }))
  return sectionHtml(
    'runs',
    HEADING,
    html`<p>${[...changeSentences(listed, runs), ...absenceSentences(listed, runs)].map((sentence) => html`${sentenceHtml(sentence)} `)}</p>`,
    runsFigure(listed, runs, method),
    changesTable(listed, runs, shown.data.placeOf),
    html`<p class="note">${runs.length === 2 ? TWO_RUNS : MORE_RUNS} p holds for all channels and all ways to part the runs together (Holm, Bonferroni): where nothing changes, one such page in twenty says that something did. A share also changes where another channel’s credit does.</p>`,
  )
}

const TWO_RUNS =
  'The test takes the difference of both shares, in standard errors of both intervals: two runs have no neighbours that would show which part of their errors is the same.'
const MORE_RUNS =
  'The test parts the runs of each channel into earlier and later ones in every way and takes the largest difference of mean shares, in standard errors. Of these, only the part that differs between neighbouring runs shrinks with the number of runs: runs share data and models.'

interface ChannelRuns {
  readonly channel: string
  readonly meanShare: number
  readonly shares: readonly {
    readonly share: number | null
    readonly deviation: number | null
    readonly point: SharePoint | undefined
  }[]
}

interface ListedChannel extends ChannelRuns {
  readonly change: RunChange | undefined
  readonly absence: RunAbsence | undefined
}

/** By mean share, the highest first. */
function channelsOf(runs: RunsResult): readonly ChannelRuns[] {
  const names = new Set(runs.flatMap(({ channels }) => channels.map(({ channel }) => channel)))
  const byRun = runs.map((run) => {
    return { byChannel: new Map(run.channels.map((one) => [one.channel, one])), total: totalOf(run) }
  })
  return [...names]
    .map((channel) => {
      const shares = byRun.map(({ byChannel, total }) => shareIn(byChannel.get(channel), total))
      const meanShare = shares.reduce((sum, { share }) => sum + (share ?? 0), 0) / runs.length
      return { channel, shares, meanShare }
    })
    .sort((left, right) => right.meanShare - left.meanShare)
}

/** Conversions of all channels. */
function totalOf({ channels }: RunInTables): number {
  return channels.reduce((sum, { conversions }) => sum + (conversions ?? 0), 0)
}

/** The interval of a share is that of the conversions, divided by those of all channels. */
function shareIn(channel: RunChannel | undefined, total: number): ChannelRuns['shares'][number] {
  const { share = null, conversions = null, lower = null, upper = null } = channel ?? {}
  if (share === null) return { share, deviation: null, point: undefined }
  if (conversions === null || lower === null || upper === null || !(total > 0)) {
    return { share, deviation: null, point: { share, interval: null } }
  }
  const reach = Math.max(conversions - lower, upper - conversions)
  const interval = { lower: lower / total, upper: upper / total }
  return { share, deviation: reach / INTERVAL_REACH / total, point: { share, interval } }
}

const isMoreThanNoise = (change: RunChange | undefined) =>
  change !== undefined && change.pValue < CHANGE_LEVEL

function dayOf(runs: RunsResult, at: number): string {
  return visibleName(runs[at]?.creditedTo ?? '')
}

function changeSentences(channels: readonly ListedChannel[], runs: RunsResult): readonly Sentence[] {
  if (channels.every(({ change }) => change === undefined)) {
    return [['These runs have no intervals by channel, so this page can’t tell what changed from noise.']]
  }
  const changed = channels.filter(({ change }) => isMoreThanNoise(change))
  if (changed.length === 0) {
    const what = channels.some(({ absence }) => absence !== undefined)
      ? 'No channel changed by more than noise among the runs that have credit for it'
      : 'Nothing changed by more than noise'
    return [[`${what} in these ${counted(runs.length, 'run')}.`]]
  }
  return changed.map(({ channel, change }) => [
    { name: channel },
    ` went from ${formatShare(change?.before)} to ${formatShare(change?.after)} with the run of ${dayOf(runs, change?.run ?? 0)}, which is more than noise (${formatPValue(change?.pValue ?? 1)}).`,
  ])
}

/** No test knows these: where a channel has no credit, it has no share with an interval. */
function absenceSentences(channels: readonly ListedChannel[], runs: RunsResult): readonly Sentence[] {
  const away = channels.flatMap(({ channel, absence }) =>
    absence === undefined ? [] : [{ channel, absence }],
  )
  const sentences = away
    .slice(0, NAMED_ABSENCES)
    .map(({ channel, absence }): Sentence => [{ name: channel }, ` ${absenceWords(absence, runs)}.`])
  const more = away.length - sentences.length
  if (more === 0) return sentences
  return [
    ...sentences,
    [`${counted(more, 'more channel')} with smaller shares lack credit in some of the runs.`],
  ]
}

function absenceWords({ kind, run, missing }: RunAbsence, runs: RunsResult): string {
  if (kind === 'appears') return `has no credit before the run of ${dayOf(runs, run)}`
  if (kind === 'vanishes') return `has no credit from the run of ${dayOf(runs, run)} on`
  return `has no credit in ${missing} of the ${counted(runs.length, 'run')}`
}

function runsFigure(channels: readonly ListedChannel[], runs: RunsResult, method: string): Html {
  const drawn = channels.slice(0, DRAWN_CHANNELS)
  const lines = drawn.map(({ channel, shares, change }): ShareLine => {
    const changedAt = isMoreThanNoise(change) ? change?.run : undefined
    return { channel, points: shares.map(({ point }) => point), changedAt }
  })
  const days = runs.map((_, at) => dayOf(runs, at))
  const alternative = `Line charts of the share of ${counted(drawn.length, 'channel')} in ${counted(runs.length, 'run')}, from ${days[0]} to ${days.at(-1)}; the table has every number.`
  type Row = { readonly run: RunInTables; readonly at: number }
  const columns = [
    textColumn('last credited day', ({ at }: Row) => dayOf(runs, at)),
    textColumn('run', ({ run }: Row) => nameHtml(run.runId)),
    ...drawn.map(({ channel, shares }) =>
      numberColumn(html`${nameHtml(channel, 18)}`, ({ at }: Row) => formatShare(shares[at]?.share)),
    ),
  ]
  const hasChange = lines.some(({ changedAt }) => changedAt !== undefined)
  const rest =
    channels.length > drawn.length
      ? ` ${counted(channels.length - drawn.length, 'channel')} with smaller shares are not drawn.`
      : ''
  return figureHtml({
    chart: runsChart(lines, days, alternative),
    caption: `Share of the channels’ credit by ${method}, run by run.${rest}`,
    legend: legendHtml([
      ['bar', 'share and 95% interval'],
      ...(hasChange ? [['change', 'changed by more than noise'] as const] : []),
    ]),
    tableName: 'share by run and channel',
    table: tableHtml(
      'Share by run and channel',
      columns,
      runs.map((run, at) => ({ run, at })),
      'shares',
    ),
  })
}

function changesTable(
  channels: readonly ListedChannel[],
  runs: RunsResult,
  placeOf: (channel: string) => number | undefined,
): Html | undefined {
  const tested = channels
    .flatMap(({ channel, change, absence }) => (change === undefined ? [] : [{ channel, change, absence }]))
    .sort((left, right) => left.change.pValue - right.change.pValue)
    .slice(0, LISTED_CHANGES)
  if (tested.length === 0) return undefined
  type Row = (typeof tested)[number]
  return tableHtml(
    'Largest change of each channel',
    [
      textColumn('channel', ({ channel }: Row) => channelHtml(channel, placeOf)),
      textColumn('since the run of', ({ change }: Row) => dayOf(runs, change.run)),
      numberColumn('mean share before', ({ change }: Row) => formatShare(change.before)),
      numberColumn('and after', ({ change }: Row) => formatShare(change.after)),
      numberColumn('p', ({ change }: Row) => formatPValue(change.pValue).replace(/^p (= )?/, '')),
      textColumn('verdict', ({ change, absence }: Row) => {
        if (isMoreThanNoise(change)) return html`<strong>more than noise</strong>`
        return absence === undefined ? 'within noise' : 'within noise in runs that have it'
      }),
    ],
    tested,
  )
}
