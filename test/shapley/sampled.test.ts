import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/numerics/random.ts'
import { drawCoalitions } from '../../src/shapley/coalition-sample.ts'
import { computeShapley } from '../../src/shapley/exact.ts'
import { estimateShapley } from '../../src/shapley/sampled.ts'
import { planSampling } from '../../src/shapley/sampling-plan.ts'
import { expectCredits, expectEfficiency, expectWithinStandardErrors } from './axioms.ts'
import {
  type CoalitionGame,
  estimateGame,
  randomLogisticGame,
  randomTableGame,
  randomVotingGame,
  tabulate,
} from './games.ts'

describe('sampled Shapley values', () => {
  it('are the exact ones, without error, where the budget is all coalitions', () => {
    for (const players of [2, 3, 4, 5, 8, 9]) {
      const game = randomTableGame(players, createRandom(players, 'all coalitions'))
      const { credits, standardErrors } = estimateGame(game, players, 2 ** players)
      expectCredits(credits, computeShapley(tabulate(game, players), players))
      expect(standardErrors).toEqual(new Float64Array(players))
    }
  })

  it('are exact from few coalitions where worths just add up', () => {
    const worths = Array.from({ length: 40 }, (_, player) => Math.cos(player))
    const game: CoalitionGame = (has) =>
      worths.reduce((sum, worth, player) => sum + (has(player) ? worth : 0), 0.25)
    const { credits, standardErrors } = estimateGame(game, 40, 320)
    expectCredits(credits, worths)
    expectCredits(standardErrors, new Float64Array(40))
  })

  it('are exact from few coalitions where players work together in twos', () => {
    const partnerOf = (player: number) => player ^ 1
    const game: CoalitionGame = (has) => {
      let sum = 0
      for (let player = 0; player < 20; player++) if (has(player) && has(partnerOf(player))) sum += player + 1
      return sum
    }
    const expected = Array.from({ length: 20 }, (_, player) => (player + 1 + partnerOf(player) + 1) / 2)
    expectCredits(estimateGame(game, 20, 160).credits, expected)
  })

  it('find who is needed in a game of 70 players', () => {
    const needed = [3, 33, 69]
    const game: CoalitionGame = (has) => (needed.every(has) ? 1 : 0)
    const expected = Array.from({ length: 70 }, (_, player) => (needed.includes(player) ? 1 / 3 : 0))
    const estimate = estimateGame(game, 70, 2240)
    expectWithinStandardErrors(estimate, expected)
    // Each needed player's credit is far from 0 by that measure: it does find them.
    for (const player of needed) {
      expect(estimate.credits[player]).toBeGreaterThan(20 * (estimate.standardErrors[player] ?? 1))
    }
  })

  it('work with one player more than 1000', () => {
    const game: CoalitionGame = (has) => (has(0) ? 1 : 0) + (has(1000) ? 2 : 0)
    const { credits } = estimateGame(game, 1001, 8008)
    expectEfficiency(credits, 0, 3)
    expectCredits(credits.subarray(0, 2), [1, 0])
  })

  it('refuse values that are not those of the sample', () => {
    const sample = drawCoalitions(5, planSampling(5, 32), createRandom(1, 'test'))
    expect(() => estimateShapley(sample, new Float64Array(31))).toThrow(
      new RangeError('15 pairs of coalitions have 32 values, got 31'),
    )
  })
})

