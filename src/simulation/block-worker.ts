import { parentPort, workerData } from 'node:worker_threads'
import { csvOfBlock } from './csv-blocks.ts'
import type { SimulationOptions } from './simulate.ts'

/** A thread that simulates the blocks it is asked for; what it is told first are the options. */
const options: SimulationOptions = workerData
parentPort?.on('message', (block: number) => {
  const simulated = csvOfBlock(options, block)
  parentPort?.postMessage(simulated, [simulated.csv.buffer])
})
