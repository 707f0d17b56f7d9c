import type { CellGrid } from '../examples/pattern.ts'
import { PatternPool } from '../examples/pattern-pool.ts'
import type { Random } from '../numerics/random.ts'
import { SystematicSampler } from '../numerics/systematic-sampler.ts'
import { type OpenPatterns, type SurveyedPart, trainingWeight } from './class-survey.ts'

/**
 * The same examples again and again, each pass in another random order: a pass takes as many draws as the shuffle buffer
 * holds, or as there are examples, by systematic sampling in proportion to the counts. So a pattern of many examples is
 * drawn often and one of few is not forgotten; if all patterns fit in the buffer, nothing is read twice.
 */
export class PatternDraws {
  private readonly open: OpenPatterns
  private readonly part: SurveyedPart
  private readonly random: Random
  private readonly drawsPerPass: number
  private readonly pool: PatternPool
  /** Indices into the pool, one per draw, shuffled; filled up to `filled`. */
  private readonly order: Uint32Array
  private filled = 0
  private next = 0
  private pass = 0

  /** @param most draws, and so distinct patterns, held at once. */
  constructor(grid: CellGrid, open: OpenPatterns, part: SurveyedPart, most: number, random: Random) {
    this.open = open
    this.part = part
    this.random = random
    this.drawsPerPass = Math.min(most, part.examples)
    this.pool = part.patterns ?? new PatternPool(grid)
    this.order = new Uint32Array(this.drawsPerPass)
  }

  /**
   * Calls `take` once per draw with the pool and an index into it; the pool may change before the next call, and then the
   * pass changes too.
   * @throws the signal's reason when it is aborted.
   */
  async draw(
    draws: number,
    take: (pool: PatternPool, index: number, pass: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (let drawn = 0; drawn < draws; drawn++) {
      if (this.next === this.filled) await this.refill(signal)
      take(this.pool, this.order[this.next]!, this.pass)
      this.next++
    }
  }

  private async refill(signal: AbortSignal): Promise<void> {
    this.filled = 0
    const sampler = new SystematicSampler(this.part.examples, this.drawsPerPass, this.random.uniform())
    const append = (times: number, index: number) => {
      for (let time = 0; time < times && this.filled < this.order.length; time++) {
        this.order[this.filled] = index
        this.filled++
      }
    }
    if (this.part.patterns === undefined) await this.readPass(sampler, append, signal)
    else for (let at = 0; at < this.pool.count; at++) append(sampler.times(this.pool.weights[at]!), at)
    shuffle(this.order.subarray(0, this.filled), this.random)
    this.next = 0
    this.pass++
  }

  private async readPass(
    sampler: SystematicSampler,
    append: (times: number, index: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.pool.clear()
    for await (const records of this.open()) {
      signal.throwIfAborted()
      for (const record of records) {
        const weight = trainingWeight(record)
        const times = weight > 0 ? sampler.times(weight) : 0
        if (times === 0) continue
        append(times, this.pool.count)
        this.pool.add(record, weight)
      }
    }
  }
}

/** Fisher and Yates. */
function shuffle(order: Uint32Array, random: Random): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const moved = order[at]!
    order[at] = order[other]!
    order[other] = moved
  }
}
