import { describe, expect, it } from 'vitest'
import { buildCaveats } from '../../src/report/caveats.ts'
import { buildHeadline, type HeadlineFacts } from '../../src/report/headline.ts'
import { totalsOf } from '../../src/report/method-totals.ts'
import { plainText } from '../../src/report/names.ts'
import { CREDITS, type Credits, dailyMethod, shapleyOf, withIntervals } from './fixtures.ts'

const POSITIVE = CREDITS.filter(([, conversions]) => conversions > 0)
const NO_SIGNAL = {
  statistic: 12,
  pValue: 0.42,
  draws: 199,
  conversions: 7027,
  windows: 28_108,
  hasSignal: false,
  verdict: 'none',
}

function factsOf(credits: Credits, changes: Partial<HeadlineFacts> = {}): HeadlineFacts {
  return {
    conversions: 7439,
    creditedWhen: undefined,
    leading: totalsOf(withIntervals(dailyMethod('shapley_hazard', credits), credits)),
    second: undefined,
    signal: shapleyOf(credits).signal,
    seedFormat: false,
    worseThanConstant: false,
    unlearned: null,
    associated: [],
    tested: [],
    ...changes,
  }
}

const headlineOf = (facts: HeadlineFacts) => plainText(buildHeadline(facts))
const caveatsOf = (facts: HeadlineFacts) => buildCaveats(facts).map(plainText)

