import { parentPort, workerData } from 'node:worker_threads'
import { csvOfBlock } from './csv-blocks.ts'
import type { SimulationOptions } from './simulate.ts'

/** A thread that simulates the requested blocks; its `workerData` are the options. */
const options: SimulationOptions = workerData
parentPort?.on('message', (block: number) => {
  const simulated = csvOfBlock(options, block)
  parentPort?.postMessage(simulated, [simulated.csv.buffer])
})
