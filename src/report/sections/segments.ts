import { channelHtml, numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { segmentTotals } from '../method-totals.ts'
import { nameHtml } from '../names.ts'
import { formatConversions, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const SHOWN_CHANNELS = 25

/** @returns each channel's share among the users of each segment; nothing where users are not divided into segments. */
export function segmentsSection({ leading, totals, segments, shown }: ReportView): Html | undefined {
  if (segments.length === 0) return undefined
  const bySegment = segments.map((segment) => ({ segment, totals: segmentTotals(leading, segment) }))
  const columns = [
    textColumn('channel', ({ channel }: (typeof totals.channels)[number]) =>
      channelHtml(channel, shown.data.placeOf),
    ),
    numberColumn('all users', ({ share }: (typeof totals.channels)[number]) => formatShare(share)),
    ...bySegment.map(({ segment, totals: own }) => {
      const byChannel = new Map(own.channels.map((total) => [total.channel, total]))
      return numberColumn(html`${nameHtml(segment)}`, ({ channel }: (typeof totals.channels)[number]) => {
        const total = byChannel.get(channel)
        return `${formatShare(total?.share)} (${formatConversions(total?.conversions)})`
      })
    }),
  ]
  return sectionHtml(
    'segments',
    'Segments',
    html`<p>Shares of the channels’ credit by ${methodInSentence(leading.method)}, and in parentheses conversions, among the users of each segment. The methods hazard_adjusted, hazard_calibrated, ordered_shapley and, beside the stacked model, shapley_bilstm have no rows of segments.</p>`,
    tableHtml('Share by channel and segment', columns, totals.channels.slice(0, SHOWN_CHANNELS)),
  )
}
