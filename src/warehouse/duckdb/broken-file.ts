/**
 * @returns what DuckDB says about a broken file, without its advice, which names settings that nobody can reach here;
 *   the file name, which DuckDB puts below the advice, comes first.
 */
export function shortenFileError(message: string): string {
  const lines = message.split('\n')
  const advice = lines.findIndex((line) => line.startsWith('Possible '))
  const kept = (advice < 0 ? lines : lines.slice(0, advice)).filter((line) => line.trim() !== '')
  const file = /^\s*file = (.*)$/m.exec(message)?.[1]
  return `${file === undefined ? '' : `${file}: `}${kept.map(shorten).join('; ')}`
}

const LONGEST_LINE = 200

function shorten(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} ...` : line
}

/** DuckDB has no error class for a file that is not what its name says: only the wording shows it. */
export function isBrokenFile(message: string): boolean {
  return /CSV Error|when sniffing file|magic bytes|(Parquet|parquet|Snappy|ZSTD|GZIP|gzip|Gzip)\b.*(corrupt|invalid|too small|decompress|file|footer|header)/s.test(
    message,
  )
}
