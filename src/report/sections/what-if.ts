import { channelHtml, numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { spendOf } from '../encode-page-data.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { formatAmount, formatConversions, formatCount, formatInterval } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'
import { marginalReturn, marginalUnit, RETURNS, type SpentChannel } from '../what-if.ts'

const SHOWN_CHANNELS = 25

/** @returns what more spend would bring by channel, and a place for the script to move some; nothing without spend. */
export function whatIfSection(view: ReportView): Html | undefined {
  const { leading, totals, second, shown } = view
  const credits = new Map(totals.channels.map((total) => [total.channel, total]))
  const intervals = new Map(second?.channels.map(({ channel, interval }) => [channel, interval]))
  const spent = spendOf(view)
    .flatMap(([channel, spend]): SpentChannel[] => {
      const total = credits.get(channel)
      if (total === undefined || total.conversions === null) return []
      const interval = total.interval ?? intervals.get(channel) ?? null
      return [{ channel, spend, conversions: total.conversions, interval }]
    })
    .sort((left, right) => right.conversions / right.spend - left.conversions / left.spend)
  if (spent.length < 2) return undefined
  const unit = marginalUnit(spent)
  const columns = [
    textColumn('channel', ({ channel }: SpentChannel) => channelHtml(channel, shown.data.placeOf)),
    numberColumn('spend', ({ spend }: SpentChannel) => formatAmount(spend)),
    ...RETURNS.flatMap(({ exponent, words }) => [
      numberColumn(`if returns ${words}`, (one: SpentChannel) =>
        formatConversions(marginalReturn(one, unit, exponent).conversions),
      ),
      ...(exponent === 1
        ? [
            numberColumn('95% interval', (one: SpentChannel) => {
              const { interval } = marginalReturn(one, unit, exponent)
              return formatInterval(interval?.lower, interval?.upper)
            }),
          ]
        : []),
    ]),
  ]
  const intervalSource =
    second === undefined ? '' : ` (intervals around what ${methodInSentence(second.method)} says)`
  return sectionHtml(
    'what-if',
    'What if spend moved?',
    html`<p><strong class="bad">This extrapolates.</strong> The data show what was spent and what came of it: one point of a curve for each channel. What more spend would bring depends on an assumption about the rest of the curve, so three of them stand side by side, and on credit being effect. Move a little, and test it.</p>
<p>Conversions that the next ${formatCount(unit)} of spend would bring, by ${methodInSentence(leading.method)}${intervalSource}:</p>`,
    tableHtml('Conversions from more spend', columns, spent.slice(0, SHOWN_CHANNELS)),
    html`<div id="move-spend"></div>`,
  )
}
