import { type CellGrid, type ConvertingPatterns, cellCount, cellsOf } from '../examples/pattern.ts'
import type { HazardColumns } from '../hazard/columns.ts'
import { buildRows } from '../hazard/event-rows.ts'
import type { ExposureRule } from '../hazard/exposure.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import { columnsOf, type HazardFit, type HazardModel, weightsOf, withWeights } from '../hazard/model.ts'
import { maximizePoisson } from '../numerics/non-negative-poisson.ts'
import { addUpGroups, groupExposures } from './group-cells.ts'
import { combineEstimates, type Estimate, posterior } from './posterior.ts'
import type { EvidenceSample } from './sample.ts'
import { withinDays } from './within-days.ts'

/** An experiment on some days of the sample: from the first up to, not including, the last one. */
export interface DatedExperiment extends Estimate {
  readonly fromDay: number
  readonly toDay: number
}

/** A channel, or several that were tested together, and the experiments on them. */
export interface TestedChannels {
  readonly channels: readonly number[]
  readonly experiments: readonly DatedExperiment[]
}

/** What model and experiments say of tested channels; conversions of all that the model was learned from. */
export interface CalibratedChannels {
  readonly channels: readonly number[]
  readonly model: Estimate
  readonly experiment: Estimate
  readonly calibrated: Estimate
  /** See {@link combineEstimates}. */
  readonly spread: number
  /** Conversions whose window holds one of the channels: no more can be theirs. */
  readonly most: number
}

export interface Calibration {
  readonly model: HazardModel
  /** By cell the part of its credit that is effect. */
  readonly part: Float64Array
  readonly tested: readonly CalibratedChannels[]
  /** False where no model has all channels as high as their experiments say: then none is raised. */
  readonly isReached: boolean
}

/** What {@link calibrate} works on. */
export interface CalibrationInput {
  readonly fit: HazardFit
  readonly learned: ConvertingPatterns
  readonly sample: EvidenceSample
  readonly rule: ExposureRule
  /** Standard deviation of each channel's credit, in conversions of all that was learned from. */
  readonly deviations: ArrayLike<number>
}

/**
 * Lets experiments correct the hazard model. Where they say less than the model, that part of the channel's credit stays
 * and the rest is association: it goes to the baseline, and the model stays at its maximum. Where they say more, the
 * model is fitted again with the channel at that height, so that others give way as the data allow.
 * Channels that were not tested keep theirs, but for what gives way: how far one channel is off says nothing of another.
 * @param effect by cell the part of the credit that the model says is effect; all of it unless touches after conversions say
 *   otherwise.
 * @returns the model and the part of its credit that is effect. Some 20 fits at most.
 */
export function calibrate(
  input: CalibrationInput,
  tests: readonly TestedChannels[],
  effect: Float64Array = new Float64Array(cellCount(input.sample.grid)).fill(1),
): Calibration {
  const { fit, learned } = input
  const grid = learned.patterns.grid
  const before = creditByChannels(fit, learned, effect)
  const tested = tests.flatMap((test) => judge(input, test, before(test.channels)) ?? [])
  const raised = maybeRaise(input, tested)
  const model = raised ?? fit
  const [whole, left] = [creditByChannels(model, learned), creditByChannels(model, learned, effect)]
  const part = effect.slice()
  for (const { channels, calibrated } of tested) {
    const partOf = partTo(Math.max(0, calibrated.conversions), whole(channels), left(channels))
    for (let cell = 0; cell < part.length; cell++) {
      if (channels.includes(cell % grid.channelCount)) part[cell] = partOf(effect[cell]!)
    }
  }
  return { model, part, tested, isReached: raised !== undefined }
}

/**
 * @param whole credit of some channels. @param left of it as effect.
 * @returns by a cell's part that is left the part that leaves `goal` of them all: less of it, or more of the rest.
 */
function partTo(goal: number, whole: number, left: number): (part: number) => number {
  if (goal < left) return (part) => (part * goal) / left
  const back = whole > left ? Math.min(1, (goal - left) / (whole - left)) : 0
  return (part) => part + (1 - part) * back
}

/** @returns what a model credits to some channels together. @param effect by cell the part that counts; absent: all. */
function creditByChannels(model: HazardModel, learned: ConvertingPatterns, effect?: Float64Array) {
  const { conversions } = attributeByHazard(model, learned, undefined, effect)
  const { channelCount } = learned.patterns.grid
  return (channels: readonly number[]) =>
    conversions.reduce((sum, credit, cell) => sum + (channels.includes(cell % channelCount) ? credit : 0), 0)
}

