import { chiSquareTail } from '../numerics/chi-square.ts'

/** A channel's share in one run. */
export interface RunShare {
  /** Part of the channels' credit; null where the run has none for it. */
  readonly share: number | null
  /** Its standard error within the run; null, or 0 as of an interval without width, where it is not known. */
  readonly deviation: number | null
}

/** Where a channel's share differs most before and after. */
export interface RunChange {
  /** Of all runs, the first one after the change. */
  readonly run: number
  /** Mean shares before and after it. */
  readonly before: number
  readonly after: number
  /** Probability of a difference this large anywhere in any channel if nothing changed, at most. */
  readonly pValue: number
}

/** Changes with a lower p-value are more than noise. */
export const CHANGE_LEVEL = 0.05

/**
 * Looks, for every channel, at every way to part the runs into earlier and later ones, and takes the one whose mean shares
 * differ most in standard errors. p-values hold for all ways and channels together (Bonferroni over the ways, Holm 1979
 * over the channels), so that at most one in twenty such pages calls a change what is noise.
 *
 * Runs share data and models, so their errors go together: averages over runs are less sure than independent ones. The
 * part of the errors that differs from run to run is seen in the differences between neighbours (von Neumann 1941,
 * https://doi.org/10.1214/aoms/1177731677), leaving out the one across the change; only this part shrinks with the number
 * of runs. The rest of each run's own interval is taken to be the same error in all runs of a side, and another one on
 * the other side; what is taken off for it goes by the median of the differences, so that one odd run takes off nothing,
 * and is nothing with few runs.
 * @param series a channel's shares in the order of the runs.
 * @returns undefined for a channel with fewer than two runs with a standard error. O(channels x runs^2).
 */
export function findChanges(series: readonly (readonly RunShare[])[]): readonly (RunChange | undefined)[] {
  const widest = series.map(widestChange)
  const ranked = widest
    .flatMap((change, channel) => (change === undefined ? [] : [{ channel, change }]))
    .sort((left, right) => left.change.pValue - right.change.pValue)
  const found: (RunChange | undefined)[] = series.map(() => undefined)
  let least = 0
  ranked.forEach(({ channel, change }, rank) => {
    least = Math.max(least, Math.min(1, change.pValue * (ranked.length - rank)))
    found[channel] = { ...change, pValue: least }
  })
  return found
}

interface Point {
  readonly run: number
  readonly share: number
  readonly variance: number
}

/** p-values of all ways to part one channel's runs. */
function widestChange(shares: readonly RunShare[]): RunChange | undefined {
  const points = shares.flatMap(({ share, deviation }, run): Point[] =>
    share === null || deviation === null || !(deviation > 0)
      ? []
      : [{ run, share, variance: deviation ** 2 }],
  )
  let widest: RunChange | undefined
  let most = 0
  for (let at = 1; at < points.length; at++) {
    const [earlier, later] = [points.slice(0, at), points.slice(at)]
    const [before, after] = [meanOf(earlier, 'share'), meanOf(later, 'share')]
    const steps = squaredSteps(points, at)
    const errors = { own: ownVariance(steps), typical: typicalVariance(steps) }
    const variance = sideVariance(earlier, errors) + sideVariance(later, errors)
    const difference = after - before
    const statistic = difference === 0 ? 0 : difference ** 2 / variance
    if (widest !== undefined && statistic <= most) continue
    most = statistic
    const pValue = Math.min(1, chiSquareTail(statistic, 1) * (points.length - 1))
    widest = { run: points[at]?.run ?? 0, before, after, pValue }
  }
  return widest
}

function meanOf(points: readonly Point[], key: 'share' | 'variance'): number {
  return points.reduce((sum, point) => sum + point[key], 0) / points.length
}

/** Squared differences of neighbours, but for those across the change. */
function squaredSteps(points: readonly Point[], at: number): readonly number[] {
  return points.slice(1).flatMap(({ share }, before) => {
    return before + 1 === at ? [] : [(share - (points[before]?.share ?? 0)) ** 2]
  })
}

/** With fewer differences than this, their median says too little. */
const LEAST_STEPS = 6
/** Of a chi-squared number with one degree of freedom. */
const MEDIAN_SQUARE = 0.4549

/** A difference of two runs has twice the variance of a run's own error. */
function ownVariance(steps: readonly number[]): number {
  return steps.length === 0 ? 0 : steps.reduce((sum, step) => sum + step, 0) / (2 * steps.length)
}

/** The same by the median, which one odd run does not move. */
function typicalVariance(steps: readonly number[]): number {
  if (steps.length < LEAST_STEPS) return 0
  const middle = Float64Array.from(steps).sort()[Math.floor(steps.length / 2)] ?? 0
  return middle / (2 * MEDIAN_SQUARE)
}

/** Variance of the mean of one side. */
function sideVariance(
  side: readonly Point[],
  { own, typical }: { readonly own: number; readonly typical: number },
): number {
  return own / side.length + Math.max(0, meanOf(side, 'variance') - typical)
}
