/** Orders texts by code point, for `sort`: JavaScript compares UTF-16 units, UTF-8 bytes compare like code points. */
export function byCodePoint(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
