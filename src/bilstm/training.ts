import { setImmediate } from 'node:timers/promises'
import { predictPools } from '../examples/pattern-pool.ts'
import type { Logger } from '../logger.ts'
import { createRandom } from '../numerics/random.ts'
import { computeFitMetrics, computeRankMetrics, FitSums } from '../numerics/weighted-metrics.ts'
import type { Progress } from '../progress.ts'
import type { EpochMetrics } from '../tables/metrics.ts'
import { drawInitialWeights } from './initial-weights.ts'
import type { Backend, LearningNet } from './net.ts'
import { learningRate, Trainer } from './trainer.ts'
import {
  type ExampleOptions,
  type SurveyedExamples,
  surveyExamples,
  type TrainingSource,
} from './training-examples.ts'
import { TrainingProgress } from './training-progress.ts'
import type { NetShape, Weight } from './weights.ts'

/** What {@link trainBiLstm} builds and how it trains it. */
export interface TrainingOptions extends ExampleOptions, NetShape {
  /** Part of the second LSTM's output that training leaves out, 0 <= rate < 1. */
  readonly dropoutRate: number
  /** Batches of an epoch, whatever the number of examples: they repeat. */
  readonly stepsPerEpoch: number
  readonly epochs: number
  /** Ends after that many of them, the rate falling as if all were to come; all if absent. */
  readonly lastEpoch?: number
  readonly validationBatchSize: number
}

/** What training reports to and is stopped by. */
export interface TrainingEffects {
  readonly progress: Progress
  readonly logger: Logger
  readonly signal: AbortSignal
  /** A clock in milliseconds. */
  readonly now: () => number
}

/** The weights of the epoch that was kept. */
export interface TrainedBiLstm {
  readonly weights: readonly Weight[]
  readonly metrics: readonly EpochMetrics[]
  readonly keptEpoch: number
  /** Of the kept epoch; null if no user is held out. */
  readonly valLoss: number | null
}

/**
 * Fits the BiLSTM to patterns by weighted log loss and keeps the epoch with the lowest validation loss, the untrained
 * one included: data without signal leave the base rate. Training ends when a third of the epochs have brought no better one
 * ({@link PATIENCE}). If no user is held out, the last epoch is kept.
 * @throws {DataError} where one class has no training examples, or the streams don't contain what `totals` say.
 * @throws the signal's reason when it is aborted, between two batches.
 *
 * Deterministic by seed on one backend, whatever its threads. Memory: at most 4 * shuffleBufferSize patterns, whatever the number of examples.
 */
export async function trainBiLstm(
  backend: Backend,
  options: TrainingOptions,
  source: TrainingSource,
  effects: TrainingEffects,
): Promise<TrainedBiLstm> {
  const examples = await surveyExamples(options, source, effects.signal)
  const { positiveTraining, negativeTraining } = options.totals
  const baseRate = positiveTraining / (positiveTraining + negativeTraining)
  const net = backend.openLearningNet(
    options,
    drawInitialWeights({ ...options, baseRate }),
    options.batchSize,
  )
  try {
    const random = createRandom(options.seed, 'dropout')
    const trainer = new Trainer(net, { ...options, random, lossScale: 2 * baseRate })
    return await trainEpochs({ options, net, trainer, examples, effects })
  } finally {
    net.dispose()
  }
}

/** What an epoch needs. */
interface Training {
  readonly options: TrainingOptions
  readonly net: LearningNet
  readonly trainer: Trainer
  readonly examples: SurveyedExamples
  readonly effects: TrainingEffects
}

/** Part of the epochs after which no better one is hoped for; two epochs at least. */
const PATIENCE = 1 / 3

async function trainEpochs(training: Training): Promise<TrainedBiLstm> {
  const { options, net, effects } = training
  const { epochs, stepsPerEpoch, lastEpoch = epochs } = options
  const best = new BestEpoch(net)
  const untrained = await validateNow(training)
  await best.offer(0, untrained.valLoss)
  const progress = new TrainingProgress(effects, lastEpoch * stepsPerEpoch, untrained)
  const metrics: EpochMetrics[] = []
  const patience = Math.max(2, Math.ceil(PATIENCE * epochs))
  for (let epoch = 1; epoch <= lastEpoch && epoch - best.epoch <= patience; epoch++) {
    const startedMs = effects.now()
    const sums = await trainEpoch(training, epoch, progress)
    const validation = await validateNow(training)
    await best.offer(epoch, validation.valLoss)
    progress.validated(validation)
    const seconds = (effects.now() - startedMs) / 1000
    const examples = stepsPerEpoch * options.batchSize
    const row = { epoch, ...sums.totals(), ...validation, examples, seconds }
    effects.logger.info(row, 'trained an epoch')
    metrics.push(row)
  }
  return { weights: best.weights, metrics, keptEpoch: best.epoch, valLoss: best.valLoss }
}

async function trainEpoch(
  { options, trainer, examples, effects }: Training,
  epoch: number,
  progress: TrainingProgress,
): Promise<FitSums> {
  const { stepsPerEpoch, epochs } = options
  const sums = new FitSums()
  for (let step = 0; step < stepsPerEpoch; step++) {
    // A step may never leave the microtask queue; without this no signal handler would run.
    await setImmediate()
    effects.signal.throwIfAborted()
    const done = (epoch - 1) * stepsPerEpoch + step
    const rate = learningRate(done / (epochs * stepsPerEpoch), options.width)
    await trainer.step(await examples.batches.next(effects.signal), rate, sums)
    progress.stepped(done + 1, sums)
  }
  return sums
}

/** @returns figures on the held-out users; null if there are none. */
async function validateNow({ options, net, examples, effects }: Training) {
  if (examples.validation.length === 0)
    return { valLoss: null, valRmse: null, auc: null, calibrationError: null }
  const { validationBatchSize } = options
  const predictions = await predictPools(
    examples.validation,
    net.predict,
    validationBatchSize,
    effects.signal,
  )
  const { loss: valLoss, rmse: valRmse } = computeFitMetrics(predictions)
  return { valLoss, valRmse, ...computeRankMetrics(predictions) }
}

/** Remembers the weights of the epoch with the lowest validation loss, of the first one if there are several. */
class BestEpoch {
  epoch = 0
  valLoss: number | null = null
  weights: readonly Weight[] = []
  private readonly net: LearningNet

  constructor(net: LearningNet) {
    this.net = net
  }

  /** @param valLoss of the net as it is now; null if no user is held out: then the last epoch is the best. */
  async offer(epoch: number, valLoss: number | null): Promise<void> {
    if (valLoss !== null && this.valLoss !== null && !(valLoss < this.valLoss)) return
    this.epoch = epoch
    this.valLoss = valLoss
    this.weights = await this.net.weights()
  }
}
