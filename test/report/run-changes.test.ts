import { describe, expect, it } from 'vitest'
import { drawNormal } from '../../src/numerics/distributions.ts'
import { createRandom, type Random } from '../../src/numerics/random.ts'
import { CHANGE_LEVEL, findChanges, type RunShare } from '../../src/report/run-changes.ts'

const RUNS = 20
const CHANNELS = 5
const DEVIATION = 0.01

/**
 * @param common part of the variance that is the same error in neighbouring runs, a stationary process with this
 *   correlation between them.
 */
function series(random: Random, common: number, correlation: number, shiftAt?: number, shift = 0) {
  return Array.from({ length: CHANNELS }, (_, channel): readonly RunShare[] => {
    let drift = drawNormal(random)
    return Array.from({ length: RUNS }, (_, run) => {
      drift = correlation * drift + Math.sqrt(1 - correlation ** 2) * drawNormal(random)
      const noise = Math.sqrt(common) * drift + Math.sqrt(1 - common) * drawNormal(random)
      const isShifted = channel === 0 && shiftAt !== undefined && run >= shiftAt
      return { share: 0.2 + DEVIATION * noise + (isShifted ? shift : 0), deviation: DEVIATION }
    })
  })
}

const isFound = (found: ReturnType<typeof findChanges>[number]) => (found?.pValue ?? 1) < CHANGE_LEVEL

describe('changes from run to run', () => {
  it.each([
    ['independent errors', 0, 0],
    ['errors of which half is common to all runs', 0.5, 1],
    ['errors that drift from run to run', 0.8, 0.9],
    ['errors that are nearly the same in all runs', 0.99, 0.99],
  ])('call at most a twentieth of pages changed where nothing changed: %s', (_, common, correlation) => {
    const random = createRandom(101, 'no change')
    const pages = 400
    let changed = 0
    for (let page = 0; page < pages; page++) {
      if (findChanges(series(random, common, correlation)).some(isFound)) changed++
    }
    // A twentieth, and four standard errors of such a count.
    expect(changed).toBeLessThanOrEqual(pages * 0.05 + 4 * Math.sqrt(pages * 0.05 * 0.95))
  })

  it('find a change of three standard errors of a run in the middle of twenty, where it is', () => {
    const random = createRandom(102, 'change')
    let found = 0
    let near = 0
    for (let page = 0; page < 100; page++) {
      const [changed, ...others] = findChanges(series(random, 0, 0, 12, 3 * DEVIATION))
      if (!isFound(changed)) continue
      found++
      if (Math.abs((changed?.run ?? 0) - 12) <= 1) near++
      expect(others.filter(isFound).length).toBeLessThanOrEqual(1)
    }
    expect(found).toBeGreaterThan(70)
    expect(near).toBeGreaterThan(found * 0.7)
  })

  it('find the run of a large change, however it shakes the differences between runs', () => {
    for (const common of [0, 0.5, 1]) {
      const random = createRandom(103, `large change ${common}`)
      const [changed] = findChanges(series(random, common, 1, 12, 15 * DEVIATION))
      expect(changed?.run).toBe(12)
      expect(isFound(changed)).toBe(true)
    }
  })

  it('compare two runs by the intervals of both', () => {
    const two = (later: number): readonly RunShare[] => [
      { share: 0.2, deviation: DEVIATION },
      { share: later, deviation: DEVIATION },
    ]
    // Differences of 1.9 and 3 standard errors, which are sqrt(2) of a run's; 2 x normal tails of 0.0574 and 0.0027.
    const [near, far] = [1.9, 3].map((errors) => findChanges([two(0.2 + errors * DEVIATION * Math.SQRT2)])[0])
    expect(near?.pValue).toBeCloseTo(0.0574, 4)
    expect(far?.pValue).toBeCloseTo(0.0027, 4)
    expect(far).toMatchObject({ run: 1, before: 0.2 })
  })

  it('count every channel that is looked at', () => {
    const one: readonly RunShare[] = [
      { share: 0.2, deviation: DEVIATION },
      { share: 0.2 + 3 * DEVIATION * Math.SQRT2, deviation: DEVIATION },
    ]
    const still = one.map(({ deviation }) => ({ share: 0.2, deviation }))
    expect(findChanges([one, still, still])[0]?.pValue).toBeCloseTo(3 * 0.0027, 4)
  })

  it('say nothing of channels without intervals, or with one run', () => {
    const unknown = [0.1, 0.9].map((share) => ({ share, deviation: null }))
    // An interval without width is not known either: nothing is that sure.
    const zero = [0.1, 0.9].map((share) => ({ share, deviation: 0 }))
    expect(findChanges([unknown, zero, [{ share: 0.1, deviation: 0.1 }], []])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
