import { lastTouch } from '../../comparison/rules-of-thumb.ts'
import type { PerformanceRow } from '../../tables/performance.ts'
import { numberColumn, sectionHtml, type TableColumn, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { nameHtml } from '../names.ts'
import { formatAmount, formatConversions, formatCount, formatInterval } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const RULE = lastTouch.method
const SHOWN_CHANNELS = 25

type RowsByChannel = ReadonlyMap<string, PerformanceRow>

/** @returns cost and return by channel; undefined without spend. */
export function moneySection({ input, leading, second }: ReportView): Html | undefined {
  const rows = (input.performance?.rows ?? []).filter(({ campaign }) => campaign === null)
  const leadingRows = rows.filter(({ method }) => method === leading.method)
  if (leadingRows.length === 0) return undefined
  const shown = [...leadingRows].sort((left, right) => right.spend - left.spend).slice(0, SHOWN_CHANNELS)
  const intervalMethod = leadingRows.some(({ lower }) => lower !== null) ? leading.method : second?.method
  const rowsBy = (method: string | undefined): RowsByChannel =>
    new Map(rows.filter((row) => row.method === method).map((row) => [row.channel, row]))
  const folded =
    leadingRows.length > shown.length
      ? html`<p>These are the ${shown.length} channels with the highest spend; the table <code>performance</code> lists all ${leadingRows.length}.</p>`
      : undefined
  const intervalSource =
    intervalMethod === undefined || intervalMethod === leading.method
      ? ''
      : `, intervals from ${methodInSentence(intervalMethod)}`
  return sectionHtml(
    'money',
    'Cost and return',
    performanceTable(shown, rowsBy(intervalMethod), rowsBy(RULE)),
    folded,
    html`<p class="note">Credit from ${methodInSentence(leading.method)}${intervalSource}; amounts in the currency of the spend table. A channel without positive credit has no cost per conversion.</p>`,
  )
}

function performanceTable(
  shown: readonly PerformanceRow[],
  intervals: RowsByChannel,
  rule: RowsByChannel,
): Html {
  const hasInterval = shown.some(({ channel }) => typeof intervals.get(channel)?.lower === 'number')
  const formatSpend = amountFormat(shown.map(({ spend }) => spend))
  const interval = numberColumn('95% interval', ({ channel }: PerformanceRow) =>
    costInterval(intervals.get(channel)),
  )
  const ruleCost = numberColumn('cost by last touch', ({ channel }: PerformanceRow) =>
    formatAmount(rule.get(channel)?.costPerConversion),
  )
  const columns: readonly TableColumn<PerformanceRow>[] = [
    textColumn('channel', ({ channel }) => nameHtml(channel)),
    numberColumn('spend', ({ spend }) => formatSpend(spend)),
    numberColumn('conversions', ({ conversions }) => formatConversions(conversions)),
    numberColumn('cost per conversion', ({ costPerConversion }) => formatAmount(costPerConversion)),
    ...(hasInterval ? [interval] : []),
    ...(rule.size > 0 ? [ruleCost] : []),
    ...returnColumns(shown),
  ]
  return tableHtml('Cost and return by channel', columns, shown)
}

/** None if conversions have no value. */
function returnColumns(shown: readonly PerformanceRow[]): readonly TableColumn<PerformanceRow>[] {
  if (shown.every(({ value }) => value === null)) return []
  const formatValue = amountFormat(shown.map(({ value }) => value))
  return [
    numberColumn('value', ({ value }) => formatValue(value)),
    numberColumn('return on ad spend', ({ returnOnAdSpend }) => formatAmount(returnOnAdSpend)),
  ]
}

/** If the credit may be zero, the cost per conversion has no upper limit. */
function costInterval(row: PerformanceRow | undefined): string {
  if (typeof row?.lower === 'number' && row.upper === null) return `${formatAmount(row.lower)} or more`
  return formatInterval(row?.lower, row?.upper, formatAmount)
}

/** Either all amounts of a column have cents or none. */
function amountFormat(amounts: readonly (number | null)[]): (amount: number | null) => string {
  return amounts.some((amount) => Math.abs(amount ?? 0) >= 1000) ? formatCount : formatAmount
}
