import * as Plot from '@observablehq/plot'
import { counted, formatCount, formatShare } from '../numbers.ts'
import type { ModelCalibration } from '../report-input.ts'
import type { Chart } from './chart.ts'
import { plotChart } from './plot.ts'

type Bins = ModelCalibration['bins']

/** @returns predicted against observed rates with intervals, and the line on which both are equal. */
export function calibrationChart(name: string, bins: Bins): Chart {
  const alternative = `${name}. ${describeCalibration(bins)}`
  return plotChart(alternative, () => plotCalibration(bins))
}

function describeCalibration(bins: Bins): string {
  const inside = bins.filter(({ predicted, lower, upper }) => predicted >= lower && predicted <= upper).length
  return (
    `Calibration curve of ${counted(bins.length, 'group')} of held-out examples: in ${inside} of them, ` +
    'the predicted probability lies within the interval around the observed rate.'
  )
}

function plotCalibration(bins: Bins): Plot.PlotOptions {
  const highest = Math.max(...bins.flatMap(({ predicted, upper, observed }) => [predicted, upper, observed]))
  const decimals = highest < 0.005 ? 2 : highest < 0.05 ? 1 : 0
  const tickFormat = (probability: number) => formatShare(probability, decimals)
  const scale = { domain: [0, highest * 1.05], type: 'sqrt', grid: true, ticks: 5, tickFormat } as const
  const axis = { tickSize: 0, labelArrow: 'none', ticks: 4, tickFormat } as const
  return {
    width: 358,
    height: 300,
    marginLeft: 58,
    marginBottom: 44,
    marginTop: 30,
    marginRight: 16,
    x: scale,
    y: scale,
    marks: [
      Plot.axisX({ ...axis, label: 'predicted', labelAnchor: 'center', labelOffset: 38 }),
      Plot.axisY({ ...axis, label: 'observed', labelAnchor: 'top' }),
      equalityLine(highest),
      ...binMarks(bins),
    ],
  }
}

function equalityLine(highest: number): Plot.Markish {
  const end = (probability: number) => probability
  return Plot.line([0, highest], { x: end, y: end, stroke: 'var(--axis)', strokeDasharray: '4 4' })
}

function binMarks(bins: Bins): readonly Plot.Markish[] {
  const title = ({ examples }: Bins[number]) => `${formatCount(examples)} examples`
  const ink = { fill: 'var(--bar)', stroke: 'var(--surface)' } as const
  return [
    Plot.ruleX(bins, { x: 'predicted', y1: 'lower', y2: 'upper', stroke: 'var(--text)', strokeWidth: 1.2 }),
    Plot.dot(bins, { x: 'predicted', y: 'observed', r: 4, title, ...ink }),
  ]
}
