import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/numerics/random.ts'
import { computeShapley } from '../../src/shapley/exact.ts'
import { drawOrders, estimateByOrders, orderEvaluations } from '../../src/shapley/orders.ts'
import { expectCredits, expectEfficiency } from './axioms.ts'
import { type CoalitionGame, gameOf, randomLogisticGame, randomTableGame, tabulate } from './games.ts'

/** @returns the estimate of a game by some pairs of orders. */
function estimate(game: CoalitionGame, players: number, pairs: number, seed = 1) {
  const orders = drawOrders(players, pairs, createRandom(seed, 'orders'))
  const values = [game(() => false)]
  for (let pair = 0; pair < pairs; pair++) {
    for (let k = 1; k < players; k++) {
      const first = new Set(orders.places.subarray(pair * players, pair * players + k))
      values.push(
        game((player) => first.has(player)),
        game((player) => !first.has(player)),
      )
    }
  }
  values.push(game(() => true))
  return estimateByOrders(orders, Float64Array.from(values))
}

describe('orders', () => {
  it('are each equally likely', () => {
    const random = createRandom(3, 'orders')
    const counts = new Map<string, number>()
    const draws = 12_000
    const { places } = drawOrders(4, draws, random)
    for (let at = 0; at < places.length; at += 4) {
      const order = places.subarray(at, at + 4).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    // Of 12,000 draws 500 each, with a standard deviation of 22: five of them.
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * 22)
  })

  it('have their first ones in common with fewer orders of the same seed', () => {
    const few = drawOrders(6, 2, createRandom(1, 'x')).places
    expect(drawOrders(6, 5, createRandom(1, 'x')).places.subarray(0, 12)).toEqual(few)
  })
})

describe('Shapley values by orders', () => {
  it('add up to v(all) - v(none), whatever the game and however few the orders', () => {
    for (const players of [1, 2, 3, 8, 30]) {
      for (const pairs of [1, 2, 7]) {
        const game = randomLogisticGame(players, createRandom(players, 'game'))
        const { credits } = estimate(game, players, pairs)
        expectEfficiency(
          credits,
          game(() => false),
          game(() => true),
        )
      }
    }
  })

  it('are exact where no three players interact, and say so from two pairs on', () => {
    // v = sum of (i + 1) in S + product of each two neighbours' numbers.
    const game: CoalitionGame = (has) => {
      let value = 0
      for (let i = 0; i < 7; i++) if (has(i)) value += i + 1 + (has((i + 1) % 7) ? i * 0.5 : 0)
      return value
    }
    const exact = computeShapley(tabulate(game, 7), 7)
    expectCredits(estimate(game, 7, 1).credits, exact)
    const { credits, standardErrors } = estimate(game, 7, 4)
    expectCredits(credits, exact)
    for (const error of standardErrors) expect(error).toBeLessThan(1e-12)
  })

  it('are those of both orders of two players', () => {
    // v(0) = 0.2, v(1) = 0.3, v(both) = 0.9: (0.2 + 0.6) / 2 and (0.3 + 0.7) / 2; spread ((0.2 - 0.6) / 2)^2.
    const { credits, standardErrors, spread } = estimate(gameOf([0, 0.2, 0.3, 0.9], 2), 2, 1)
    expect(Array.from(credits, (credit) => credit.toFixed(12))).toEqual(['0.400000000000', '0.500000000000'])
    expect(spread[0]).toBeCloseTo(0.04, 12)
    expect(standardErrors[0]).toBeNaN()
  })

  it('are right on average, and err as much as they say', () => {
    const players = 6
    const game = randomTableGame(players, createRandom(4, 'game'))
    const exact = computeShapley(tabulate(game, players), players)
    const runs = 400
    const sums = new Float64Array(players)
    let squares = 0
    let variances = 0
    for (let seed = 1; seed <= runs; seed++) {
      const { credits, standardErrors } = estimate(game, players, 5, seed)
      credits.forEach((credit, player) => {
        sums[player]! += (credit - exact[player]!) / runs
        squares += (credit - exact[player]!) ** 2
        variances += standardErrors[player]! ** 2
      })
    }
    const deviation = Math.sqrt(squares / players / runs)
    // The mean of 400 runs is off by a twentieth of one run's deviation: five of those.
    for (const bias of sums) expect(Math.abs(bias)).toBeLessThan((5 * deviation) / 20)
    // A variance by 2,400 errors, five independent ones of six a run: a relative standard deviation of sqrt(2 / 2000) = 0.032; five of them.
    expect(Math.abs(variances / squares - 1)).toBeLessThan(5 * 0.032)
  })

  it('need as many values as the orders have coalitions', () => {
    expect([0, 1, 2, 5].map((players) => orderEvaluations(players, 3))).toEqual([1, 2, 8, 26])
    const orders = drawOrders(3, 1, createRandom(1, 'x'))
    expect(() => estimateByOrders(orders, new Float64Array(5))).toThrow(
      new RangeError('1 orders of 3 players have 6 values, got 5'),
    )
  })
})
