import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataError, messageOf } from '../../errors.ts'

const CHUNK_BYTES = 1 << 20

/** @returns whether a file is packed by gzip, by its name. */
export function isPacked(file: string): boolean {
  return /\.gz$/i.test(file)
}

/**
 * Streams a CSV file, unpacked. Who reads to the end knows that gzip's checksums and lengths are right and that nothing
 * follows them, which DuckDB does not check.
 * @throws {DataError} naming the file if its gzip data are damaged, cut off or followed by other bytes.
 */
export async function* readCsvBytes(file: string, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })
  try {
    yield* isPacked(file) ? unpack(file, source) : source
  } catch (error) {
    signal?.throwIfAborted()
    throw readError(file, error)
  }
}

async function* unpack(file: string, source: Readable): AsyncGenerator<Buffer, void> {
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  pipeline(source, unpacked, () => {})
  yield* unpacked
  const { size } = await stat(file)
  if (unpacked.bytesWritten < size) throw trailingBytes(file)
}

/** zlib has no classes of errors: its code and words tell. */
function readError(file: string, error: unknown): DataError {
  if (error instanceof DataError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'Z_BUF_ERROR') {
    const why = 'its gzip data end too early'
    return new DataError(`duckdb: ${file} is cut off: ${why}; copy or make it again`, { cause: error })
  }
  const message = messageOf(error)
  if (code !== 'Z_DATA_ERROR')
    return new DataError(`duckdb: can't read ${file}: ${message}`, { cause: error })
  // The beginning is checked on opening: this is what follows the end.
  if (message === 'incorrect header check') return trailingBytes(file)
  const why = DAMAGES[message] ?? `its gzip data can't be unpacked (${message})`
  return new DataError(`duckdb: ${file} is damaged: ${why}; copy or make it again`, { cause: error })
}

const DAMAGES: Readonly<Record<string, string>> = {
  'incorrect data check': "the checksum (CRC) of its gzip data doesn't fit them",
  'incorrect length check': "the length that its gzip data state doesn't fit them",
}

function trailingBytes(file: string): DataError {
  return new DataError(
    `duckdb: ${file} has other bytes after the end of its gzip data: copy it again, or unpack it and pack it anew`,
  )
}
