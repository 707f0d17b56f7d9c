import * as Plot from '@observablehq/plot'
import { formatCount, formatShare } from '../numbers.ts'
import type { CalibrationPoint } from '../report-input.ts'
import { type ChartSize, drawPlot } from './plot.ts'

/** @returns what was predicted against what came, with intervals, and the line on which both are the same. */
export function drawCalibrationChart(
  bins: readonly CalibrationPoint[],
  size: ChartSize,
  alternative: string,
): string {
  const most = Math.max(...bins.flatMap(({ predicted, upper, observed }) => [predicted, upper, observed]))
  const axis = {
    domain: [0, most * 1.05],
    type: 'sqrt',
    grid: true,
    ticks: 5,
    tickFormat: (probability: number) => formatShare(probability, most < 0.005 ? 2 : most < 0.05 ? 1 : 0),
  } as const
  const words = { tickSize: 0, labelArrow: 'none', ticks: 4, tickFormat: axis.tickFormat } as const
  return drawPlot(
    {
      width: 358,
      height: 300,
      marginLeft: 58,
      marginBottom: 44,
      marginTop: 30,
      marginRight: 16,
      x: axis,
      y: axis,
      marks: [
        Plot.axisX({ ...words, label: 'predicted', labelAnchor: 'center', labelOffset: 38 }),
        Plot.axisY({ ...words, label: 'observed', labelAnchor: 'top' }),
        Plot.line([0, most], {
          x: (end: number) => end,
          y: (end: number) => end,
          stroke: 'var(--axis)',
          strokeDasharray: '4 4',
        }),
        Plot.ruleX(bins, {
          x: 'predicted',
          y1: 'lower',
          y2: 'upper',
          stroke: 'var(--text)',
          strokeWidth: 1.2,
        }),
        Plot.dot(bins, {
          x: 'predicted',
          y: 'observed',
          r: 4,
          fill: 'var(--bar)',
          stroke: 'var(--surface)',
          title: ({ examples }: CalibrationPoint) => `${formatCount(examples)} examples`,
        }),
      ],
    },
    size,
    alternative,
  )
}
