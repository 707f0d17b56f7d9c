import { sectionHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { visibleName } from '../names.ts'
import { formatCount, formatDay } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

type Fact = readonly [name: string, value: string | Html, note?: string]

/** @returns what the data hold, and what of them was left out and why. */
export function factsSection({ input }: ReportView): Html {
  const { counts, period, options, channels } = input.manifest
  const day = (atSec: number) => formatDay(atSec, options.timeZone)
  const facts: readonly Fact[] = [
    ['Period', `${day(period.firstAtSec)} to ${day(period.lastAtSec)}`, `days in ${options.timeZone}`],
    ['Lookback window', `${options.lookbackDays} days`, 'the day of the conversion and those before it'],
    ['Rows', formatCount(counts.rows), `of table ${visibleName(`${options.database}.${options.table}`)}`],
    ['Rows skipped', formatCount(counts.rowsWithoutUser + counts.rowsWithoutTime), skipped(counts)],
    ['Users', formatCount(counts.users)],
    ['Touches', formatCount(counts.touches), `of ${formatCount(channels.length)} channels`],
    ['Conversions', formatCount(counts.conversions), kindOf(options.conversionType)],
    [
      'Brought in by a conversion',
      formatCount(counts.entryConversions),
      'users whose first row is a conversion: nothing is known before it, so it counts to the baseline',
    ],
    [
      'Merged',
      formatCount(counts.mergedConversionRows),
      'conversion rows of one user in the same second, counted as one conversion',
    ],
  ]
  const entries = facts.map(
    ([name, value, note]) =>
      html`<div><dt>${name}</dt><dd><strong>${value}</strong>${note ? html` <span class="quiet">${note}</span>` : undefined}</dd></div>\n`,
  )
  return sectionHtml(
    'data',
    'What the data hold',
    html`<dl class="facts">${entries}</dl>`,
    seedFormatNote(input.manifest.seedFormat),
  )
}

function skipped(counts: ReportView['input']['manifest']['counts']): string {
  return `${formatCount(counts.rowsWithoutUser)} without a user, ${formatCount(counts.rowsWithoutTime)} without a time`
}

function kindOf(conversionType: string | null): string {
  return conversionType === null ? 'of every kind' : `of the kind ${visibleName(conversionType)}`
}

function seedFormatNote(seedFormat: boolean): Html | undefined {
  return seedFormat
    ? html`<p>Every conversion sits on a row with a channel, so days without a touch never show a conversion: a baseline can’t be told from these data, and the channels share all conversions.</p>`
    : undefined
}
