import { missingHtml, sectionHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatCount, formatMeasure } from '../numbers.ts'
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
    html`<p><strong class="${signal.hasSignal ? 'good' : 'bad'}">${asSentence(signal.verdict)}</strong></p>
<p>For comparison the days on which users converted were given to other users, drawn at random, ${formatCount(signal.draws)} times: p is the part of these draws in which touches fit conversions as well as in the data (likelihood ratio ${formatMeasure(signal.statistic)}, ${formatCount(signal.conversions)} conversions).</p>
<p>The test finds association, not effect: people who were about to buy anyway and for that reason looked around leave the same trace as people whom a touch convinced.</p>`,
  )
}

function asSentence(verdict: string): string {
  return `${verdict.charAt(0).toUpperCase()}${verdict.slice(1).replace(/\.$/, '')}.`
}
