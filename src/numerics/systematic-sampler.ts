/**
 * Takes a sample out of a stream that may be longer than memory: systematic sampling proportional to weight (Madow
 * 1949), so that an entry of weight w is drawn `draws * w / total` times, rounded up or down, and on average exactly.
 */
export class SystematicSampler {
  private readonly step: number
  private place: number

  /**
   * @param total weight of the stream.
   * @param draws how many to take.
   * @param start 0 <= start < 1, drawn evenly.
   */
  constructor(total: number, draws: number, start: number) {
    this.step = total / draws
    this.place = start * this.step
  }

  /** @returns how many times the next entry is drawn, which has this weight. O(1). */
  times(weight: number): number {
    this.place -= weight
    if (this.place > 0) return 0
    const times = Math.floor(-this.place / this.step) + 1
    this.place += times * this.step
    return times
  }
}
