import { missingHtml, sectionHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatCount, formatMeasure } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns whether touches predict who converts, and what that does not show. */
export function signalSection({ input }: ReportView): Html {
  const { signal } = input.shapley
  if (signal === null) {
    const missing = missingHtml('This run did not test for a signal', 'test for one', 'td-mta shapley')
    return sectionHtml('signal', 'Is there a signal?', missing)
  }
  return sectionHtml(
    'signal',
    'Is there a signal?',
    html`<p><strong class="${signal.hasSignal ? 'good' : 'bad'}">${asSentence(signal.verdict)}</strong></p>
<p>For comparison, the days on which users converted were reassigned to other users drawn at random, ${formatCount(signal.draws)} times: p is the fraction of these draws in which touches fit conversions at least as well as in the data (likelihood ratio ${formatMeasure(signal.statistic)}, ${formatCount(signal.conversions)} conversions).</p>
<p>The test detects association, not effect: people who were about to buy anyway and looked around for that reason leave the same traces as people whom a touch persuaded.</p>`,
  )
}

function asSentence(verdict: string): string {
  return `${verdict.charAt(0).toUpperCase()}${verdict.slice(1).replace(/\.$/, '')}.`
}

/** @returns how to read the numbers, and what they can't show. */
export function readingSection({ input }: ReportView): Html {
  const { lookbackWindowDays: lookbackDays, creditFrom } = input.manifest.options
  return sectionHtml(
    'reading',
    'How to read this report, and what it cannot show',
    html`<ul class="reading">
<li><strong>Credit</strong> is the number of conversions that the model would not expect without the channel’s touches in the last ${formatCount(lookbackDays)} days. Touches that precede the same conversion share it by their Shapley values.</li>
<li><strong>Baseline</strong> is what the model expects from people without any touch in the lookback window. Baseline and channels add up to all conversions${creditFrom === null ? '' : ' that are credited'}.</li>
<li><strong>Share</strong> is a channel’s part of the credit of all channels, leaving the baseline out.</li>
<li><strong>Intervals</strong> show how much the numbers would change with a different sample of users, and what models are off by where the causes are known (simulated data). They do not include the error of a lookback window that is too short, of touches that nobody recorded, or of whatever drives both touches and conversions.</li>
<li><strong>Credit is not proof of effect.</strong> Someone who has already decided to buy searches for the shop: the search then looks as if it had caused the order. No attribution based on touches alone can tell the two apart, and no signal test detects it. If a lot of money depends on a channel, switch it off for a random part of the audience and compare.</li>
<li><strong>Touches that nobody recorded</strong>, such as television, word of mouth and other devices, end up in the baseline or with the channels that occurred alongside them.</li>
</ul>`,
  )
}
