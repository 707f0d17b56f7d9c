import { messageOf } from '../../errors.ts'
import { maybeBrokenParquet } from './broken-parquet.ts'
import { checkCsvFile, maybeCsvFault } from './csv-faults.ts'
import type { Input } from './input.ts'

/** Reads input files whole, beside the queries, for faults that DuckDB lets pass. */
export interface InputCheck {
  readonly input: Input
  /**
   * Ends when all files are read: no answer from them may be believed before.
   * @throws {DataError} naming the first file with a fault.
   */
  done(): Promise<void>
  stop(): void
}

/** Starts reading CSV files, one after the other. */
export function startCheck(input: Input, signal: AbortSignal | undefined): InputCheck {
  const stopping = new AbortController()
  const signals = signal === undefined ? [stopping.signal] : [stopping.signal, signal]
  const checked = checkFiles(input, AbortSignal.any(signals))
  // Who asks is told; without anybody who asks it is no failure of the process.
  checked.catch(() => {})
  return { input, done: () => checked, stop: () => stopping.abort() }
}

async function checkFiles({ csv }: Input, signal: AbortSignal): Promise<void> {
  try {
    for (const one of csv) await checkCsvFile(one, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/**
 * Passes on what a query returns; ends only when all files have been checked.
 * @throws {DataError} naming the file that is broken, rather than what a query of it came to.
 */
export async function* checkedResult<Batch>(
  batches: AsyncIterable<Batch>,
  check: InputCheck,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch, void> {
  try {
    yield* batches
  } catch (error) {
    signal?.throwIfAborted()
    throw await explainFailure(check, error)
  }
  await check.done()
}

/** @param error of a query. @returns the error that names the file that is broken, if one is, else the error as it is. */
export async function explainFailure(check: InputCheck, error: unknown): Promise<unknown> {
  const fault = await check.done().then(
    () => undefined,
    (found: unknown) => found,
  )
  if (fault !== undefined) return fault
  const { files, csv } = check.input
  if (csv.length === 0) return (await maybeBrokenParquet(files)) ?? error
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const csvFiles = csv.map(({ file }) => file)
  return (await maybeCsvFault(csvFiles, messageOf(cause), cause)) ?? error
}
