import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseOrder, orderQualities } from '../../src/comparison/chain-order.ts'
import { type PathTable, PathTableBuilder } from '../../src/comparison/path-table.ts'
import { createRandom } from '../../src/numerics/random.ts'

interface Counted {
  readonly places: readonly number[]
  readonly conversions: number
  readonly nullPaths: number
}

function tableOf(paths: readonly Counted[]): PathTable {
  const builder = new PathTableBuilder()
  for (const { places, conversions, nullPaths } of paths) {
    builder.add(places, { conversions, nullPaths, value: 0, creditedConversions: 0, creditedValue: 0 })
  }
  return builder.build()
}

/** The chance by the last k touches of all paths, and of two paths, one of them converting, which scores higher. */
function plainAuc(paths: readonly Counted[], order: number): number {
  const history = ({ places }: Counted) => ['start', ...places].slice(-order).join(' ')
  const score = (path: Counted) => {
    const alike = paths.filter((other) => history(other) === history(path))
    const conversions = alike.reduce((sum, other) => sum + other.conversions, 0)
    return conversions / (conversions + alike.reduce((sum, other) => sum + other.nullPaths, 0))
  }
  let [won, pairs] = [0, 0]
  for (const converting of paths) {
    for (const other of paths) {
      const pair = converting.conversions * other.nullPaths
      const [left, right] = [score(converting), score(other)]
      won += pair * (left > right ? 1 : left === right ? 0.5 : 0)
      pairs += pair
    }
  }
  return won / pairs
}

/** Counts that ten folds divide, so that each fold is a tenth of the whole and the folds' areas are that of all. */
const evenPaths = fc.array(
  fc.record({
    places: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
    conversions: fc.nat(40).map((count) => 10 * count),
    nullPaths: fc.nat(40).map((count) => 10 * count),
  }),
  { minLength: 2, maxLength: 12 },
)

describe('the order of the Markov chain', () => {
  it('is judged by the area under the ROC curve, as pairs of paths have it', () => {
    let compared = 0
    fc.assert(
      fc.property(evenPaths, (paths) => {
        const both = paths.some((path) => path.conversions > 0) && paths.some((path) => path.nullPaths > 0)
        for (const { order, auc } of orderQualities(tableOf(paths), 3, 1)) {
          if (!both) expect(auc).toBeNull()
          else expect(auc).toBeCloseTo(plainAuc(paths, order), 12)
          compared += Number(both)
        }
      }),
    )
    expect(compared).toBeGreaterThan(100)
  })

  it('takes a penalty for parameters as adjusted R squared does', () => {
    const paths = [
      { places: [0], conversions: 10, nullPaths: 20 },
      { places: [1], conversions: 30, nullPaths: 10 },
    ]
    const [first] = orderQualities(tableOf(paths), 1, 1)
    // AUC: (30 x 20 + 10 x 20 / 2 + 30 x 10 / 2) / (40 x 30) = 850 / 1200; 70 paths, 2 parameters.
    expect(first?.auc).toBeCloseTo(850 / 1200, 14)
    expect(first?.parameters).toBe(2)
    expect(first?.penalisedAuc).toBeCloseTo(1 - ((1 - 850 / 1200) * 69) / 67, 14)
  })

  it('leaves paths without a touch out of all of it', () => {
    const paths = [{ places: [0, 1], conversions: 50, nullPaths: 20 }]
    const withBaseline = [...paths, { places: [], conversions: 5000, nullPaths: 0 }]
    expect(orderQualities(tableOf(withBaseline), 2, 1)).toEqual(orderQualities(tableOf(paths), 2, 1))
  })

  it('is 2 where the channel before the last one decides, and 1 where the last one alone does', () => {
    const draw = (seed: number, deciding: number) => {
      const random = createRandom(seed, 'orders')
      return Array.from({ length: 4000 }, (): Counted => {
        const places = Array.from({ length: 4 }, () => random.below(3))
        const converts = random.uniform() < (places[deciding] === 0 ? 0.6 : 0.2)
        return { places, conversions: Number(converts), nullPaths: Number(!converts) }
      })
    }
    const chosen = (deciding: number) =>
      Array.from({ length: 20 }, (_, seed) =>
        chooseOrder(orderQualities(tableOf(draw(seed, deciding)), 4, 1)),
      )
    // One order passes two standard errors by chance in 4 of 100 (Student's t, 9 degrees of freedom), one of three in
    // less than 12 of 100: of 20, more than 6 have a probability of 0.01; the seeds are fixed.
    expect(chosen(2).filter((order) => order !== 2).length).toBeLessThanOrEqual(6)
    expect(chosen(3).filter((order) => order !== 1).length).toBeLessThanOrEqual(6)
  })

  it('is the same for the same seed, and hangs on it only by chance', () => {
    const paths = tableOf([
      { places: [0], conversions: 7, nullPaths: 13 },
      { places: [1, 0], conversions: 11, nullPaths: 9 },
      { places: [1], conversions: 3, nullPaths: 21 },
    ])
    const [once, again, other] = [1, 1, 2].map((seed) => orderQualities(paths, 2, seed))
    expect(again).toEqual(once)
    expect(other).not.toEqual(once)
  })

  it('is 1 where nothing can be told: no null paths, or more parameters than paths', () => {
    const without = orderQualities(tableOf([{ places: [0, 1], conversions: 8, nullPaths: 0 }]), 3, 1)
    expect(without.map(({ auc }) => auc)).toEqual([null, null, null])
    expect(chooseOrder(without)).toBe(1)
    const [few] = orderQualities(
      tableOf([
        { places: [0], conversions: 1, nullPaths: 0 },
        { places: [1], conversions: 0, nullPaths: 1 },
      ]),
      1,
      1,
    )
    expect(few?.penalisedAuc).toBeNull()
  })

  it('is the lower one of two that are as good, and the higher one where it is better beyond chance', () => {
    const quality = (order: number, byFold: readonly number[]) => {
      const penalisedAuc =
        byFold.length === 0 ? null : byFold.reduce((sum, one) => sum + one, 0) / byFold.length
      return { order, auc: 1, penalisedAuc, parameters: 1, byFold }
    }
    expect(chooseOrder([quality(1, [0.7, 0.6]), quality(2, [0.7, 0.6]), quality(3, [0.6, 0.6])])).toBe(1)
    expect(chooseOrder([quality(1, [0.7, 0.6, 0.5]), quality(2, [0.6, 0.6, 0.7])])).toBe(1)
    expect(chooseOrder([quality(1, [0.7, 0.6, 0.5]), quality(2, [0.8, 0.71, 0.6])])).toBe(2)
    expect(chooseOrder([quality(1, []), quality(2, [0.5, 0.5]), quality(3, [0.6, 0.6])])).toBe(3)
  })
})
