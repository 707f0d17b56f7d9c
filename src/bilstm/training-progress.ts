import type { FitSums } from '../numerics/weighted-metrics.ts'
import type { Progress } from '../progress.ts'

/** The result of the last validation; null if no user is held out. */
interface Validated {
  readonly valLoss: number | null
  readonly auc: number | null
}

/** Reports how far and how good training is, and how long it will take. */
export class TrainingProgress {
  private readonly progress: Progress
  private readonly now: () => number
  private readonly steps: number
  private readonly startedMs: number
  private last: Validated

  constructor(
    { progress, now }: { readonly progress: Progress; readonly now: () => number },
    steps: number,
    untrained: Validated,
  ) {
    this.progress = progress
    this.now = now
    this.steps = steps
    this.startedMs = now()
    this.last = untrained
  }

  /** @param sums of the epoch so far. */
  stepped(done: number, sums: FitSums): void {
    const secondsLeft = ((this.now() - this.startedMs) / done / 1000) * (this.steps - done)
    const { valLoss, auc } = this.last
    const figures = [
      `loss ${sums.totals().loss.toFixed(5)}`,
      ...(valLoss === null ? [] : [`val_loss ${valLoss.toFixed(5)}`]),
      ...(auc === null ? [] : [`auc ${auc.toFixed(3)}`]),
      `${Math.ceil(secondsLeft)} s left`,
    ]
    this.progress.update('train', done, this.steps, figures.join('  '))
  }

  validated(validation: Validated): void {
    this.last = validation
  }
}
