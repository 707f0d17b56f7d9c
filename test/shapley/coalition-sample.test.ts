import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/numerics/random.ts'
import { type CoalitionSample, drawCoalitions } from '../../src/shapley/coalition-sample.ts'
import { planSampling } from '../../src/shapley/sampling-plan.ts'

function membersOf(sample: CoalitionSample, pair: number): number[] {
  return Array.from({ length: sample.players }, (_, player) => player).filter(
    (player) => ((sample.words[pair * sample.wordsPerCoalition + (player >> 5)] ?? 0) >>> (player & 31)) & 1,
  )
}

describe('a sample of coalitions', () => {
  it.each([
    [5, 32],
    [8, 64],
    [8, 128],
    [13, 2048],
    [32, 1024],
    [33, 1024],
    [64, 2048],
    [100, 3200],
  ])('of %i players within %i evaluations has distinct pairs of the planned sizes', (players, budget) => {
    const strata = planSampling(players, budget)
    const sample = drawCoalitions(players, strata, createRandom(1, 'test'))
    const pairs = Array.from({ length: sample.pairs }, (_, pair) => membersOf(sample, pair))
    expect(pairs.map((members) => members.length)).toEqual(
      strata.flatMap(({ size, draws }) => Array.from({ length: draws }, () => size)),
    )
    const everyone = Array.from({ length: players }, (_, player) => player)
    const halves = pairs.flatMap((members) => [
      members.join(),
      everyone.filter((player) => !members.includes(player)).join(),
    ])
    expect(new Set(halves).size).toBe(2 * sample.pairs)
  })

  it('depends on the random source alone', () => {
    const draw = (seed: number) => drawCoalitions(20, planSampling(20, 640), createRandom(seed, 'test')).words
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it.each([
    ['passing all coalitions', { size: 3, population: 56, draws: 30 }],
    ['rejecting repeats', { size: 3, population: 56, draws: 20 }],
    ['pairs of the middle size, passing all', { size: 4, population: 35, draws: 20 }],
    ['pairs of the middle size, rejecting repeats', { size: 4, population: 35, draws: 10 }],
  ])('is fair to each coalition: %s', (_, stratum) => {
    const trials = 4000
    const random = createRandom(3, 'fair')
    const drawn = new Map<string, number>()
    for (let trial = 0; trial < trials; trial++) {
      const sample = drawCoalitions(8, [stratum], random)
      for (let pair = 0; pair < sample.pairs; pair++) {
        const key = membersOf(sample, pair).join()
        drawn.set(key, (drawn.get(key) ?? 0) + 1)
      }
    }
    expect(drawn.size).toBe(stratum.population)
    const probability = stratum.draws / stratum.population
    const standardDeviation = Math.sqrt(trials * probability * (1 - probability))
    // Five standard deviations of a binomial: one coalition in two million is further off.
    for (const times of drawn.values()) {
      expect(Math.abs(times - trials * probability)).toBeLessThan(5 * standardDeviation)
    }
  })
})
