/**
 * The most that is sent in one request, and so the largest object of a simple upload: 8 MiB, as the service advises.
 * A writer holds two of them. Parts of a resumable upload have to be multiples of 256 KiB.
 */
export const PART_BYTES = 8 * 1024 * 1024

/** A piece of an object that is uploaded in one request. */
export interface Part {
  readonly bytes: Buffer
  readonly isLast: boolean
}

/**
 * Cuts chunks of any size into parts of `PART_BYTES`; the last one is smaller, or the only one, or as large. There is
 * always one. A part is given out only when it is known whether another follows.
 * @param signal checked at every chunk.
 */
export async function* partsOf(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Part> {
  let pieces: Uint8Array[] = []
  let held = 0
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    for (let from = 0; from < chunk.length; ) {
      if (held === PART_BYTES) {
        yield { bytes: Buffer.concat(pieces), isLast: false }
        pieces = []
        held = 0
      }
      const piece = chunk.subarray(from, from + PART_BYTES - held)
      // Copied: whoever gave the chunk may use its memory again when asked for the next one.
      pieces.push(piece.slice())
      held += piece.length
      from += piece.length
    }
  }
  signal?.throwIfAborted()
  yield { bytes: Buffer.concat(pieces), isLast: true }
}
