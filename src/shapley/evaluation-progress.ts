import type { Progress } from '../progress.ts'

/**
 * Tells how many of all coalitions are credited. How many evaluations they will take is not known beforehand, since
 * patterns share sub-patterns; within a chunk the coalitions pass as its evaluations do.
 */
export class EvaluationProgress {
  /** Patterns that the model was asked for so far. */
  evaluations = 0
  private readonly progress: Progress
  private readonly coalitionsInAll: number
  private coalitionsDone = 0
  private chunk = { coalitions: 0, pending: 0, evaluated: 0 }

  constructor(progress: Progress, coalitionsInAll: number) {
    this.progress = progress
    this.coalitionsInAll = coalitionsInAll
  }

  /** @param coalitions of the chunk's games. @param pending those that the model must be asked for. */
  startChunk(coalitions: number, pending: number): void {
    this.chunk = { coalitions, pending, evaluated: 0 }
  }

  /** @param patterns that the model was just asked for. */
  evaluated(patterns: number): void {
    const { chunk } = this
    chunk.evaluated += patterns
    this.evaluations += patterns
    if (chunk.evaluated < chunk.pending) {
      this.update(this.coalitionsDone + Math.floor((chunk.coalitions * chunk.evaluated) / chunk.pending))
    }
  }

  /** The chunk's games are credited. */
  endChunk(): void {
    this.coalitionsDone += this.chunk.coalitions
    this.update(this.coalitionsDone)
  }

  private update(coalitions: number): void {
    this.progress.update('coalitions', coalitions, this.coalitionsInAll, `${this.evaluations} evaluations`)
  }
}
