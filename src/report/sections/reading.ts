import { sectionHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatCount } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns how to read the numbers, and what they can't tell. */
export function readingSection({ input }: ReportView): Html {
  const { lookbackDays } = input.manifest.options
  return sectionHtml(
    'reading',
    'How to read this, and what it cannot tell',
    html`<ul class="reading">
<li><strong>Credit</strong> is the number of conversions that the model would not have expected without the channel’s touches of the last ${formatCount(lookbackDays)} days. Where several touches stand before one conversion, they share it by Shapley values.</li>
<li><strong>Baseline</strong> is what the model expects from people without any touch in the window. Baseline and channels add up to all conversions.</li>
<li><strong>Share</strong> divides the channels’ credit alone, without the baseline.</li>
<li><strong>Intervals</strong> hold sampling noise only. They do not hold the error of a wrong model, of a window too short, or of touches that nobody recorded.</li>
<li><strong>Credit is not proof of effect.</strong> Someone who has already decided to buy searches for the shop: the search looks as if it had caused the order. No attribution from touches alone can tell these apart, and no signal test sees it. Where much money hangs on a channel, switch it off for a random part of the audience and compare.</li>
<li><strong>Touches that nobody recorded</strong>, such as television, talk and other devices, stand in the baseline or with the channels that came with them.</li>
</ul>`,
  )
}
