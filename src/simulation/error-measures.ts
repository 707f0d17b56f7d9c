import type { SimulationTruth } from './truth.ts'

/** What caused the conversions according to an attribution. */
export interface EstimatedCauses {
  /** Conversions per channel; a missing channel has 0. */
  readonly byChannel: ReadonlyMap<string, number>
  readonly baseline: number
}

/** How far an attribution is off, in percentage points. */
export interface AttributionError {
  /**
   * Mean absolute error over all channels and the baseline, each as a percentage of all conversions: how well it
   * separates conversions caused by touches from those that would have happened anyway.
   */
  readonly incremental: number
  /**
   * Mean absolute error over the channels, each as a percentage of what all channels caused: how well it divides them.
   * Null if the channels caused nothing, either in truth or by the estimate.
   */
  readonly share: number | null
}

/**
 * Compares an attribution with the truth of a simulation, which must be limited to the attribution's lookback window
 * (`truthWithinWindow`). Each side is a percentage of its own total.
 * @throws RangeError if either side has no conversions.
 */
export function compareWithTruth(truth: SimulationTruth, estimate: EstimatedCauses): AttributionError {
  const trueByChannel = new Map(truth.byChannel.map(({ channel, conversions }) => [channel, conversions]))
  const channels = [...new Set([...trueByChannel.keys(), ...estimate.byChannel.keys()])]
  const caused = channels.map((channel) => trueByChannel.get(channel) ?? 0)
  const credited = channels.map((channel) => estimate.byChannel.get(channel) ?? 0)
  const incremental = meanAbsoluteError(
    [...caused, truth.baseline.conversions],
    [...credited, estimate.baseline],
  )
  if (incremental === null) throw new RangeError('error measures: there are no conversions to compare')
  return { incremental, share: meanAbsoluteError(caused, credited) }
}

/** Mean absolute difference of percentages of the totals, in points; null if a total is not positive. */
function meanAbsoluteError(actual: readonly number[], estimated: readonly number[]): number | null {
  const total = actual.reduce((sum, part) => sum + part, 0)
  const estimatedTotal = estimated.reduce((sum, part) => sum + part, 0)
  if (!(total > 0 && estimatedTotal > 0)) return null
  const error = actual.reduce(
    (sum, part, at) => sum + Math.abs(part / total - estimated[at]! / estimatedTotal),
    0,
  )
  return (100 * error) / actual.length
}