function judge(
  { fit, learned, sample, rule, deviations }: CalibrationInput,
  { channels, experiments }: TestedChannels,
  credit: number,
): CalibratedChannels | undefined {
  const columns = columnsOf(fit, sample.grid)
  const ofChannels = coefficientsOf(columns, channels)
  const weights = weightsOf(fit)
  const hasWeight = ofChannels.some((one, j) => one * weights[j]! > 0)
  const conversionsOf = (examples: EvidenceSample) =>
    addUpGroups(groupExposures(examples, columns, rule)).reduce(
      (sum, days, j) => sum + ofChannels[j]! * days * (hasWeight ? weights[j]! : 1),
      0,
    )
  const whole = conversionsOf(sample)
  const combined = combineEstimates(
    experiments.map(({ fromDay, toDay, conversions, deviation }) => {
      const within = conversionsOf(withinDays(sample, fromDay, toDay - 1))
      return { part: whole > 0 ? within / whole : 0, conversions, deviation }
    }),
  )
  if (combined === undefined) return undefined
  const { spread, ...experiment } = combined
  const deviation = Math.hypot(...channels.map((channel) => deviations[channel]!))
  const model = { conversions: credit, deviation }
  const most = conversionsWith(learned, channels)
  return { channels, model, experiment, calibrated: posterior(model, experiment), spread, most }
}

/** @returns what each column is to the channels: all of their own, half of a pair with another one. */
function coefficientsOf(columns: HazardColumns, channels: readonly number[]): Float64Array {
  const coefficients = new Float64Array(columns.count)
  for (const channel of channels) {
    coefficients.fill(1, columns.columnOf(channel, 0), columns.columnOf(channel + 1, 0))
  }
  columns.pairs.forEach((pair, at) => {
    coefficients[columns.pairColumn(at)] = pair.filter((channel) => channels.includes(channel)).length / 2
  })
  return coefficients
}

function conversionsWith({ patterns, conversions }: ConvertingPatterns, channels: readonly number[]): number {
  const { channelCount } = patterns.grid
  return conversions.reduce((sum, count, at) => {
    const has = cellsOf(patterns, at).some((cell) => channels.includes(cell % channelCount))
    return has ? sum + count : sum
  }, 0)
}

const MOST_FITS = 12
/** Of the credit that a fit is to reach. */
const TOLERANCE = 1e-6
/** A channel can't have every conversion that it touched unless nothing else has any effect. */
const MOST_PART = 0.98
/** Of its goal that a channel's credit has to reach, or the channels can't be as high together. */
const REACHED = 0.95
/** Of a height that a fit has to meet. */
const TIGHTNESS = 1e-4

/**
 * Fits the model again, with channels whose credit is too small as high as their credit has to be. The rest of the likelihood
 * pulls their credit below what they were expected to have, so the height is raised until the credit is right.
 * @returns undefined where channels can't be as high together, since they share too many of the conversions.
 */
function maybeRaise(
  { fit, learned }: CalibrationInput,
  tested: readonly CalibratedChannels[],
): HazardModel | undefined {
  const goals = tested.map(({ channels, calibrated, most }) => {
    const goal = Math.min(calibrated.conversions, MOST_PART * most)
    return { channels, goal, climb: new Climb(goal) }
  })
  const columns = columnsOf(fit, learned.patterns.grid)
  const rows = buildRows(columns, learned.patterns, learned.conversions)
  let model: HazardModel = fit
  for (let fits = 0; fits < MOST_FITS; fits++) {
    const creditOf = creditByChannels(model, learned)
    const moved = goals.map(({ channels, climb }) => climb.next(creditOf(channels)))
    if (!moved.includes(true)) break
    const terms = goals.flatMap(({ channels, climb: { height } }) => {
      if (height === undefined) return []
      const coefficients = coefficientsOf(columns, channels).map((one, j) => one * fit.exposure[j]!)
      return [{ coefficients, target: height, deviation: TIGHTNESS * height }]
    })
    const { weights, iterations } = maximizePoisson(rows, fit.exposure, weightsOf(model), terms)
    model = withWeights({ ...fit, iterations }, columns, weights)
  }
  const reached = creditByChannels(model, learned)
  return goals.every(({ channels, goal }) => reached(channels) >= REACHED * goal) ? model : undefined
}

/** Looks for the height at which a channel's credit is right: the secant method in logarithms. */
class Climb {
  height: number | undefined
  private readonly goal: number
  private former: { readonly height: number; readonly credit: number } | undefined

  constructor(goal: number) {
    this.goal = goal
  }

  /** @param credit at the present height. @returns whether it has to be fitted again at another height. */
  next(credit: number): boolean {
    const { goal, height, former } = this
    if (height === undefined) {
      if (credit >= goal * (1 - TOLERANCE)) return false
      this.height = goal
      return true
    }
    if (Math.abs(credit - goal) <= TOLERANCE * goal) return false
    const rise = former && Math.log(credit / former.credit) / Math.log(height / former.height)
    const slope = rise !== undefined && rise > LEAST_SLOPE ? rise : 1
    this.former = { height, credit }
    this.height = height * (goal / credit) ** (1 / slope)
    return true
  }
}

/** Of the logarithms of credit and height; a smaller one is rounding. */
const LEAST_SLOPE = 0.05

/**
 * @returns by cell 0 for the channels that cause nothing, else what `part` says.
 */
export function withoutPlacebos(
  part: Float64Array,
  { channelCount }: CellGrid,
  placebos: readonly number[],
): Float64Array {
  return part.map((left, cell) => (placebos.includes(cell % channelCount) ? 0 : left))
}
