/** A list that is not empty. */
export type AtLeastOne<T> = readonly [T, ...T[]]

/** @returns the list of what `of` makes of each; not empty either. */
export function mapEach<T, R>(
  [first, ...others]: AtLeastOne<T>,
  of: (one: T, at: number) => R,
): AtLeastOne<R> {
  return [of(first, 0), ...others.map((one, at) => of(one, at + 1))]
}
