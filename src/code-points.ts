/** Compares strings by code point, for `sort`: JavaScript compares UTF-16 units, but UTF-8 bytes sort like code points. */
export function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
