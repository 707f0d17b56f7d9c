import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullEvaluations, plannedEvaluations, planSampling } from '../../src/shapley/sampling-plan.ts'

describe('the sampling plan', () => {
  it('takes the small sizes whole and shares the rest equally among the others', () => {
    // 1023 pairs: 13 + 78 whole, 932 left for four sizes.
    expect(planSampling(13, 2048)).toEqual([
      { size: 1, population: 13, draws: 13 },
      { size: 2, population: 78, draws: 78 },
      { size: 3, population: 286, draws: 233 },
      { size: 4, population: 715, draws: 233 },
      { size: 5, population: 1287, draws: 233 },
      { size: 6, population: 1716, draws: 233 },
    ])
  })

  it('draws half as many pairs of the middle size, which no other size mirrors', () => {
    // 63 pairs: 8 whole, 55 left for leverage 2 + 2 + 1.
    expect(planSampling(8, 128)).toEqual([
      { size: 1, population: 8, draws: 8 },
      { size: 2, population: 28, draws: 22 },
      { size: 3, population: 56, draws: 22 },
      { size: 4, population: 35, draws: 11 },
    ])
  })

  it('takes all coalitions where the budget is all coalitions', () => {
    for (let players = 2; players <= 20; players++) {
      const strata = planSampling(players, 2 ** players)
      expect(plannedEvaluations(strata)).toBe(2 ** players)
      for (const { draws, population } of strata) expect(draws).toBe(population)
    }
  })

  it('never spends more than the budget, and leaves each size two draws for a standard error', () => {
    const cases = fc.record({ players: fc.integer({ min: 2, max: 300 }), more: fc.nat(5000) })
    fc.assert(
      fc.property(cases, ({ players, more }) => {
        const budget = Math.min(2 ** players, 8 * players) + more
        const strata = planSampling(players, budget)
        const evaluations = plannedEvaluations(strata)
        expect(evaluations).toBeLessThanOrEqual(budget)
        expect(evaluations).toBeGreaterThanOrEqual(Math.min(2 ** players, budget - 1))
        for (const { draws, population } of strata)
          expect(draws).toBeGreaterThanOrEqual(Math.min(2, population))
      }),
      { seed: 14, numRuns: 300 },
    )
  })

  it('refuses a budget too small for a standard error', () => {
    expect(() => planSampling(20, 159)).toThrow(
      new RangeError('20 players need at least 160 evaluations, the budget is 159'),
    )
  })
})

describe('a game solved in full', () => {
  it('takes all coalitions up to 12 players, and above 2048 evaluations or 32 a player', () => {
    expect([0, 1, 12, 13, 64, 65, 200].map(fullEvaluations)).toEqual([1, 2, 4096, 2048, 2048, 2080, 6400])
  })
})
