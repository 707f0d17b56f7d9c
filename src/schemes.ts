/**
 * @returns the scheme of an address, such as `s3` of `s3://bucket`, `gs` of `gs:/bucket` or `md` of `md:base`; undefined for a path. A
 *   single letter is a drive of Windows; a name with a colon is a path where it begins with `./`.
 */
export function maybeScheme(text: string): string | undefined {
  return /^\s*([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]
}
