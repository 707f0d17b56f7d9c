import { drawNormal } from '../numerics/distributions.ts'
import { createRandom, type Random } from '../numerics/random.ts'
import type { NetShape, Weight } from './weights.ts'

/** What determines the untrained weights. */
export interface InitialWeightOptions extends NetShape {
  readonly seed: number
  /** Part of the examples that convert, 0 < rate < 1: the untrained model's prediction for every pattern. */
  readonly baseRate: number
}

/**
 * @returns the untrained weights in the order of `weightShapes`: input kernels uniform by Glorot and Bengio (2010),
 * recurrent ones orthogonal (Saxe et al. 2014), forget gates biased by 1 (Jozefowicz et al. 2015), as in Keras.
 * The last layer begins at zero with the logit of the base rate as bias: the untrained model is the base rate.
 * O(width^3).
 */
export function drawInitialWeights({ grid, width, seed, baseRate }: InitialWeightOptions): Weight[] {
  const random = createRandom(seed, 'initial weights')
  const lstm = (inputs: number) => [
    glorot(random, inputs, 4 * width),
    orthogonal(random, width, 4 * width),
    forgetBias(width),
  ]
  const logit = Math.log(baseRate / (1 - baseRate))
  return [
    ...lstm(grid.channelCount),
    ...lstm(grid.channelCount),
    ...lstm(2 * width),
    ...lstm(2 * width),
    glorot(random, 2 * width, width),
    { values: new Float32Array(width), shape: [width] },
    { values: new Float32Array(width), shape: [width, 1] },
    { values: Float32Array.of(logit), shape: [1] },
  ]
}

function glorot(random: Random, inputs: number, outputs: number): Weight {
  const limit = Math.sqrt(6 / (inputs + outputs))
  return {
    values: Float32Array.from({ length: inputs * outputs }, () => (2 * random.uniform() - 1) * limit),
    shape: [inputs, outputs],
  }
}

function forgetBias(width: number): Weight {
  return { values: new Float32Array(4 * width).fill(1, width, 2 * width), shape: [4 * width] }
}

/** Gram-Schmidt over rows of normal draws, twice for each row so that rounding leaves nothing. */
function orthogonal(random: Random, rows: number, columns: number): Weight {
  const values = new Float64Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const vector = Float64Array.from({ length: columns }, () => drawNormal(random))
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < row; other++) {
        removePart(vector, values.subarray(other * columns, (other + 1) * columns))
      }
    }
    const length = Math.hypot(...vector)
    values.set(
      vector.map((value) => value / length),
      row * columns,
    )
  }
  return { values: Float32Array.from(values), shape: [rows, columns] }
}

/** Leaves the part that is orthogonal to a unit vector. */
function removePart(vector: Float64Array, unit: Float64Array): void {
  let product = 0
  for (let at = 0; at < vector.length; at++) product += vector[at]! * unit[at]!
  for (let at = 0; at < vector.length; at++) vector[at]! -= product * unit[at]!
}
