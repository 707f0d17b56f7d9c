import { describe, expect, it } from 'vitest'
import { foldChannels } from '../../src/report/channel-totals.ts'
import { calibrationChart } from '../../src/report/charts/calibration-chart.ts'
import { creditChart } from '../../src/report/charts/credit-chart.ts'
import { heatMap } from '../../src/report/charts/heat-map.ts'
import { methodsChart } from '../../src/report/charts/methods-chart.ts'
import { wholeChart } from '../../src/report/charts/whole-chart.ts'
import { dayCreditsOf, daysByChannel } from '../../src/report/day-credits.ts'
import { totalsOf } from '../../src/report/method-totals.ts'
import { CREDITS, dailyMethod, shapleyOf, withIntervals } from './fixtures.ts'

const method = withIntervals(dailyMethod('shapley_hazard', CREDITS), CREDITS)
const totals = totalsOf(method)

describe('charts in words', () => {
  it('names the first bars with their intervals, and how many more there are', () => {
    const bars = totals.channels.map((total) => {
      return { total, isRest: false, second: undefined, truth: undefined }
    })
    expect(creditChart(bars, 7).alternative).toBe(
      'Bar chart of conversions credited to 7 channels: social 897, interval 807 to 987; email 680, interval 612 to 748; ' +
        'affiliate 580, interval 522 to 638; video 573, interval 516 to 630; search 456, interval 410 to 502; ' +
        '2 more channels in the table below.',
    )
  })

  it('states the two parts of all conversions', () => {
    expect(wholeChart({ channels: 3492, baseline: 3947 }).alternative).toBe(
      'Of 7,439 conversions, 3,492 (47%) are credited to the channels and 3,947 (53%) to the baseline.',
    )
  })

  it('names the cell with the highest credit and the share of the last day', () => {
    const credits = dayCreditsOf(daysByChannel(method.rows, 7)!, foldChannels(totals, 12), 7)
    expect(credits && heatMap(credits).alternative).toBe(
      'Heat map of conversions by channel and days before the conversion. Highest: social, 0 days before, 323. ' +
        '36% of the credit falls on the day of the conversion.',
    )
  })

  it('names the methods and where they disagree', () => {
    const other = totalsOf(
      dailyMethod('last_touch', [
        ['social', 1],
        ['email', 1],
      ]),
    )
    expect(methodsChart([totals, other], ['social', 'email']).alternative).toBe(
      "Chart of each channel's share according to 2 methods (Hazard model, Last touch). 1 of 2 methods ranks social first. " +
        "The methods disagree most about email: last touch gives it 50.0% of the channels' credit, the hazard model 19.5%.",
    )
  })

  it('states how often a prediction came true', () => {
    const [curve] = shapleyOf(CREDITS).calibration
    expect(curve && calibrationChart('Hazard model', curve.bins).alternative).toBe(
      'Hazard model. Calibration curve of 10 groups of held-out examples: in 10 of them, the predicted probability ' +
        'lies within the interval around the observed rate.',
    )
  })
})
