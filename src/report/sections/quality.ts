import type { EvidenceRow } from '../../tables/evidence.ts'
import { calibrationChart } from '../charts/calibration-chart.ts'
import { figureHtml, missingHtml, numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { methodInSentence, methodNameOf } from '../method-names.ts'
import { formatCount, formatInterval, formatMeasure, formatShare } from '../numbers.ts'
import type { ModelCalibration } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'

const HEADING = 'How good are the models?'

/** @returns how good the predicted probabilities are for held-out users. */
export function qualitySection({ input }: ReportView): Html {
  const { evidence, calibration } = input.shapley
  if (evidence.length === 0 && calibration.length === 0) {
    const what = 'This run did not evaluate the models on held-out users'
    return sectionHtml('quality', HEADING, missingHtml(what, 'evaluate them', 'td-mta shapley'))
  }
  const curves = calibration.filter(({ bins }) => bins.length > 0).map(calibrationFigure)
  return sectionHtml(
    'quality',
    HEADING,
    html`<p>Measured on users that the models did not see in training.${stackedNote(evidence)}</p>`,
    curves.length > 0 ? html`<div class="pair">${curves}</div>` : undefined,
    evidence.length > 0 ? evidenceTable(evidence) : undefined,
  )
}

/** Nothing where the stacked model was not asked. */
function stackedNote(evidence: readonly EvidenceRow[]): string {
  const row = evidence.find(({ measure }) => measure === 'stacked_weight')
  return row?.verdict ? ` The stacked model is ${row.verdict}.` : ''
}

function calibrationFigure({ model, bins }: ModelCalibration): Html {
  const method = `shapley_${model}`
  const { name } = methodNameOf(method)
  const probability = (value: number) => formatShare(value, 2)
  const columns = [
    numberColumn('predicted', ({ predicted }: ModelCalibration['bins'][number]) => probability(predicted)),
    numberColumn('observed', ({ observed }: ModelCalibration['bins'][number]) => probability(observed)),
    numberColumn('95% interval', ({ lower, upper }: ModelCalibration['bins'][number]) =>
      formatInterval(lower, upper, probability),
    ),
    numberColumn('examples', ({ examples }: ModelCalibration['bins'][number]) => formatCount(examples)),
  ]
  return figureHtml({
    chart: calibrationChart(name, bins),
    isSmall: true,
    caption: html`<strong>${name}</strong>: on the dashed line, predictions come true exactly. Both axes have a square-root scale.`,
    tableName: `calibration of ${methodInSentence(method)}`,
    table: tableHtml(`Calibration of ${methodInSentence(method)}`, columns, bins),
  })
}

function evidenceTable(evidence: readonly EvidenceRow[]): Html {
  const hasIntervals = evidence.some(({ lower }) => lower !== null)
  const interval = numberColumn('95% interval', ({ lower, upper }: EvidenceRow) =>
    formatInterval(lower, upper, formatMeasure),
  )
  const columns = [
    textColumn(
      'measure',
      ({ measure }: EvidenceRow) => html`${measureNameOf(measure)}<br><code>${measure}</code>`,
    ),
    numberColumn('value', ({ value }: EvidenceRow) => formatMeasure(value)),
    ...(hasIntervals ? [interval] : []),
    textColumn('meaning', ({ verdict }: EvidenceRow) => verdict ?? ''),
  ]
  return tableHtml('Measures', columns, evidence, 'measures')
}

const prefixes: readonly (readonly [prefix: string, name: string])[] = [
  ['log_loss', 'Log loss (lower is better)'],
  ['auc', 'AUC, ranking of converters (0.5 is chance, 1 is perfect)'],
  ['calibration_error', 'Calibration error'],
  ['calibration_slope', 'Calibration slope (1 is perfect)'],
  ['stacked_weight', 'Weight of the neural network in the stacked model'],
  ['signal_p_value', 'Signal test, p-value'],
  ['signal_statistic', 'Signal test, statistic'],
  ['signal_draws', 'Signal test, permutations'],
  ['placebo', 'Conversions credited to a placebo channel'],
  ['experiment', 'Conversions by model and experiment together'],
  ['next_experiment', 'Users of the experiment to run next'],
  ['pair_conversions', 'Conversions by two channels together'],
]

/** What follows these prefixes names channels, which stay as they are written. */
const aboutChannels = ['placebo', 'experiment', 'pair_conversions']

/** @returns the readable name of a measure in the table `evidence`; an unknown one keeps its name. */
function measureNameOf(measure: string): string {
  const [prefix, name] = prefixes.find(([start]) => measure.startsWith(start)) ?? []
  if (prefix === undefined || name === undefined) return measure
  const model = measure.slice(prefix.length).replace(/^[_:]\s*/, '')
  if (model === '') return name
  if (aboutChannels.includes(prefix)) return `${name}: ${model}`
  const method = methodNameOf(`shapley_${model}`)
  const isKnown = method.explanation !== ''
  return `${name}: ${isKnown ? method.name.toLowerCase() : model.replaceAll('_', ' ')}`
}
