/** Told how far a phase is; a progress bar where standard error is a terminal, sparse log lines elsewhere. */
export interface Progress {
  /**
   * @param phase what is being done, a few words, unchanged through the phase.
   * @param done units finished so far; `done === total` ends the phase.
   * @param total units in all.
   * @param note short text of figures, such as `loss 0.0512  val_loss 0.0520`.
   */
  update(phase: string, done: number, total: number, note?: string): void
}

/** Shows nothing. */
export const silentProgress: Progress = { update() {} }
