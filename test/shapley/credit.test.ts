import { describe, expect, it } from 'vitest'
import { checkIdentity } from '../../src/shapley/credit.ts'

describe('the identity of credits and conversions', () => {
  const credits = {
    conversions: Float64Array.of(3, -1, 4),
    value: Float64Array.of(30, -10, 40),
    baselineConversions: 2,
    baselineValue: 20,
  }

  it('holds where cells and baseline add up to all conversions and all value', () => {
    checkIdentity(credits, 8, 80)
    checkIdentity(credits, 8 + 1e-9, 80 - 1e-8)
  })

  it('fails where a ten-millionth of a conversion is missing', () => {
    expect(() => checkIdentity(credits, 8 + 1e-7, 80)).toThrow(
      new Error('shapley: credits of conversions add up to 8, expected 8.0000001'),
    )
  })

  it('fails where value is missing', () => {
    expect(() => checkIdentity(credits, 8, 81)).toThrow(
      new Error('shapley: credits of value add up to 80, expected 81'),
    )
  })

  it('fails where a credit is not a number', () => {
    expect(() => checkIdentity({ ...credits, conversions: Float64Array.of(Number.NaN) }, 8, 80)).toThrow(
      new Error('shapley: credits of conversions add up to NaN, expected 8'),
    )
  })
})
