import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeShapley } from '../../src/shapley/exact.ts'
import { expectCredits, expectEfficiency } from './axioms.ts'
import { type CoalitionGame, gameOf, tabulate } from './games.ts'

const solve = (game: CoalitionGame, players: number) => computeShapley(tabulate(game, players), players)

describe('exact Shapley values of solved games', () => {
  it('gives the one right glove 2/3 and the two left ones 1/6 each', () => {
    // https://en.wikipedia.org/wiki/Shapley_value#Glove_game
    expectCredits(
      solve((has) => ((has(0) || has(1)) && has(2) ? 1 : 0), 3),
      [1 / 6, 1 / 6, 2 / 3],
    )
  })

  it('divides the cost of a runway among those who need each part of it', () => {
    // Littlechild and Owen 1973, https://doi.org/10.1287/mnsc.20.3.370; https://en.wikipedia.org/wiki/Airport_problem:
    // costs 8, 11, 13, 18.
    const costs = [8, 11, 13, 18]
    expectCredits(
      solve((has) => Math.max(0, ...costs.filter((_, player) => has(player))), 4),
      [2, 3, 4, 9],
    )
  })

  it('gives the shareholder with 3 of 7 votes half the power, and the others a sixth each', () => {
    // https://en.wikipedia.org/wiki/Shapley%E2%80%93Shubik_power_index: weights 3, 2, 1, 1, quota 4.
    const weights = [3, 2, 1, 1]
    const votes = (has: (player: number) => boolean) =>
      weights.reduce((sum, weight, player) => sum + (has(player) ? weight : 0), 0)
    expectCredits(
      solve((has) => (votes(has) >= 4 ? 1 : 0), 4),
      [1 / 2, 1 / 6, 1 / 6, 1 / 6],
    )
  })

  it('divides a unanimity game equally among those who are needed', () => {
    expectCredits(
      solve((has) => (has(1) && has(2) && has(4) ? 6 : 0), 5),
      [0, 2, 2, 0, 2],
    )
  })

  it('gives each player its own worth where worths just add up, whatever nobody is worth', () => {
    expectCredits(
      solve((has) => 7 + (has(0) ? 1 : 0) - (has(1) ? 2 : 0) + (has(2) ? 4 : 0), 3),
      [1, -2, 4],
    )
  })

  it('follows the definition over all orders for a game of six', () => {
    const values = Float64Array.from({ length: 64 }, (_, mask) => Math.sin(mask * 1.7))
    expectCredits(computeShapley(values, 6), creditByOrders(values, 6))
  })

  it('has nothing to credit where there is no player', () => {
    expect(computeShapley(Float64Array.of(0.3), 0)).toEqual(new Float64Array(0))
  })

  it('refuses a table of the wrong length', () => {
    expect(() => computeShapley(new Float64Array(7), 3)).toThrow(
      new RangeError('3 players have 8 coalitions, got 7 values'),
    )
  })
})

describe('properties of exact Shapley values', () => {
  const worth = fc.double({ min: -1, max: 1, noNaN: true })
  const table = (players: number) => fc.array(worth, { minLength: 2 ** players, maxLength: 2 ** players })
  const games = fc
    .integer({ min: 1, max: 8 })
    .chain((players) => fc.record({ players: fc.constant(players), values: table(players) }))
  const settings = { seed: 11, numRuns: 100 }

  it('adds up to v(all) - v(none)', () => {
    fc.assert(
      fc.property(games, ({ players, values }) => {
        expectEfficiency(
          computeShapley(Float64Array.from(values), players),
          values[0] ?? 0,
          values[values.length - 1] ?? 0,
        )
      }),
      settings,
    )
  })

  it('credits exactly nothing to a player that never changes the value', () => {
    fc.assert(
      fc.property(games, fc.nat(), ({ players, values }, pick) => {
        const idle = pick % players
        const game = tabulate(
          (has) => gameOf(values, players)((player) => player !== idle && has(player)),
          players,
        )
        expect(computeShapley(game, players)[idle]).toBe(0)
      }),
      settings,
    )
  })

  it('credits two players alike who can take each other’s place', () => {
    fc.assert(
      fc.property(games, ({ players, values }) => {
        const swap = (player: number) => (player < 2 && players > 1 ? 1 - player : player)
        const game = gameOf(values, players)
        const symmetric = tabulate((has) => game(has) + game((player) => has(swap(player))), players)
        const credits = computeShapley(symmetric, players)
        expectCredits(credits.subarray(0, 1), credits.subarray(swap(0), swap(0) + 1))
      }),
      settings,
    )
  })

  it('is linear in the game', () => {
    const pairs = fc
      .integer({ min: 1, max: 7 })
      .chain((players) =>
        fc.record({ players: fc.constant(players), one: table(players), other: table(players) }),
      )
    fc.assert(
      fc.property(pairs, worth, ({ players, one, other }, factor) => {
        const mixed = Float64Array.from(one, (value, mask) => value + factor * (other[mask] ?? 0))
        const ofOther = computeShapley(Float64Array.from(other), players)
        expectCredits(
          computeShapley(mixed, players),
          computeShapley(Float64Array.from(one), players).map(
            (credit, player) => credit + factor * (ofOther[player] ?? 0),
          ),
        )
      }),
      settings,
    )
  })
})

/** The definition: what a player adds to those before it, averaged over all orders. */
function creditByOrders(values: Float64Array, players: number): Float64Array {
  const credits = new Float64Array(players)
  let orders = 0
  const extend = (order: number[]) => {
    if (order.length === players) {
      orders++
      let mask = 0
      for (const player of order) {
        const before = values[mask] ?? 0
        mask |= 1 << player
        credits[player] = (credits[player] ?? 0) + (values[mask] ?? 0) - before
      }
      return
    }
    for (let player = 0; player < players; player++) if (!order.includes(player)) extend([...order, player])
  }
  extend([])
  return credits.map((credit) => credit / orders)
}
