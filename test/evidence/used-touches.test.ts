import { expect, it } from 'vitest'
import { estimateUsedTouches } from '../../src/evidence/used-touches.ts'
import { MOMENT_EXPOSURE } from '../../src/hazard/exposure.ts'
import { repeatSample } from './repeat-sample.ts'

function repeatedConversions(again: Parameters<typeof repeatSample>[0], rule: 'used-up' | 'keep') {
  return estimateUsedTouches(repeatSample(again, rule), MOMENT_EXPOSURE)
}

it.each(['used-up', 'keep'] as const)(
  'tells from examples of either rule whether touches go on working after a conversion: %s',
  (rule) => {
    const works = repeatedConversions({ touched: 60, untouched: 0 }, rule)
    expect(works.conversions).toBe(60)
    expect(works.factor).toBeGreaterThan(0)
    expect(works.keptOverUsedUp).toBeGreaterThan(6.6)
    expect(repeatedConversions({ touched: 0, untouched: 0 }, rule)).toEqual({
      factor: 0,
      keptOverUsedUp: 0,
      conversions: 0,
    })
  },
)

it.each(['used-up', 'keep'] as const)(
  'is not misled by users who convert again whether or not they were touched: %s',
  (rule) => {
    expect(repeatedConversions({ touched: 30, untouched: 60 }, rule)).toMatchObject({
      factor: 0,
      conversions: 30,
    })
    expect(repeatedConversions({ touched: 30, untouched: 60 }, rule).keptOverUsedUp).toBeLessThan(0)
  },
)
