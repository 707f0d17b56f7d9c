import { ConfigError } from '../../errors.ts'
import { type PatternBlock, wordsPerPattern } from '../../examples/pattern.ts'
import { ADAM, type LearningNet, type StepOptions } from '../net.ts'
import type { TrainingBatch } from '../training-batches.ts'
import { type NetShape, type Weight, weightShapes } from '../weights.ts'
import type { Kernels } from './kernels.ts'
import { type Plan, planMemory } from './memory-plan.ts'
import { writeTask } from './task.ts'
import type { SharedMemory, ThreadPool } from './thread-pool.ts'
import { weightPlaces } from './weight-places.ts'

/** Fewest rows of a piece of a prediction: with fewer the other threads would cost more than they save. */
const LEAST_ROWS = 16

/** A net in a memory of its own that all threads of the pool share. */
export class WasmNet implements LearningNet {
  private readonly pool: ThreadPool
  private readonly shape: NetShape
  private readonly plan: Plan
  private readonly shared: SharedMemory
  private readonly memory: WebAssembly.Memory
  private readonly kernels: Kernels
  private readonly places: readonly Int32Array[]
  private steps = 0
  private isDisposed = false

  /** @param mostRows of a batch to learn from; 0: the net only predicts. */
  constructor(pool: ThreadPool, shape: NetShape, weights: readonly Weight[], mostRows: number) {
    this.pool = pool
    this.shape = shape
    this.plan = planMemory(pool, shape, mostRows)
    this.shared = lend(pool, this.plan, mostRows > 0)
    this.memory = this.shared.memory
    this.kernels = this.shared.kernels
    this.places = weightPlaces(shape)
    const parameters = this.floats(this.plan.parameters, this.plan.parameterCount)
    weights.forEach(({ values }, at) => {
      const places = this.places[at]!
      for (let k = 0; k < values.length; k++) parameters[places[k]!] = values[k]!
    })
    this.packWeights()
  }

  readonly predict = async (patterns: PatternBlock): Promise<Float64Array> => {
    const probabilities = new Float64Array(patterns.count)
    for (let first = 0; first < patterns.count; first += this.plan.mostRows) {
      const rows = Math.min(this.plan.mostRows, patterns.count - first)
      await this.pool.inTurn(async () => {
        probabilities.set(await this.predictSome(patterns, first, rows), first)
      })
    }
    return probabilities
  }

  step(batch: TrainingBatch, how: StepOptions): Promise<Float32Array> {
    return this.pool.inTurn(async () => {
      const predictions = await this.sumGradient(batch, how)
      this.applyGradient(how.rate)
      return predictions
    })
  }

  gradient(batch: TrainingBatch, how: StepOptions): Promise<readonly Weight[]> {
    return this.pool.inTurn(async () => {
      await this.sumGradient(batch, how)
      return this.unpack(this.plan.gradients)
    })
  }

  async weights(): Promise<readonly Weight[]> {
    return this.unpack(this.plan.parameters)
  }

  dispose(): void {
    if (!this.isDisposed) this.pool.giveBack(this.shared)
    this.isDisposed = true
  }

  /** @returns the batch's predictions; its gradient is the first one. */
  private async sumGradient(batch: TrainingBatch, { mask, lossScale }: StepOptions): Promise<Float32Array> {
    const { plan, kernels } = this
    this.writeWords(batch, 0, batch.count)
    this.floats(plan.labels, batch.count).set(batch.labels)
    this.floats(plan.weights, batch.count).set(batch.weights)
    if (mask !== undefined) this.writeMask(mask)
    // Each piece has a gradient, and memory is bounded: which rows share one depends on the batch only, not on the threads.
    const passes = Math.ceil(batch.count / plan.rowsAtOnce)
    const rowsPerPiece = Math.ceil(passes / plan.mostGradients) * plan.rowsAtOnce
    const pieces = Math.ceil(batch.count / rowsPerPiece)
    await this.run({
      kind: 'learn',
      pieces,
      rows: batch.count,
      rowsPerPiece,
      mask: mask === undefined ? 0 : plan.mask,
      factor: 1 / lossScale,
    })
    for (let piece = 1; piece < pieces; piece++) {
      const other = plan.gradients + 4 * piece * plan.parameterCount
      kernels.addTo(plan.gradients, other, plan.parameterCount)
    }
    return this.floats(plan.probabilities, batch.count).slice()
  }

