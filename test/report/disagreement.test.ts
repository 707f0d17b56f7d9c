import { describe, expect, it } from 'vitest'
import { comparedMethods, describeAgreement, findDisagreement } from '../../src/report/disagreement.ts'
import { totalsOf } from '../../src/report/method-totals.ts'
import { plainText } from '../../src/report/names.ts'
import { type Credits, dailyMethod } from './fixtures.ts'

const method = (name: string, credits: Credits) => totalsOf(dailyMethod(name, credits))
const bilstm = method('shapley_bilstm', [
  ['email', 60],
  ['search', 25],
  ['video', 15],
])
const lastTouch = method('last_touch', [
  ['email', 30],
  ['search', 50],
  ['video', 20],
])
const linear = method('linear', [
  ['email', 55],
  ['search', 30],
  ['video', 15],
])
const words = (methods: Parameters<typeof describeAgreement>[0]) =>
  describeAgreement(methods).map((sentence) => plainText(sentence))

describe('where methods disagree', () => {
  it('finds the widest gap between two shares of one channel', () => {
    const gap = findDisagreement([bilstm, lastTouch, linear])
    expect(gap?.channel).toBe('email')
    expect(gap?.most.method).toBe('shapley_bilstm')
    expect(gap?.least.method).toBe('last_touch')
    expect((gap?.most.share ?? 0) - (gap?.least.share ?? 0)).toBeCloseTo(0.3, 12)
  })

  it('finds none with one method, and does not count methods without shares', () => {
    expect(findDisagreement([bilstm])).toBeUndefined()
    const none = method('shapley_hazard', [
      ['email', -1],
      ['search', -2],
    ])
    expect(findDisagreement([bilstm, none])).toBeUndefined()
    expect(comparedMethods([bilstm, none], undefined)).toEqual([bilstm])
  })

  it('compares only the chosen order of the Markov chains', () => {
    const chains = [1, 2, 3].map((order) => method(`markov_${order}`, [['email', 1]]))
    const names = comparedMethods([bilstm, ...chains], 2).map((one) => one.method)
    expect(names).toEqual(['shapley_bilstm', 'markov_2'])
  })

  it('calls it out in words', () => {
    expect(words([bilstm, lastTouch, linear])).toEqual([
      '2 of 3 methods rank email first.',
      "The methods disagree most about email: the neural network gives it 60.0% of the channels' credit, last touch 30.0%.",
    ])
  })

  it('says that all agree', () => {
    expect(words([bilstm, { ...bilstm, method: 'linear' }])).toEqual(['Both methods rank email first.'])
    expect(words([bilstm, linear, { ...bilstm, method: 'position' }])[0]).toBe(
      'All 3 methods rank email first.',
    )
    expect(words([bilstm])).toEqual([])
  })

  it('counts models made of one another once', () => {
    const stacked = { ...bilstm, method: 'shapley_stacked' }
    const hazard = { ...bilstm, method: 'shapley_hazard' }
    const corrected = ['hazard_adjusted', 'hazard_calibrated'].map((name) => ({ ...bilstm, method: name }))
    expect(words([stacked, hazard, ...corrected, bilstm, lastTouch, linear])[0]).toBe(
      '2 of 3 methods rank email first, where models made of one another count once.',
    )
    expect(words([hazard, ...corrected, lastTouch])[0]).toBe(
      '1 of 2 methods ranks email first, where models made of one another count once.',
    )
    expect(words([bilstm, hazard, lastTouch])[0]).toBe('2 of 3 methods rank email first.')
    expect(words([stacked, hazard, bilstm])).toEqual([])
  })
})
