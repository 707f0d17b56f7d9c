import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Far more than certificates and keys need. */
const MOST_BYTES = 10 << 20

/**
 * Reads a small text, such as a key or certificates. Never waits: a pipe that nobody writes to is refused, and so is what has no end.
 * @throws {Error} that says what is there instead, or the system's.
 */
export function readSmallFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = fstatSync(file)
    if (found.isDirectory()) throw new Error('it is a directory')
    if (!found.isFile()) throw new Error('it is a device or a pipe, not a file')
    if (found.size > MOST_BYTES) throw new Error(`it has ${found.size} bytes, ${MOST_BYTES} at most are read`)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