  private applyGradient(rate: number): void {
    const { plan, kernels } = this
    this.steps++
    kernels.stepAdam(
      plan.parameters,
      plan.gradients,
      plan.moments,
      plan.moments + 4 * plan.parameterCount,
      plan.parameterCount,
      rate,
      1 - ADAM.first ** this.steps,
      1 - ADAM.second ** this.steps,
    )
    this.packWeights()
  }

  private unpack(address: number): readonly Weight[] {
    const numbers = this.floats(address, this.plan.parameterCount)
    return weightShapes(this.shape).map((shape, at) => ({
      shape,
      values: Float32Array.from(this.places[at]!, (place) => numbers[place]!),
    }))
  }

  private async predictSome(patterns: PatternBlock, first: number, rows: number): Promise<Float32Array> {
    this.writeWords(patterns, first, rows)
    const share = Math.ceil(rows / this.plan.scratch.length)
    const rowsPerPiece = Math.min(this.plan.rowsAtOnce, Math.max(LEAST_ROWS, share))
    const pieces = Math.ceil(rows / rowsPerPiece)
    await this.run({ kind: 'predict', pieces, rows, rowsPerPiece, mask: 0, factor: 0 })
    return this.floats(this.plan.probabilities, rows)
  }

  private async run(
    task: Readonly<{
      kind: 'predict' | 'learn'
      pieces: number
      rows: number
      rowsPerPiece: number
      mask: number
      factor: number
    }>,
  ): Promise<void> {
    const { plan, shared } = this
    const { lookbackDays: days, channelCount: channels } = this.shape.grid
    const { units, rowsAtOnce } = plan
    writeTask(shared.memory, plan.task, {
      ...plan,
      ...task,
      days,
      channels,
      units,
      rowsAtOnce,
      wordsPerPattern: wordsPerPattern(this.shape.grid),
    })
    await this.pool.run({ ...shared, task: plan.task, scratch: plan.scratch }, task.pieces)
  }

  private packWeights(): void {
    const { plan, kernels } = this
    const { lookbackDays, channelCount } = this.shape.grid
    const words = wordsPerPattern(this.shape.grid)
    kernels.setShape(lookbackDays, channelCount, plan.units, words, plan.rowsAtOnce, false)
    kernels.setPlaces(plan.parameters, plan.packed, plan.scratch[0]!)
    kernels.packWeights()
  }

  private writeWords({ words }: PatternBlock, first: number, count: number): void {
    const perPattern = wordsPerPattern(this.shape.grid)
    const target = new Uint32Array(this.memory.buffer, this.plan.words, count * perPattern)
    target.set(words.subarray(first * perPattern, (first + count) * perPattern))
  }

  private writeMask(mask: Float32Array): void {
    const { units } = this.plan
    const { width } = this.shape
    const halves = mask.length / width
    const target = this.floats(this.plan.mask, halves * units)
    if (units === width) {
      target.set(mask)
      return
    }
    for (let half = 0; half < halves; half++) {
      target.set(mask.subarray(half * width, (half + 1) * width), half * units)
    }
  }

  private floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count)
  }
}

/** @throws {ConfigError} that names what makes the plan smaller: for a net that only predicts, its shape is settled. */
function lend(pool: ThreadPool, { bytes, scratch }: Plan, learns: boolean): SharedMemory {
  try {
    return pool.lend(bytes, scratch[0]!)
  } catch (error) {
    const advice = learns
      ? 'lower --train-batch-size (TRAIN_BATCH_SIZE), --model-width (MODEL_WIDTH), --lookback-window-days (LOOKBACK_WINDOW), ' +
        '--max-channels (MAX_CHANNELS) or --threads (THREADS)'
      : 'give the process more memory or lower --threads (THREADS)'
    throw new ConfigError(
      `the model needs ${Math.ceil(bytes / 2 ** 20)} MiB in one piece, which WebAssembly does not get: ${advice}`,
      { cause: error },
    )
  }
}
