import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { AskedThread } from '../../asked-thread.ts'
import { ConfigError, messageOf } from '../../errors.ts'
import { type Kernels, startKernels } from './kernels.ts'

/**
 * What a thread runs, as text: it needs no file of its own, neither compiled, bundled nor in tests. It keeps one instance of the kernels
 * per memory, and replies once no piece of the task is left.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const instances = new Map()
parentPort.on('message', ({ id, memory, task, scratch }) => {
  if (!instances.has(id)) {
    instances.set(id, new WebAssembly.Instance(workerData, { env: { memory } }).exports)
  }
  const kernels = instances.get(id)
  while (kernels.runNext(task, scratch));
  parentPort.postMessage(id)
})`

/** A memory that all threads share, each with an instance of the kernels. */
export interface SharedMemory {
  readonly id: number
  readonly memory: WebAssembly.Memory
  /** This thread's. */
  readonly kernels: Kernels
}

/** A task in a shared memory. */
export interface SharedTask extends SharedMemory {
  /** Where the task begins, in bytes. */
  readonly task: number
  /** Where each thread's own part begins: no more threads than these compute. */
  readonly scratch: readonly number[]
}

const PAGE_BYTES = 65_536
/** What addresses of 32 bits reach. */
export const MOST_MEMORY_BYTES = 2 ** 32

/** Threads that compute pieces of a task side by side, this one among them. The others start when they are first needed. */
export class ThreadPool {
  readonly threads: number
  /** Without a net: to count what one needs. */
  readonly counting: Kernels
  private readonly module: WebAssembly.Module
  private readonly others: AskedThread<number>[] = []
  private readonly free: SharedMemory[] = []
  private lastId = 0
  private former: Promise<unknown> = Promise.resolve()
  private failure: { readonly error: unknown } | undefined

  /** @param threads in all: one means that no other is started. */
  constructor(module: WebAssembly.Module, threads: number) {
    this.module = module
    this.threads = threads
    this.counting = startKernels(module, new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }))
  }

  /**
   * Threads let go of a memory late if ever, so one that was given back serves the next that needs as much.
   * @param cleared bytes from its beginning that are 0.
   * @throws {Error} where the system has no such memory.
   */
  lend(bytes: number, cleared: number): SharedMemory {
    const pages = Math.ceil(bytes / PAGE_BYTES)
    const at = this.free.findIndex(({ memory }) => memory.buffer.byteLength === pages * PAGE_BYTES)
    if (at === -1) {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
      return { id: ++this.lastId, memory, kernels: startKernels(this.module, memory) }
    }
    const [shared] = this.free.splice(at, 1)
    new Uint8Array(shared!.memory.buffer, 0, cleared).fill(0)
    return shared!
  }

  giveBack(shared: SharedMemory): void {
    this.free.push(shared)
  }

  /** Does work after all that was given before: one task at a time has all threads. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.former.then(work)
    this.former = turn.catch(() => undefined)
    return turn
  }

  /**
   * Computes a task, as many threads as it has pieces. Between pieces this thread lets signals and timers through. After a failure threads may
   * still compute what nobody waits for, so that all later tasks fail too.
   * @throws {ConfigError} where a thread has ended or does not start.
   */
  async run(shared: SharedTask, pieces: number): Promise<void> {
    if (this.failure !== undefined) throw this.failure.error
    try {
      await this.compute(shared, pieces)
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }

  async close(): Promise<void> {
    this.free.length = 0
    await Promise.all(this.others.splice(0).map((thread) => thread.end()))
  }

  private async compute(shared: SharedTask, pieces: number): Promise<void> {
    const { id, memory, kernels, task, scratch } = shared
    const helpers = this.helpers(Math.min(scratch.length, pieces) - 1)
    const questions = helpers.map((thread, at) => thread.ask({ id, memory, task, scratch: scratch[at + 1] }))
    const helped = Promise.all(questions)
    // It is waited for below; until then its failure is no unhandled one.
    helped.catch(() => undefined)
    while (kernels.runNext(task, scratch[0]!)) {
      if (pieces > 1) await setImmediate()
    }
    await helped
  }

  private helpers(count: number): readonly AskedThread<number>[] {
    while (this.others.length < count) this.others.push(startThread(this.module, this.others.length + 2))
    return this.others.slice(0, count)
  }
}

/**
 * @param number for messages: this process's own thread is the first.
 * @throws {ConfigError} where the system allows no further thread.
 */
function startThread(module: WebAssembly.Module, number: number): AskedThread<number> {
  try {
    // Neither this process's options, which may not be a worker's, nor its environment, which holds secrets.
    const worker = new Worker(PROGRAM, { eval: true, workerData: module, execArgv: [], env: {} })
    return new AskedThread(
      worker,
      (what) =>
        new ConfigError(
          `thread ${number} of the model ended while it computed (${what}): ` +
            'give the process more memory or lower --threads (THREADS)',
        ),
    )
  } catch (error) {
    throw new ConfigError(
      `thread ${number} of the model does not start (${messageOf(error)}): lower --threads (THREADS)`,
      { cause: error },
    )
  }
}
