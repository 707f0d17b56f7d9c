import { expect, it } from 'vitest'
import { describeEstimate, estimateFindings, maybeEstimate } from '../../src/steps/credit-estimate.ts'

const credits = {
  conversions: Float64Array.of(40, 20, 0.5),
  value: new Float64Array(3),
  standardError: Float64Array.of(0.4, 0.5, 0.03),
  baselineConversions: 60,
  baselineValue: 0,
  evaluations: 12_345,
  evaluationSeconds: 1,
  exactPatterns: 900,
  sampledPatterns: 100,
}
const noise = { cells: Float64Array.of(8, 5, 0) }

it('compares the standard error of each cell with what other users would change, of one conversion at least', () => {
  expect(maybeEstimate(credits, { allChannels: 60.5 }, noise)).toEqual({
    patterns: 1000,
    estimatedPatterns: 100,
    evaluations: 12_345,
    errorPart: 0.1,
  })
})

it('scales the error as the credits are where the channels share all conversions', () => {
  expect(maybeEstimate(credits, { allChannels: 121 }, noise)?.errorPart).toBeCloseTo(0.2, 12)
})

it('is none where all credits are exact', () => {
  expect(maybeEstimate({ ...credits, sampledPatterns: 0 }, { allChannels: 60.5 }, noise)).toBeUndefined()
})

it('tells how sure the estimate is, and finds fault with more than a tenth only', () => {
  const estimate = { patterns: 1000, estimatedPatterns: 100, evaluations: 12_345, errorPart: 0.1 }
  expect(describeEstimate(estimate)).toBe(
    'credit by the BiLSTM estimated for 100 of 1,000 patterns, by 12,345 evaluations: ' +
      'standard error at most 10 % of what other users would change',
  )
  expect(estimateFindings(undefined, 120, 1)).toEqual([])
  expect(estimateFindings(estimate, 120, 1)).toEqual([])
  expect(estimateFindings({ ...estimate, errorPart: 0.468 }, 120, 0.5)).toMatchObject([
    {
      code: 'few-evaluations',
      count: 120,
      what: "120 conversions are credited with a standard error of up to 23 % of what other users would change of a cell's credit",
    },
  ])
})

it.each([
  [1.234, '123 %'],
  [0.0996, '10.0 %'],
  [0.0234, '2.3 %'],
  [0.0000001, 'less than 0.1 %'],
])('writes a part of %d as %s', (errorPart, written) => {
  const estimate = { patterns: 2, estimatedPatterns: 1, evaluations: 3, errorPart }
  expect(describeEstimate(estimate)).toContain(`standard error at most ${written} of`)
})

it('finds no fault with nets that the leading credits do without', () => {
  const estimate = { patterns: 2, estimatedPatterns: 1, evaluations: 3, errorPart: 2 }
  expect(estimateFindings(estimate, 120, 0)).toEqual([])
})
