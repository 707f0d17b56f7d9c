import { describeCalibration } from '../alternatives.ts'
import { drawCalibrationChart } from '../charts/calibration-chart.ts'
import { figureHtml, missingHtml, sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { measureNameOf } from '../measure-names.ts'
import { methodNameOf } from '../method-names.ts'
import { formatCount, formatInterval, formatMeasure, formatShare } from '../numbers.ts'
import type { ModelCalibration } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'

/** @returns how good the probabilities are on users that were held out. */
export function qualitySection({ input }: ReportView): Html {
  const { evidence, calibration } = input.shapley
  if (evidence.length === 0 && calibration.length === 0) {
    return sectionHtml(
      'quality',
      'How good the models are',
      missingHtml(
        'The probabilities were not measured on held-out users in this run; this does',
        'td-mta shapley',
      ),
    )
  }
  const curves = calibration.filter(({ bins }) => bins.length > 0).map(calibrationFigure)
  return sectionHtml(
    'quality',
    'How good the models are',
    html`<p>Measured on users that the models have not seen.</p>`,
    curves.length > 0 ? html`<div class="pair">${curves}</div>` : undefined,
    evidence.length > 0 ? evidenceTable(input.shapley.evidence) : undefined,
  )
}

function calibrationFigure(curve: ModelCalibration): Html {
  const name = methodNameOf(`shapley_${curve.model}`).name
  const numeric = (heading: string) => ({ heading, numeric: true })
  const probability = (value: number) => formatShare(value, 2)
  const rows = curve.bins.map(({ examples, predicted, observed, lower, upper }) => [
    probability(predicted),
    probability(observed),
    formatInterval(lower, upper, probability),
    formatCount(examples),
  ])
  return figureHtml({
    draw: (size, alternative) => drawCalibrationChart(curve.bins, size, alternative),
    small: true,
    alternative: `${name}. ${describeCalibration(curve)}`,
    caption: html`<strong>${name}</strong>: on the dashed line what is predicted comes true. Axes grow like square roots.`,
    tableName: `calibration of the ${name.toLowerCase()}`,
    table: tableHtml(
      `Calibration of the ${name.toLowerCase()}`,
      [numeric('predicted'), numeric('observed'), numeric('95 % interval'), numeric('examples')],
      rows,
    ),
  })
}

function evidenceTable(evidence: ReportView['input']['shapley']['evidence']): Html {
  const numeric = (heading: string) => ({ heading, numeric: true })
  const hasIntervals = evidence.some(({ lower }) => lower !== null)
  const rows = evidence.map(({ measure, value, lower, upper, verdict }) => [
    html`${measureNameOf(measure)}<br><code>${measure}</code>`,
    formatMeasure(value),
    ...(hasIntervals ? [formatInterval(lower, upper, formatMeasure)] : []),
    verdict ?? '',
  ])
  const interval = hasIntervals ? [numeric('95 % interval')] : []
  const columns = [{ heading: 'measure' }, numeric('value'), ...interval, { heading: 'what it says' }]
  return tableHtml('Measures', columns, rows, 'measures')
}
