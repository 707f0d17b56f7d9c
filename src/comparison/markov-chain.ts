import { type PathTable, PLACES, placesOf } from './path-table.ts'

/**
 * An absorbing Markov chain of order k, as counts. A state is the last k touches (fewer near the beginning of a path, none
 * at its start, which is state 0); from there a path continues with a touch, or ends with or without a conversion.
 */
export interface MarkovChain {
  readonly order: number
  /** Number of states, including the start. */
  readonly stateCount: number
  /** Place of the newest touch, one per state; -1 for the start. */
  readonly newest: Int16Array
  /** The transitions of state s are `rowStarts[s]` up to, but excluding, `rowStarts[s + 1]`. */
  readonly rowStarts: Uint32Array
  readonly targets: Uint32Array
  /** How often each transition was taken. */
  readonly counts: Float64Array
  /** How often a path ended here with and without a conversion, and the value of those conversions. */
  readonly conversions: Float64Array
  readonly nullPaths: Float64Array
  readonly value: Float64Array
}

/**
 * @param order k, 1 or more.
 * @param withNullPaths false leaves out paths without a conversion.
 * @returns the chain of the paths that have a touch. O(touches of the distinct paths); memory about 60 bytes per state
 *   and 30 per transition, of which there are no more than touches in distinct paths.
 */
export function buildMarkovChain(paths: PathTable, order: number, withNullPaths: boolean): MarkovChain {
  const chain = new ChainBuilder(order)
  for (let path = 0; path < paths.count; path++) {
    const conversions = paths.conversions[path]!
    const nullPaths = withNullPaths ? paths.nullPaths[path]! : 0
    const places = placesOf(paths, path)
    if (places.length === 0 || conversions + nullPaths === 0) continue
    let state = 0
    for (const place of places) state = chain.follow(state, place, conversions + nullPaths)
    chain.end(state, conversions, nullPaths, paths.value[path]!)
  }
  return chain.build()
}

/** Numbers states and transitions in the order they occur. */
class ChainBuilder {
  private readonly order: number
  private readonly grams: (readonly number[])[] = [[]]
  private readonly stateOfGram = new Map<string, number>([['', 0]])
  /** Transitions by state and place of the next touch, which determine the next state. */
  private readonly transitionOf = new Map<number, number>()
  private readonly sources: number[] = []
  private readonly targets: number[] = []
  private readonly counts: number[] = []
  private readonly conversions: number[] = [0]
  private readonly nullPaths: number[] = [0]
  private readonly value: number[] = [0]

  constructor(order: number) {
    this.order = order
  }

  /** @returns the state after a touch. */
  follow(state: number, place: number, count: number): number {
    const key = state * PLACES + place
    let transition = this.transitionOf.get(key)
    if (transition === undefined) {
      transition = this.sources.length
      this.transitionOf.set(key, transition)
      this.sources.push(state)
      this.targets.push(this.stateOf([...this.grams[state]!, place].slice(-this.order)))
      this.counts.push(0)
    }
    this.counts[transition]! += count
    return this.targets[transition]!
  }

  end(state: number, conversions: number, nullPaths: number, value: number): void {
    this.conversions[state]! += conversions
    this.nullPaths[state]! += nullPaths
    this.value[state]! += value
  }

  private stateOf(gram: readonly number[]): number {
    const text = gram.join(' ')
    const known = this.stateOfGram.get(text)
    if (known !== undefined) return known
    this.stateOfGram.set(text, this.grams.length)
    this.grams.push(gram)
    for (const amounts of [this.conversions, this.nullPaths, this.value]) amounts.push(0)
    return this.grams.length - 1
  }

  build(): MarkovChain {
    const { grams, sources } = this
    const rowStarts = new Uint32Array(grams.length + 1)
    for (const source of sources) rowStarts[source + 1]! += 1
    for (let state = 0; state < grams.length; state++) rowStarts[state + 1]! += rowStarts[state]!
    const next = rowStarts.slice()
    const targets = new Uint32Array(sources.length)
    const counts = new Float64Array(sources.length)
    sources.forEach((source, transition) => {
      const at = next[source]!++
      targets[at] = this.targets[transition]!
      counts[at] = this.counts[transition]!
    })
    return {
      order: this.order,
      stateCount: grams.length,
      newest: Int16Array.from(grams, (gram) => gram.at(-1) ?? -1),
      rowStarts,
      targets,
      counts,
      conversions: Float64Array.from(this.conversions),
      nullPaths: Float64Array.from(this.nullPaths),
      value: Float64Array.from(this.value),
    }
  }
}
