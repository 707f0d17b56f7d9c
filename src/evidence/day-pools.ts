import type { Random } from '../random.ts'
import type { EvidenceSample } from './sample.ts'

/** All examples of each calendar day, to draw from: windows with a touch one by one, empty ones as a number. */
export class DayPools {
  /** Conversions of each day. */
  readonly conversions: Float64Array
  /** Examples of each day. */
  readonly examples: Float64Array
  /** Windows of day d: from start[d] up to start[d + 1]; each is a span at an age. */
  private readonly start: Uint32Array
  private readonly spans: Uint32Array
  private readonly ages: Uint16Array
  /** Examples of the day's windows up to each one, itself included. */
  private readonly upTo: Float64Array

  constructor(sample: EvidenceSample) {
    const { days, count, day, firstAge, endAge, weight, converts } = sample
    this.conversions = new Float64Array(days)
    this.examples = countEmptyDays(sample)
    this.start = new Uint32Array(days + 1)
    for (let span = 0; span < count; span++) {
      for (let age = firstAge[span]!; age < endAge[span]!; age++) this.start[day[span]! + age + 1]!++
    }
    for (let at = 0; at < days; at++) this.start[at + 1]! += this.start[at]!
    const windows = this.start[days]!
    this.spans = new Uint32Array(windows)
    this.ages = new Uint16Array(windows)
    this.upTo = new Float64Array(windows)
    const next = this.start.slice(0, days)
    const filled = new Float64Array(days)
    for (let span = 0; span < count; span++) {
      for (let age = firstAge[span]!; age < endAge[span]!; age++) {
        const at = day[span]! + age
        const window = next[at]!++
        filled[at]! += weight[span]!
        this.spans[window] = span
        this.ages[window] = age
        this.upTo[window] = filled[at]!
        if (converts[span] === 1) this.conversions[at]! += weight[span]!
      }
    }
    filled.forEach((examples, at) => {
      this.examples[at]! += examples
    })
  }

  /**
   * Draws as many examples of a day as it has conversions, without replacement, each as likely as any other.
   * @param take gets a window, by its span and age. @returns how many empty ones were drawn. O(conversions * log).
   */
  draw(day: number, random: Random, take: (span: number, age: number) => void): number {
    const examples = this.examples[day]!
    const drawn = new Set<number>()
    let empty = 0
    // Floyd's sampling (Bentley and Floyd 1987, https://doi.org/10.1145/30401.315746).
    for (let last = examples - this.conversions[day]!; last < examples; last++) {
      const chosen = random.below(last + 1)
      const ticket = drawn.has(chosen) ? last : chosen
      drawn.add(ticket)
      const window = this.windowOf(day, ticket)
      if (window === undefined) empty++
      else take(this.spans[window]!, this.ages[window]!)
    }
    return empty
  }

  /** @returns the window that holds the day's example of that number; undefined for the empty ones, which come last. */
  private windowOf(day: number, ticket: number): number | undefined {
    let [low, high] = [this.start[day]!, this.start[day + 1]!]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.upTo[middle]! > ticket) high = middle
      else low = middle + 1
    }
    return low < this.start[day + 1]! ? low : undefined
  }
}

/** Differences first, then their running sum. */
function countEmptyDays({ days, count, weight, emptyFrom, emptyDays }: EvidenceSample): Float64Array {
  const change = new Float64Array(days + 1)
  for (let span = 0; span < count; span++) {
    if (emptyDays[span] === 0) continue
    change[emptyFrom[span]!]! += weight[span]!
    change[emptyFrom[span]! + emptyDays[span]!]! -= weight[span]!
  }
  let empty = 0
  return Float64Array.from({ length: days }, (_, day) => {
    empty += change[day]!
    return empty
  })
}
