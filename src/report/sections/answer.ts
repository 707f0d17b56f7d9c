import { buildCaveats } from '../caveats.ts'
import { creditFigure } from '../figures/credit-figure.ts'
import { buildHeadline } from '../headline.ts'
import { type Html, html } from '../html.ts'
import { type Sentence, sentenceHtml } from '../names.ts'
import { formatConversions, formatPValue, formatShare } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

/** @returns the first screen: the answer in one sentence, how certain it is, and the channels as bars. */
export function answerSection(view: ReportView): Html {
  const notes = [...pairNotes(view), ...buildCaveats(view.headline)]
  const caveats = notes.map((note) => html`<li>${sentenceHtml(note)}</li>`)
  return html`<section id="answer" aria-labelledby="headline" class="${view.hasSignal ? '' : 'no-signal'}">
<h1 id="headline">${sentenceHtml(buildHeadline(view.headline))}</h1>
<p class="lead">${signalNote(view)}</p>
<div id="credit-figure">${creditFigure(view.shown)}</div>
${caveats.length > 0 ? html`<ul class="caveats">${caveats}</ul>` : undefined}
</section>
`
}

/** What two channels cause together. */
function pairNotes({ input, hasSignal }: ReportView): readonly Sentence[] {
  if (!hasSignal) return []
  return input.shapley.pairs.map(({ channels: [first, second], conversions }) => [
    { name: first },
    ' and ',
    { name: second },
    ` together: ${formatConversions(conversions)} conversions beyond what each causes alone, says the hazard model, which credits half of them to each.`,
  ])
}

function signalNote({ input }: ReportView): Html {
  const { signal } = input.shapley
  const link = html`<a href="#reading">how to read this</a>`
  if (signal === null) return html`Credit is association, not proof of effect: see ${link}.`
  if (signal.hasSignal) {
    return html`<strong class="good">Signal found</strong> (${formatPValue(signal.pValue)}). This is association, not proof of effect: see ${link}.`
  }
  return html`If touches had nothing to do with conversions, ${formatShare(signal.pValue, 0)} of data sets would show at least this much association. See ${link}.`
}