describe('the headline', () => {
  it('names the channel with the most credit, how certain that is, and the baseline', () => {
    expect(headlineOf(factsOf(POSITIVE))).toBe(
      'Of 7,439 conversions, social is credited with the most, 897 (12.1%; 95% interval 807 to 987); ' +
        '3,947 (53%) would have happened without any touch.',
    )
    expect(headlineOf(factsOf(POSITIVE, { conversions: 5000, creditedWhen: 'on 2026-03-01' }))).toContain(
      'Of 5,000 conversions on 2026-03-01, social is credited with the most, 897 (17.9%;',
    )
    expect(caveatsOf(factsOf(POSITIVE))).toEqual([])
  })

  it('takes the interval of the model that has one, and says whose it is', () => {
    const second = totalsOf(withIntervals(dailyMethod('shapley_hazard', POSITIVE), POSITIVE))
    const leading = totalsOf(dailyMethod('shapley_bilstm', POSITIVE))
    expect(headlineOf(factsOf(POSITIVE, { leading, second }))).toBe(
      'Of 7,439 conversions, social is credited with the most, 897 ' +
        '(12.1%; the hazard model says 897, 95% interval 807 to 987); 3,947 (53%) would have happened without any touch.',
    )
  })

  it('says if no interval is known', () => {
    const leading = totalsOf(dailyMethod('shapley_bilstm', POSITIVE))
    expect(headlineOf(factsOf(POSITIVE, { leading }))).toBe(
      'Of 7,439 conversions, social is credited with the most, 897 (12.1%; interval unknown); ' +
        '3,947 (53%) would have happened without any touch.',
    )
  })

  it('names no channel without signal, and says that shares mean nothing', () => {
    expect(headlineOf(factsOf(POSITIVE, { signal: NO_SIGNAL }))).toBe(
      'No signal: touches do not predict who converts (p = 0.42), so the channel shares below mean nothing.',
    )
  })

  it('says that signal was not tested', () => {
    expect(caveatsOf(factsOf(POSITIVE, { signal: null }))).toEqual([
      'This run did not test whether the data contain any signal.',
    ])
  })

  it('estimates no baseline in the seed format', () => {
    const facts = factsOf(POSITIVE, {
      leading: totalsOf(dailyMethod('shapley_hazard', POSITIVE, null)),
      seedFormat: true,
    })
    expect(headlineOf(facts)).toBe(
      'Of 7,439 conversions, social is credited with the most, 897 (12.1%; interval unknown); ' +
        'how many would have happened anyway cannot be estimated.',
    )
    expect(caveatsOf(facts)).toEqual([
      'Every conversion in these data is recorded on a touch, so the channels share all conversions.',
    ])
  })

  it('shares nothing where the channels have no positive credit in all', () => {
    const facts = factsOf([['email', -4]], {
      leading: totalsOf(dailyMethod('shapley_hazard', [['email', -4]], 7443)),
    })
    expect(headlineOf(facts)).toBe(
      'The channels have no positive credit in total, so there are no shares; the baseline accounts for 7,443 of 7,439 conversions.',
    )
  })

  it('compares a single channel with no other', () => {
    const one: Credits = [['email', 680]]
    expect(headlineOf(factsOf(one))).toBe(
      'Of 7,439 conversions, email is credited with 680 (9.1%; 95% interval 612 to 748); ' +
        '3,947 (53%) would have happened without any touch.',
    )
  })

  it('warns of negative credit, of one channel and of many', () => {
    expect(caveatsOf(factsOf(CREDITS))).toEqual([
      'direct (−14) has negative credit: the model expects fewer conversions with its touches than without.',
    ])
    const many: Credits = [['email', 680], ...['a', 'b', 'c', 'd', 'e'].map((name) => [name, -3] as const)]
    expect(caveatsOf(factsOf(many))).toEqual([
      'a (−3.0), b (−3.0), c (−3.0) and 2 more have negative credit: the model expects fewer conversions with their touches than without.',
    ])
  })

  it('says that a model that predicts no better than a constant should not be trusted', () => {
    expect(caveatsOf(factsOf(POSITIVE, { worseThanConstant: true }))).toEqual([
      'On held-out users, the hazard model predicts no better than a constant probability: ' +
        'its credits should not be trusted.',
    ])
  })

  it('says first that the model which was asked for learned nothing', () => {
    const unlearned =
      '53 conversions taught the BiLSTM nothing: the tables hold the credit of the hazard model'
    expect(caveatsOf(factsOf(POSITIVE, { unlearned }))).toEqual([`${unlearned}.`])
  })

  it('says what experiments shift', () => {
    const tested = [
      {
        channels: ['search'],
        lastTouch: 1121,
        model: 548,
        experiment: 310,
        deviation: 60,
        calibrated: 322,
      },
      { channels: ['a', 'b'], lastTouch: null, model: 40, experiment: 50, deviation: 30, calibrated: 42 },
    ]
    expect(caveatsOf(factsOf(POSITIVE, { tested }))).toEqual([
      'search: 1,121 by last touch, 548 by the hazard model, 310 ± 60 by your experiment, 322 by both.',
      'a and b: 40 by the hazard model, 50 ± 30 by your experiment, 42 by both.',
    ])
  })

  it('says what of the credit is association without effect', () => {
    const associated = [
      { channel: 'search', conversions: 548, adjusted: 310.4 },
      { channel: 'direct', conversions: 120, adjusted: 0 },
    ]
    expect(caveatsOf(factsOf(POSITIVE, { associated }))).toEqual([
      'Association without effect: people convert more often shortly before touches of search and direct, which these ' +
        'touches can’t have caused. With as much taken off after them, the hazard model credits search 310 instead of 548 ' +
        'and direct 0.0 instead of 120; the rest is baseline.',
    ])
  })

  it('says for which channels the two models differ by more than sampling noise', () => {
    const second = totalsOf(withIntervals(dailyMethod('shapley_hazard', POSITIVE), POSITIVE))
    const moved = POSITIVE.map(([name, conversions]) => {
      return [name, name === 'email' || name === 'search' ? conversions * 0.8 : conversions] as const
    })
    const leading = totalsOf(dailyMethod('shapley_bilstm', moved))
    expect(caveatsOf(factsOf(POSITIVE, { leading, second }))).toEqual([
      'For email and search, the neural network lies outside the interval of the hazard model: they differ by more than sampling noise.',
    ])
    expect(caveatsOf(factsOf(POSITIVE, { leading: second, second }))).toEqual([])
  })

  it('says which channels are too close to call', () => {
    const close: Credits = [
      ['email', 680],
      ['social', 610],
    ]
    expect(caveatsOf(factsOf(close))).toEqual([
      'email and social are too close to call: their intervals overlap.',
    ])
  })

  it('says nothing about first places where there is no signal', () => {
    const close: Credits = [
      ['email', 680],
      ['social', 610],
    ]
    expect(caveatsOf(factsOf(close, { signal: NO_SIGNAL }))).toEqual([])
  })
})
