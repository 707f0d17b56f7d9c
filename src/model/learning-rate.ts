/** The highest rate, of models up to the width it was measured at; wider ones take less. */
const PEAK = 8e-3
const PEAK_WIDTH = 16
/** Part of the steps over which the rate rises. */
const RISE = 0.08
/** The first step's part of the rise. */
const START = 0.01

/**
 * Adam's rate over the steps of a training: a short rise, then half a cosine down to 0 (Loshchilov and Hutter 2017). At
 * a constant 1e-3 the few hundred steps of a run end before the effects are learned, and the baseline is credited what
 * is left over (bench/training.ts); the fall takes the noise of the last batches out of the weights.
 * @param part of all steps that are done, 0 <= part < 1.
 * @param width of the model.
 */
export function learningRate(part: number, width: number): number {
  const peak = PEAK * Math.min(1, Math.sqrt(PEAK_WIDTH / width))
  const rise = Math.min(1, (START + part) / RISE)
  return peak * rise * (0.5 + 0.5 * Math.cos(Math.PI * part))
}
