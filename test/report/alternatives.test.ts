import { describe, expect, it } from 'vitest'
import {
  describeCalibration,
  describeCreditChart,
  describeHeatMap,
  describeMethodsChart,
  describeWholeChart,
} from '../../src/report/alternatives.ts'
import { foldChannels, totalsOf } from '../../src/report/channel-totals.ts'
import { dayCreditsOf } from '../../src/report/day-credits.ts'
import { CREDITS, dailyMethod, shapleyOf, withIntervals } from './fixtures.ts'

const method = withIntervals(dailyMethod('shapley_hazard', CREDITS), CREDITS)
const totals = totalsOf(method)
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

describe('charts in words', () => {
  it('tells the first bars with their intervals, and how many more there are', () => {
    expect(describeCreditChart(totals.channels, 7)).toBe(
      'Bar chart of conversions credited to 7 channels: social 897, interval 807 to 987; email 680, interval 612 to 748; ' +
        'affiliate 580, interval 522 to 638; video 573, interval 516 to 630; search 456, interval 410 to 502; ' +
        '2 more channels in the table below.',
    )
  })

  it('tells the two parts of all conversions', () => {
    expect(plain(describeWholeChart(3492, 3947))).toBe(
      'Of 7,439 conversions the channels are credited with 3,492 (47 %), the baseline has 3,947 (53 %).',
    )
  })

  it('tells the cell with the most credit and the part of the last day', () => {
    const credits = dayCreditsOf(method, foldChannels(totals, 12), 7)
    expect(credits && plain(describeHeatMap(credits))).toBe(
      'Heat map of conversions by channel and days before the conversion. Most: social, 0 days before, 323. ' +
        '36 % of the credit lies on the day of the conversion.',
    )
  })

  it('tells the methods and where they disagree', () => {
    const other = totalsOf(
      dailyMethod('last_touch', [
        ['social', 1],
        ['email', 1],
      ]),
    )
    expect(plain(describeMethodsChart([totals, other]))).toBe(
      "Chart of each channel's share by 2 methods (Hazard model, Last touch). 1 of 2 methods put social first. " +
        "They disagree most about email: last touch gives it 50.0 % of the channels' credit, the hazard model 19.5 %.",
    )
  })

  it('tells how often a prediction came true', () => {
    const [curve] = shapleyOf(CREDITS).calibration
    expect(curve && describeCalibration(curve)).toBe(
      'Calibration curve of 10 groups of held-out examples: in 10 of them the predicted probability lies within ' +
        'the interval of what came.',
    )
  })
})
