import { numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence } from '../method-names.ts'
import { type CampaignTotal, campaignTotals } from '../method-totals.ts'
import { nameHtml, shortName } from '../names.ts'
import { counted, formatConversions, formatInterval, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns each channel with its campaigns to unfold; nothing where channels are not divided into campaigns. */
export function campaignsSection({ leading, totals }: ReportView): Html | undefined {
  const campaigns = campaignTotals(leading)
  if (campaigns.length === 0) return undefined
  const hasValue = campaigns.some(({ value }) => value !== null)
  const columns = [
    textColumn('campaign', ({ campaign }: CampaignTotal) => nameHtml(campaign, 80)),
    numberColumn('conversions', ({ conversions }: CampaignTotal) => formatConversions(conversions)),
    numberColumn('95% interval', ({ interval }: CampaignTotal) =>
      formatInterval(interval?.lower, interval?.upper),
    ),
    numberColumn('share', ({ share }: CampaignTotal) => formatShare(share)),
    ...(hasValue ? [numberColumn('value', ({ value }: CampaignTotal) => formatConversions(value))] : []),
  ]
  const folded = totals.channels.flatMap(({ channel, conversions }) => {
    const own = campaigns.filter((one) => one.channel === channel)
    if (own.length === 0) return []
    const table = tableHtml(`Campaigns of ${shortName(channel)}`, columns, own)
    return [
      html`<details class="campaigns"><summary>${nameHtml(channel, 80)}: ${formatConversions(conversions)} by ${counted(own.length, 'campaign')}</summary>${table}</details>\n`,
    ]
  })
  return sectionHtml(
    'campaigns',
    'Campaigns',
    html`<p>What ${methodInSentence(leading.method)} credits to the campaigns of each channel; they add up to the channel.</p>`,
    html`${folded}`,
  )
}
