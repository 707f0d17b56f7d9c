import { describe, expect, it } from 'vitest'
import { expectCredits, expectEfficiency, expectWithinStandardErrors } from './axioms.ts'

describe('the shared assertions of the Shapley tests', () => {
  it('accept what is right', () => {
    expectEfficiency([0.1, 0.2], 0, 0.1 + 0.2)
    expectCredits([0.1 + 0.2], [0.3])
    expectWithinStandardErrors({ credits: [1.05], standardErrors: [0.01] }, [1])
  })

  it('fail where the credits add up to anything else, by a billionth already', () => {
    expect(() => expectEfficiency([0.1, 0.2 + 1e-9], 0, 0.3)).toThrow()
    expect(() => expectEfficiency([Number.NaN], 0, 0)).toThrow()
  })

  it('fail where one credit is another, or missing', () => {
    expect(() => expectCredits([1, 2 + 1e-9], [1, 2])).toThrow()
    expect(() => expectCredits([1], [1, 2])).toThrow()
    expect(() => expectCredits([Number.NaN], [1])).toThrow()
  })

  it('fail where an estimate is further off than its standard error allows', () => {
    expect(() => expectWithinStandardErrors({ credits: [1.07], standardErrors: [0.01] }, [1])).toThrow()
    expect(() => expectWithinStandardErrors({ credits: [1.07], standardErrors: [Number.NaN] }, [1])).toThrow()
  })
})
