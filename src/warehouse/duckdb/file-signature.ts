import { type FileHandle, open } from 'node:fs/promises'
import { DataError } from '../../errors.ts'
import { isPacked } from './csv-bytes.ts'

/** What else a file may turn out to be, by its first bytes (as in the list of `file(1)`), and what to do then. */
const SIGNATURES: readonly (readonly [name: string, bytes: readonly number[], remedy: string])[] = [
  ['gzip', [0x1f, 0x8b], 'name it .csv.gz'],
  ['Parquet', [0x50, 0x41, 0x52, 0x31], 'name it .parquet'],
  ['Zstandard', [0x28, 0xb5, 0x2f, 0xfd], 'unpack it first'],
  ['ZIP or Excel', [0x50, 0x4b, 0x03, 0x04], 'unpack it, or save it as CSV'],
  ['Excel', [0xd0, 0xcf, 0x11, 0xe0], 'save it as CSV'],
  ['bzip2', [0x42, 0x5a, 0x68], 'unpack it first'],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a], 'unpack it first'],
]

const PARQUET_MARK = 'PAR1'

/** @throws {DataError} if the text of a CSV file, unpacked, begins like another kind of file. */
export function checkCsvBeginning(file: string, bytes: Uint8Array): void {
  const found = maybeSignature(bytes)
  if (found === undefined) return
  const [verb, remedy] = isPacked(file) ? ['holds', 'unpack it first'] : ['is', found.remedy]
  throw new DataError(`duckdb: ${file} ${verb} a ${found.name} file by its content, not CSV: ${remedy}`)
}

/** @throws {DataError} if a file called .gz is not packed by gzip. */
export async function checkGzipBeginning(file: string): Promise<void> {
  const bytes = await readEnds(file)
  // An empty file is reported as one that was cut off.
  if (bytes.length === 0 || maybeSignature(bytes.subarray(0, 8))?.name === 'gzip') return
  const found = maybeSignature(bytes)
  const what = found === undefined ? '' : ` but a ${found.name} file`
  const remedy = found?.remedy ?? 'if it is plain text, name it without .gz, else copy or make it again'
  throw new DataError(`duckdb: ${file} is no gzip file by its content${what}: ${remedy}`)
}

/** @throws {DataError} if a file lacks the marks that every Parquet file begins and ends with. */
export async function checkParquetEnds(file: string): Promise<void> {
  const bytes = Buffer.from(await readEnds(file))
  if (bytes.length === 0) throw new DataError(`duckdb: ${file} is empty, not a Parquet file: make it again`)
  if (bytes.toString('latin1', 0, 4) !== PARQUET_MARK) {
    const found = maybeSignature(bytes)
    const what = found === undefined ? '' : ` but a ${found.name} file`
    const remedy = found?.remedy ?? 'give it the extension of what it is, or make it again'
    throw new DataError(`duckdb: ${file} is no Parquet file by its content${what}: ${remedy}`)
  }
  if (bytes.length >= 12 && bytes.toString('latin1', bytes.length - 4) === PARQUET_MARK) return
  throw new DataError(
    `duckdb: ${file} is cut off: the end of a Parquet file is missing; copy or make it again`,
  )
}

function maybeSignature(bytes: Uint8Array) {
  for (const [name, mark, remedy] of SIGNATURES) {
    if (mark.every((byte, at) => bytes[at] === byte)) return { name, remedy }
  }
  return undefined
}

/** @returns the first and the last 8 bytes of a file, fewer where it is shorter. */
async function readEnds(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const first = await readBytes(handle, 0, 8)
    const last = await readBytes(handle, Math.max(first.length, size - 8), 8)
    return Buffer.concat([first, last])
  } finally {
    await handle.close()
  }
}

async function readBytes(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
