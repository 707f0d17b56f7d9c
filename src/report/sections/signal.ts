import { missingHtml, sectionHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatCount, formatMeasure, formatPValue } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns whether touches tell anything about who converts, and what that does not show. */
export function signalSection({ input }: ReportView): Html {
  const { signal } = input.shapley
  if (signal === null) {
    return sectionHtml(
      'signal',
      'Is there a signal?',
      missingHtml('The data were not tested for a signal in this run; this does', 'td-mta shapley'),
    )
  }
  return sectionHtml(
    'signal',
    'Is there a signal?',
    html`<p><strong class="${signal.hasSignal ? 'good' : 'bad'}">${signal.hasSignal ? 'Yes' : 'No'}</strong>, ${formatPValue(signal.pValue)}. ${signal.verdict}</p>
<p>The windows of converting users were exchanged with those of other users of the same calendar day, ${formatCount(signal.draws)} times; the touches that really came before the ${formatCount(signal.conversions)} tested conversions fit the model with a statistic of ${formatMeasure(signal.statistic)}.</p>
<p>The test finds association, not effect: people who were about to buy anyway and for that reason looked around leave the same trace as people whom a touch convinced.</p>`,
  )
}
