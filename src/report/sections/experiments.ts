import { numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import type { TestedFact } from '../headline.ts'
import { type Html, html } from '../html.ts'
import { nameHtml } from '../names.ts'
import { formatConversions, formatCount } from '../numbers.ts'
import type { ReportView } from '../report-view.ts'

const columns = [
  textColumn('channel', ({ channels }: TestedFact) => nameHtml(channels.join(' + '), 80)),
  numberColumn('last touch', ({ lastTouch }: TestedFact) => formatConversions(lastTouch)),
  numberColumn('hazard model', ({ model }: TestedFact) => formatConversions(model)),
  numberColumn(
    'experiment',
    ({ experiment, deviation }: TestedFact) =>
      `${formatConversions(experiment)} ± ${formatConversions(deviation)}`,
  ),
  numberColumn('both', ({ calibrated }: TestedFact) => formatConversions(calibrated)),
]

/** @returns what experiments say beside the model, and what to test next; nothing where there is nothing to say. */
export function experimentsSection({ input, headline }: ReportView): Html | undefined {
  const { known } = input.shapley
  const { placebos, next } = known
  if (headline.tested.length + placebos.length === 0 && next === null) return undefined
  return sectionHtml(
    'experiments',
    'What do experiments say?',
    headline.tested.length > 0
      ? html`<p>Conversions of the credited days that a channel caused. An experiment counts the more, the smaller its standard error (±) and the further the model is off; the method hazard_calibrated has what both say together. Channels without an experiment keep their credit.</p>
${tableHtml('Experiments', columns, headline.tested)}`
      : html`<p>This run knows of no experiment. One for each of the larger channels is worth more than any model: see <code>--experiments-table</code>.</p>`,
    ...placebos.map(
      ({ channel, conversions }) =>
        html`<p>${nameHtml(channel)} causes nothing, as the run was told, and the hazard model credits it with ${formatConversions(conversions)} conversions: so large can its error be elsewhere, too.</p>`,
    ),
    next === null
      ? undefined
      : html`<p><strong>Test ${nameHtml(next.channel)} next</strong>: most is at stake there. ${formatCount(next.users)} users over as many days as the data have, a random half of them without it, show an effect of ${formatConversions(next.conversions)} conversions with a probability of 80% (at the 5% level).</p>`,
  )
}
