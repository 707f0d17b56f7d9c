import type { Row } from '../warehouse.ts'
import { maybeBrokenParquet } from './broken-parquet.ts'
import { isPacked, readCsvBytes } from './csv-bytes.ts'
import type { InputFiles } from './input-files.ts'

/** Reads input files whole, beside the queries, for faults that DuckDB lets pass. */
export interface InputCheck extends InputFiles {
  /**
   * Ends when all files are read: no answer from them may be believed before.
   * @throws {DataError} naming the first file with a fault.
   */
  done(): Promise<void>
  stop(): void
}

/** Starts reading the packed files among them, one after the other. */
export function startCheck(input: InputFiles, signal: AbortSignal | undefined): InputCheck {
  const stopping = new AbortController()
  const signals = signal === undefined ? [stopping.signal] : [stopping.signal, signal]
  const checked = checkFiles(input.files.filter(isPacked), AbortSignal.any(signals))
  // Who asks is told; without anybody who asks it is no failure of the process.
  checked.catch(() => {})
  return { ...input, done: () => checked, stop: () => stopping.abort() }
}

async function checkFiles(files: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    for (const file of files) {
      for await (const _bytes of readCsvBytes(file, signal)) signal.throwIfAborted()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/**
 * Passes on the rows of a query; ends only when all files have been checked.
 * @throws {DataError} naming the file that is broken, rather than what a query of it came to.
 */
export async function* checkedRows(
  rows: AsyncIterable<readonly Row[]>,
  check: InputCheck,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Row[], void> {
  try {
    yield* rows
  } catch (error) {
    signal?.throwIfAborted()
    throw await explainFailure(check, error)
  }
  await check.done()
}

/** @returns the error that names the file that is broken, if one is, else the error as it is. */
async function explainFailure(check: InputCheck, error: unknown): Promise<unknown> {
  const fault = await check.done().then(
    () => undefined,
    (found: unknown) => found,
  )
  if (fault !== undefined) return fault
  return check.kind === 'parquet' ? ((await maybeBrokenParquet(check.files)) ?? error) : error
}
