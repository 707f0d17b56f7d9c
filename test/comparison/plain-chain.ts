/** A path with what became of it, channels by number. */
export interface PlainMarkovPath {
  readonly places: readonly number[]
  readonly conversions: number
  readonly nullPaths: number
  readonly value: number
}

/**
 * Chance of a conversion (or mean value) of a Markov chain of order k, by Gaussian elimination of the whole dense
 * matrix. @param without a channel: all that would touch it ends without a conversion, in a chain built anew.
 */
export function plainAbsorption(
  paths: readonly PlainMarkovPath[],
  order: number,
  rewardOf: 'conversions' | 'value',
  without?: number,
): number {
  const names: string[] = ['']
  const index = (gram: readonly number[]): number => {
    const name = gram.join('|')
    if (!names.includes(name)) names.push(name)
    return names.indexOf(name)
  }
  const steps: [number, number, number][] = []
  const ends: [number, number][] = []
  const leaving = new Map<number, number>()
  const leave = (state: number, count: number) => leaving.set(state, (leaving.get(state) ?? 0) + count)
  for (const { places, conversions, nullPaths, value } of paths) {
    const count = conversions + nullPaths
    if (places.length === 0 || count === 0) continue
    let state = 0
    for (let at = 0; at < places.length; at++) {
      leave(state, count)
      if (places[at] === without) {
        state = -1
        break
      }
      const next = index(places.slice(Math.max(0, at - order + 1), at + 1))
      steps.push([state, next, count])
      state = next
    }
    // What follows a removed channel still tells how paths go on elsewhere.
    if (state < 0) {
      for (let from = places.indexOf(without!); from < places.length; from++) {
        const gram = places.slice(Math.max(0, from - order + 1), from + 1)
        const here = index(gram)
        leave(here, count)
        if (from + 1 === places.length) ends.push([here, rewardOf === 'value' ? value : conversions])
        else if (places[from + 1] !== without)
          steps.push([here, index(places.slice(Math.max(0, from - order + 2), from + 2)), count])
      }
    } else {
      leave(state, count)
      ends.push([state, rewardOf === 'value' ? value : conversions])
    }
  }
  const size = names.length
  const matrix = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size + 1 }, (_, at) => Number(at === row)),
  )
  for (const [from, to, count] of steps) matrix[from]![to]! -= count / leaving.get(from)!
  for (const [state, amount] of ends) matrix[state]![size]! += amount / leaving.get(state)!
  return solveDense(matrix)[0]!
}

/** Gaussian elimination with partial pivoting of rows that end with the right side. */
function solveDense(matrix: number[][]): number[] {
  const size = matrix.length
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row
    }
    ;[matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!]
    for (let row = column + 1; row < size; row++) {
      const factor = matrix[row]![column]! / matrix[column]![column]!
      if (factor === 0) continue
      for (let at = column; at <= size; at++) matrix[row]![at]! -= factor * matrix[column]![at]!
    }
  }
  const solution = Array<number>(size).fill(0)
  for (let row = size - 1; row >= 0; row--) {
    let sum = matrix[row]![size]!
    for (let at = row + 1; at < size; at++) sum -= matrix[row]![at]! * solution[at]!
    solution[row] = sum / matrix[row]![row]!
  }
  return solution
}

/** Removal effects as the definition has them: a chain built anew without each channel. */
export function plainEffects(
  paths: readonly PlainMarkovPath[],
  order: number,
  channelCount: number,
  rewardOf: 'conversions' | 'value' = 'conversions',
): readonly number[] {
  const all = plainAbsorption(paths, order, rewardOf)
  return Array.from({ length: channelCount }, (_, channel) =>
    all > 0 ? 1 - plainAbsorption(paths, order, rewardOf, channel) / all : 0,
  )
}
