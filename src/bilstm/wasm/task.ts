/** A task for `runNext`, see `assembly/task.ts`, which has the same order. Addresses are bytes from the beginning of the memory. */
export interface Task {
  readonly pieces: number
  readonly kind: 'predict' | 'learn'
  readonly rows: number
  readonly rowsAtOnce: number
  readonly rowsPerPiece: number
  readonly words: number
  readonly probabilities: number
  /** 0: nothing is left out. */
  readonly mask: number
  readonly labels: number
  readonly weights: number
  /** Of the loss. */
  readonly factor: number
  readonly gradients: number
  readonly parameters: number
  readonly packed: number
  readonly days: number
  readonly channels: number
  readonly units: number
  readonly wordsPerPattern: number
}

export const TASK_BYTES = 80

export function writeTask(memory: WebAssembly.Memory, address: number, task: Task): void {
  const numbers = new Int32Array(memory.buffer, address, TASK_BYTES / 4)
  numbers.set([
    0,
    task.pieces,
    task.kind === 'learn' ? 1 : 0,
    task.rows,
    task.rowsAtOnce,
    task.rowsPerPiece,
    task.words,
    task.probabilities,
    task.mask,
    task.labels,
    task.weights,
    0,
    task.gradients,
    task.parameters,
    task.packed,
    task.days,
    task.channels,
    task.units,
    task.wordsPerPattern,
  ])
  new Float32Array(memory.buffer, address, TASK_BYTES / 4)[11] = task.factor
}
