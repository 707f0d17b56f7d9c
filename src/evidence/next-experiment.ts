import type { EvidenceSample } from './sample.ts'

/** (1.96 + 0.84)^2: found at 5 % with a probability of 80 %. */
const NEEDED = (1.959964 + 0.841621) ** 2
/** Part of a channel's credit by which a model that no experiment has corrected may well be off. */
const USUAL_BIAS = 0.5

/** A channel that was not tested: what the model credits it with, conversions, and its sampling error. */
export interface Untested {
  readonly channel: number
  readonly conversions: number
  readonly deviation: number
}

/**
 * @param biases of the channels that were tested: how much of the model's credit was wrong, positive or not.
 * @returns the untested channel of which most is unknown: sampling error and, in proportion to its credit, the bias that is to
 *   be expected. Undefined where none has any credit.
 */
export function chooseNext(untested: readonly Untested[], biases: readonly number[]): Untested | undefined {
  const squares = biases.reduce((sum, bias) => sum + bias ** 2, USUAL_BIAS ** 2)
  const bias = Math.sqrt(squares / (biases.length + 1))
  const unknownOf = ({ conversions, deviation }: Untested) => Math.hypot(deviation, bias * conversions)
  const ranked = untested
    .filter(({ conversions }) => conversions > 0)
    .sort((one, other) => unknownOf(other) - unknownOf(one))
  return ranked[0]
}

/**
 * @param conversions that the channel is to have caused, of all users.
 * @returns users of an experiment on as many days as the data have, half of them without the channel, that finds such an
 *   effect at 5 % with a probability of 80 %: 4 (1.96 + 0.84)^2 v / d^2, where d is the effect per user and v the variance of
 *   conversions per user. Undefined where no sampled user converts. O(spans).
 */
export function usersNeeded(conversions: number, sample: EvidenceSample): number | undefined {
  let [sum, squares] = [0, 0]
  for (let user = 0; user < sample.users; user++) {
    let own = 0
    for (let span = sample.userStart[user]!; span < sample.userStart[user + 1]!; span++) {
      if (sample.converts[span] === 1) own += sample.weight[span]!
    }
    sum += own
    squares += own ** 2
  }
  if (sum === 0) return undefined
  const variance = squares / sample.users - (sum / sample.users) ** 2
  const effect = (conversions * sample.rate) / sample.users
  return Math.ceil((4 * NEEDED * variance) / effect ** 2)
}
