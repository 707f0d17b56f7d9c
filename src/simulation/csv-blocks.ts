import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { AskedThread } from '../asked-thread.ts'
import { type BlockNumbers, blocksOf, type SimulationOptions, simulateBlock } from './simulate.ts'
import { TouchpointLines } from './touchpoint-csv.ts'

/** Touchpoints of a block as CSV lines. */
export interface CsvPiece {
  readonly csv: Uint8Array<ArrayBuffer>
  /** What is known of the causes in the block that ends with this piece; undefined: it goes on. */
  readonly numbers: BlockNumbers | undefined
}

/** @returns all touchpoints of a block as one piece: some 20 MB for 60 days. */
export function csvOfBlock(options: SimulationOptions, block: number): CsvPiece {
  const { rows, numbers } = simulateBlock(options, block)
  const lines = new TouchpointLines(options.campaigns !== undefined)
  for (const batch of rows) lines.add(batch)
  return { csv: lines.take(), numbers }
}

/** A module of TypeScript, or one that was put into a bundle, has none beside it: then there is no other thread. */
const WORKER = new URL('./block-worker.js', import.meta.url)

/**
 * Simulates blocks on several threads; the blocks are the same for any number of them.
 * @param threads at most; each holds two blocks at most.
 * @returns pieces of all blocks, in their order.
 */
export async function* simulateCsv(options: SimulationOptions, threads: number): AsyncGenerator<CsvPiece> {
  const blocks = blocksOf(options)
  const useful = Math.min(threads, blocks)
  if (useful === 1 || !existsSync(fileURLToPath(WORKER))) {
    for (let block = 0; block < blocks; block++) yield* piecesOfBlock(options, block)
    return
  }
  const workers = Array.from({ length: useful }, () => startThread(options))
  const ask = (block: number) => {
    const answer = workers[block % useful]!.ask(block)
    // It is waited for in its turn; until then its failure is no unhandled one.
    answer.catch(() => {})
    return answer
  }
  try {
    const asked = workers.map((_, block) => ask(block))
    for (let block = 0; block < blocks; block++) {
      const at = block % useful
      const simulated = await asked[at]!
      if (block + useful < blocks) asked[at] = ask(block + useful)
      yield simulated
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.end()))
  }
}

function* piecesOfBlock(options: SimulationOptions, block: number): Generator<CsvPiece> {
  const { rows, numbers } = simulateBlock(options, block)
  const lines = new TouchpointLines(options.campaigns !== undefined)
  for (const batch of rows) {
    lines.add(batch)
    yield { csv: lines.take(), numbers: undefined }
  }
  yield { csv: lines.take(), numbers }
}

function startThread(workerData: SimulationOptions): AskedThread<CsvPiece> {
  const worker = new Worker(WORKER, { workerData })
  return new AskedThread(
    worker,
    (what) => new Error(`simulation: a thread ended before it was done (${what})`),
  )
}
