import { sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodNameOf } from '../method-names.ts'
import { nameHtml } from '../names.ts'
import { formatAmount, formatConversions, formatCount, formatInterval } from '../numbers.ts'
import type { PerformanceRow } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'

const RULE = 'last_touch'
const SHOWN_CHANNELS = 25

/** @returns cost and return by channel; undefined where no spend was given. */
export function moneySection({ input, leading, second }: ReportView): Html | undefined {
  const rows = input.performance?.rows ?? []
  const own = rows.filter(({ method }) => method === leading.method)
  if (own.length === 0) return undefined
  const shown = [...own].sort((left, right) => right.spend - left.spend).slice(0, SHOWN_CHANNELS)
  const intervals = own.some(({ lower }) => lower !== null) ? leading.method : second?.method
  const of = (method: string | undefined) =>
    new Map(rows.filter((row) => row.method === method).map((row) => [row.channel, row]))
  const folded =
    own.length > shown.length
      ? html`<p>The ${shown.length} channels with the most spend; the table <code>performance</code> has all ${own.length}.</p>`
      : undefined
  return sectionHtml(
    'money',
    'What it cost and brought',
    performanceTable(shown, of(intervals), of(RULE)),
    folded,
    html`<p class="note">Credit by the ${methodNameOf(leading.method).name.toLowerCase()}${intervals === undefined || intervals === leading.method ? '' : html`, intervals by the ${methodNameOf(intervals).name.toLowerCase()}`}; in the currency of the spend table. A channel without positive credit has no cost per conversion.</p>`,
  )
}

function performanceTable(
  shown: readonly PerformanceRow[],
  intervals: ReadonlyMap<string, PerformanceRow>,
  rule: ReadonlyMap<string, PerformanceRow>,
): Html {
  const hasInterval = shown.some(({ channel }) => typeof intervals.get(channel)?.lower === 'number')
  const hasValue = shown.some(({ value }) => value !== null)
  const numeric = (heading: string) => ({ heading, numeric: true })
  const columns = [
    { heading: 'channel' },
    numeric('spend'),
    numeric('conversions'),
    numeric('cost per conversion'),
    ...(hasInterval ? [numeric('95 % interval')] : []),
    ...(rule.size > 0 ? [numeric('cost by last touch')] : []),
    ...(hasValue ? [numeric('value'), numeric('return on ad spend')] : []),
  ]
  const spendFormat = amountFormat(shown.map(({ spend }) => spend))
  const valueFormat = amountFormat(shown.map(({ value }) => value))
  const rows = shown.map((row) => {
    const interval = intervals.get(row.channel)
    return [
      nameHtml(row.channel),
      spendFormat(row.spend),
      formatConversions(row.conversions),
      formatAmount(row.costPerConversion),
      ...(hasInterval ? [costInterval(interval)] : []),
      ...(rule.size > 0 ? [formatAmount(rule.get(row.channel)?.costPerConversion)] : []),
      ...(hasValue ? [valueFormat(row.value), formatAmount(row.returnOnAdSpend)] : []),
    ]
  })
  return tableHtml('Cost and return by channel', columns, rows)
}

/** Where the credit may be nothing, the cost per conversion has no upper end. */
function costInterval(row: PerformanceRow | undefined): string {
  if (typeof row?.lower === 'number' && row.upper === null) return `${formatAmount(row.lower)} or more`
  return formatInterval(row?.lower, row?.upper, formatAmount)
}

/** A column of amounts has cents in all rows or in none. */
function amountFormat(amounts: readonly (number | null)[]): (amount: number | null) => string {
  return amounts.some((amount) => Math.abs(amount ?? 0) >= 1000) ? formatCount : formatAmount
}
