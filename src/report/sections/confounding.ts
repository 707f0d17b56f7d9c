import { LEAD_SIGNIFICANCE } from '../../evidence/confounding.ts'
import type { ConfoundingRow } from '../../tables/confounding.ts'
import { numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { nameHtml } from '../names.ts'
import { formatConversions, formatMeasure, formatPValue } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const columns = [
  textColumn('channel', ({ channel }: ConfoundingRow) => nameHtml(channel, 80)),
  numberColumn('likelihood ratio', ({ likelihoodRatio }: ConfoundingRow) => formatMeasure(likelihoodRatio)),
  numberColumn('p at most', ({ pValue }: ConfoundingRow) => formatMeasure(pValue)),
  numberColumn('suspected conversions', ({ suspectedConversions }: ConfoundingRow) =>
    formatConversions(suspectedConversions),
  ),
]

/** @returns whether touches after conversions show association without effect; nothing where that was not tested. */
export function confoundingSection({ input, headline }: ReportView): Html | undefined {
  const { confounding } = input.shapley
  const pValues = confounding.flatMap(({ pValue }) => (pValue === null ? [] : [pValue]))
  if (pValues.length === 0) return undefined
  const verdict =
    headline.associated.length > 0
      ? html`<strong class="bad">Association without effect was found</strong>: the method hazard_adjusted takes it off the hazard model’s credit.`
      : Math.min(...pValues) <= LEAD_SIGNIFICANCE
        ? html`It was found only of channels that the hazard model credits with nothing, so there is nothing to take off.`
        : html`Nothing was found (${formatPValue(Math.min(...pValues))} at most). <strong>That proves nothing</strong>: an intention to buy that ends with the purchase leaves no touches after it.`
  return sectionHtml(
    'confounding',
    'Do touches follow conversions?',
    html`<p>A touch on the six days after a conversion cannot have caused it. Where people convert more often shortly before a channel’s touches, something else leads to both, such as an intention to buy, and it does so before conversions, too. ${verdict}</p>`,
    tableHtml('Touches after conversions', columns, confounding),
  )
}
