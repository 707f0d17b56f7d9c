/** Patterns between two pauses. */
const TURN = 1024

/**
 * Does work for one index after the other.
 * @param pause lets others work every now and then, and stops where it throws.
 */
export async function inTurns(
  indices: Uint32Array,
  pause: () => Promise<void>,
  work: (index: number) => void,
): Promise<void> {
  for (let at = 0; at < indices.length; at++) {
    if (at % TURN === 0) await pause()
    work(indices[at]!)
  }
}
