/** How long something stays as it is: for so many polls of it, or for milliseconds. */
export type Pace = { readonly polls: number } | { readonly ms: number }

/** Goes through stages, one after the other, as it is polled or as time passes; the last one has no end. */
export class Progress {
  readonly #paces: readonly Pace[]
  readonly #clock: () => number
  #stage = 0
  #polls = 0
  #enteredAtMs: number

  /** @param clock milliseconds since 1970. */
  constructor(paces: readonly Pace[], clock: () => number) {
    this.#paces = paces
    this.#clock = clock
    this.#enteredAtMs = clock()
  }

  /**
   * @param counts whether this look is one of the polls that a stage lasts for; where not, it ends no such stage.
   * @returns the stage, from 0; the number of paces once all are over.
   */
  poll(counts = true): number {
    for (;;) {
      const pace = this.#paces[this.#stage]
      if (pace === undefined) return this.#stage
      if ('polls' in pace) {
        if (!counts && pace.polls > 0) return this.#stage
        if (this.#polls < pace.polls) {
          this.#polls++
          return this.#stage
        }
        this.#enteredAtMs = this.#clock()
      } else {
        if (this.#clock() < this.#enteredAtMs + pace.ms) return this.#stage
        this.#enteredAtMs += pace.ms
      }
      this.#stage++
      this.#polls = 0
    }
  }

  isOver(counts = true): boolean {
    return this.poll(counts) === this.#paces.length
  }
}
