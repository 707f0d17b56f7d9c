import type { EvidenceSample } from './sample.ts'

/** What one sampled user did, day by day; day 0 is the sample's first. Its arrays are used again for the next user. */
export class UserDays {
  /** 1: the channel touched the user on the day; day * channels + channel. */
  readonly isTouched: Uint8Array
  /** Examples on each day, conversions included. */
  readonly examples: Float64Array
  /** Where `isTouched` is 1, in no order. */
  touches: number[] = []
  private readonly sample: EvidenceSample

  constructor(sample: EvidenceSample) {
    this.sample = sample
    this.isTouched = new Uint8Array(sample.days * sample.grid.channelCount)
    this.examples = new Float64Array(sample.days)
  }

  /**
   * Reads a user. A span shows touches of its whole window, so a day's touches are known from any span in whose window it
   * lies, also where a moment or a conversion cuts the day's own. O(cells and examples of the user + days).
   */
  read(user: number): void {
    const { sample, isTouched, examples } = this
    for (const at of this.touches) isTouched[at] = 0
    this.touches = []
    examples.fill(0)
    for (let span = sample.userStart[user]!; span < sample.userStart[user + 1]!; span++) {
      this.readTouches(span)
      this.readExamples(span)
    }
  }

  private readTouches(span: number): void {
    const { day, cells, cellStart, grid } = this.sample
    for (let k = cellStart[span]!; k < cellStart[span + 1]!; k++) {
      const channel = cells[k]! % grid.channelCount
      const daysBefore = (cells[k]! - channel) / grid.channelCount
      const at = (day[span]! - daysBefore) * grid.channelCount + channel
      if (at < 0 || this.isTouched[at] === 1) continue
      this.isTouched[at] = 1
      this.touches.push(at)
    }
  }

  private readExamples(span: number): void {
    const { day, weight, firstAge, endAge, emptyFrom, emptyDays, days } = this.sample
    const add = (from: number, to: number) => {
      for (let on = from; on < Math.min(to, days); on++) this.examples[on]! += weight[span]!
    }
    add(day[span]! + firstAge[span]!, day[span]! + endAge[span]!)
    add(emptyFrom[span]!, emptyFrom[span]! + emptyDays[span]!)
  }
}
