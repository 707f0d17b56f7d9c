import { withRoom } from '../numerics/with-room.ts'

/** Places in the vocabulary are below this; the last one stays unused. */
export const PLACES = 2048

/** Distinct paths with counts, packed: 2 bytes per touch and 44 per path. */
export interface PathTable {
  readonly count: number
  /** Places of all touches in the vocabulary, path after path. */
  readonly places: Uint16Array
  /** Path p is `places[starts[p]]` up to, but excluding, `places[starts[p + 1]]`. */
  readonly starts: Uint32Array
  /** Conversions that the path led to, and how often it led to none. */
  readonly conversions: Float64Array
  readonly nullPaths: Float64Array
  /** Value of the conversions; zeros without a value column. */
  readonly value: Float64Array
  /** Those of the conversions, and their value, that are credited and not only learned from. */
  readonly creditedConversions: Float64Array
  readonly creditedValue: Float64Array
}

/** What the table holds of each path besides its touches, in the order of its packing. */
const amountNames = ['conversions', 'nullPaths', 'value', 'creditedConversions', 'creditedValue'] as const

export type PathAmounts = Readonly<Record<(typeof amountNames)[number], number>>

/** @returns the path's touches as places, in time order. O(1). */
export function placesOf(paths: PathTable, path: number): Uint16Array {
  return paths.places.subarray(paths.starts[path], paths.starts[path + 1])
}

/** Packs paths one by one. */
export class PathTableBuilder {
  private count = 0
  private touches = 0
  private places = new Uint16Array(1024)
  private starts = new Uint32Array(257)
  private amounts = new Float64Array(amountNames.length * 256)

  /** @param places of the touches in time order; empty for conversions without a touch. */
  add(places: readonly number[], amounts: PathAmounts): void {
    this.places = withRoom(this.places, this.touches + places.length)
    this.starts = withRoom(this.starts, this.count + 2)
    this.amounts = withRoom(this.amounts, amountNames.length * (this.count + 1))
    this.places.set(places, this.touches)
    this.amounts.set(
      amountNames.map((name) => amounts[name]),
      amountNames.length * this.count,
    )
    this.touches += places.length
    this.count += 1
    this.starts[this.count] = this.touches
  }

  build(): PathTable {
    const { count, amounts } = this
    const column = (name: keyof PathAmounts) => {
      const at = amountNames.indexOf(name)
      return Float64Array.from({ length: count }, (_, path) => amounts[amountNames.length * path + at]!)
    }
    return {
      count,
      places: this.places.slice(0, this.touches),
      starts: this.starts.slice(0, count + 1),
      conversions: column('conversions'),
      nullPaths: column('nullPaths'),
      value: column('value'),
      creditedConversions: column('creditedConversions'),
      creditedValue: column('creditedValue'),
    }
  }
}