describe('properties of sampled Shapley values', () => {
  const cases = fc.record({
    players: fc.integer({ min: 7, max: 11 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  const settings = { seed: 12, numRuns: 60 }

  it('add up to v(all) - v(none) exactly', () => {
    fc.assert(
      fc.property(cases, ({ players, seed }) => {
        const game = randomTableGame(players, createRandom(seed, 'efficiency'))
        const { credits } = estimateGame(game, players, 8 * players, createRandom(seed, 'draws'))
        expectEfficiency(
          credits,
          game(() => false),
          game(() => true),
        )
      }),
      settings,
    )
  })

  it('credit nothing, within their standard error, to a player that never changes the value', () => {
    fc.assert(
      fc.property(cases, ({ players, seed }) => {
        const others = randomLogisticGame(players - 1, createRandom(seed, 'null player'))
        const estimate = estimateGame(others, players, 16 * players, createRandom(seed, 'draws'))
        expectWithinStandardErrors(
          {
            credits: estimate.credits.subarray(players - 1),
            standardErrors: estimate.standardErrors.subarray(players - 1),
          },
          [0],
        )
      }),
      settings,
    )
  })

  it('credit two players alike, within their standard errors, who can take each other’s place', () => {
    fc.assert(
      fc.property(cases, ({ players, seed }) => {
        const game = randomLogisticGame(players, createRandom(seed, 'symmetry'))
        const symmetric: CoalitionGame = (has) =>
          game(has) + game((player) => has(player < 2 ? 1 - player : player))
        const { credits, standardErrors } = estimateGame(
          symmetric,
          players,
          16 * players,
          createRandom(seed, 'draws'),
        )
        const [one = 0, other = 0] = credits
        const [errorOfOne = 0, errorOfOther = 0] = standardErrors
        // The standard error of a difference is at most the sum of the two.
        expectWithinStandardErrors(
          { credits: [one - other], standardErrors: [errorOfOne + errorOfOther] },
          [0],
        )
      }),
      settings,
    )
  })

  it('are linear in the game, the coalitions being the same', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: -2, max: 2, noNaN: true }), ({ players, seed }, factor) => {
        const one = randomTableGame(players, createRandom(seed, 'one'))
        const other = randomTableGame(players, createRandom(seed, 'other'))
        const estimate = (game: CoalitionGame) =>
          estimateGame(game, players, 10 * players, createRandom(seed, 'draws')).credits
        const ofOther = estimate(other)
        expectCredits(
          estimate((has) => one(has) + factor * other(has)),
          estimate(one).map((credit, player) => credit + factor * (ofOther[player] ?? 0)),
        )
      }),
      settings,
    )
  })
})

describe('the standard error of sampled Shapley values', () => {
  const makers = [randomLogisticGame, randomTableGame, randomVotingGame]
  const GAMES = 1500

  /** Error over standard error, of one player per game, so that they are independent. */
  const deviations = Array.from({ length: GAMES }, (_, trial) => {
    const players = 8 + (trial % 4)
    const budget = (trial % 5 < 2 ? 10 : 20) * players
    const make = makers[trial % makers.length] ?? randomLogisticGame
    const game = make(players, createRandom(trial, 'coverage'))
    const exact = computeShapley(tabulate(game, players), players)
    const { credits, standardErrors } = estimateGame(game, players, budget, createRandom(trial, 'draws'))
    const error = Math.abs((credits[0] ?? Number.NaN) - (exact[0] ?? Number.NaN))
    // An error of 0 is covered by a standard error of 0.
    return error === 0 ? 0 : error / (standardErrors[0] ?? 0)
  })

  /** |error| <= 1.96 standard errors, these times `factor`. */
  const countCovered = (factor: number) => deviations.filter((deviation) => deviation <= 1.96 * factor).length

  // Normal errors would be covered 95 times in 100. True coverage is allowed to lie from 92 (small samples have
  // longer tails) to 97; four binomial standard deviations are added on either side.
  const fewest = GAMES * 0.92 - 4 * Math.sqrt(GAMES * 0.92 * 0.08)
  const most = GAMES * 0.97 + 4 * Math.sqrt(GAMES * 0.97 * 0.03)

  it('covers the exact value as often as it says, over 1500 random games', () => {
    const covered = countCovered(1)
    expect(covered).toBeGreaterThan(fewest)
    expect(covered).toBeLessThan(most)
  })

  it('would be found out if it were 25 % too small or 50 % too large', () => {
    expect(countCovered(0.75)).toBeLessThan(fewest)
    expect(countCovered(1.5)).toBeGreaterThan(most)
  })

  it('falls as the budget grows, and with it the error', () => {
    const game = randomLogisticGame(12, createRandom(5, 'budget'))
    const exact = computeShapley(tabulate(game, 12), 12)
    const [coarse, fine] = [96, 2048].map((budget) => estimateGame(game, 12, budget))
    const errorOf = (credits: Float64Array | undefined) =>
      Math.hypot(...exact.map((credit, player) => credit - (credits?.[player] ?? Number.NaN)))
    expect(Math.hypot(...(fine?.standardErrors ?? []))).toBeLessThan(
      Math.hypot(...(coarse?.standardErrors ?? [])) / 4,
    )
    expect(errorOf(fine?.credits)).toBeLessThan(errorOf(coarse?.credits) / 2)
  })
})
