import { createRequire, syncBuiltinESMExports } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Backend } from '../../../src/bilstm/net.ts'
import { loadKernels } from '../../../src/bilstm/wasm/kernels.ts'
import { ThreadPool } from '../../../src/bilstm/wasm/thread-pool.ts'
import { startWasm } from '../../../src/bilstm/wasm/wasm-backend.ts'
import { ConfigError } from '../../../src/errors.ts'
import { someBatch, someMask, somePatterns, someWeights } from '../some-net.ts'

const shape = { grid: { lookbackDays: 4, channelCount: 5 }, width: 8 }

async function withThreads<T>(threads: number, work: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = await startWasm(threads)
  try {
    return await work(backend)
  } finally {
    await backend.close()
  }
}

it('gives the same bytes on 1, 2, 3 and 4 threads, predicting and learning', async () => {
  // More than 16 passes of 128 rows: some gradients are of two passes.
  const batch = someBatch(shape.grid, 2200)
  const how = { rate: 1e-3, mask: someMask(2200, 8), lossScale: 0.1 }
  const results = []
  for (const threads of [1, 2, 3, 4]) {
    results.push(
      await withThreads(threads, async (backend) => {
        const net = backend.openLearningNet(shape, someWeights(shape), 2200)
        const steps = []
        for (let step = 0; step < 3; step++) steps.push(await net.step(batch, how))
        return { steps, weights: await net.weights(), predicted: await net.predict(batch) }
      }),
    )
  }
  for (const other of results.slice(1)) expect(other).toEqual(results[0])
  expect(results[0]?.steps[1]).not.toEqual(results[0]?.steps[0])
})

it('lets signals and timers through while it computes', async () => {
  await withThreads(2, async (backend) => {
    const net = backend.openNet(shape, someWeights(shape))
    let passed = 0
    const ticking = setInterval(() => {
      passed++
    }, 0)
    const patterns = somePatterns(shape.grid, 20_000)
    await net.predict(patterns)
    clearInterval(ticking)
    expect(passed).toBeGreaterThan(0)
  })
})

it('fails where a thread ends, then and later, instead of waiting', async () => {
  const { Worker } = await import('node:worker_threads')
  const started: InstanceType<typeof Worker>[] = []
  const post = Worker.prototype.postMessage
  Worker.prototype.postMessage = function (...words) {
    if (!started.includes(this)) started.push(this)
    return post.apply(this, words)
  }
  try {
    await withThreads(2, async (backend) => {
      const net = backend.openNet(shape, someWeights(shape))
      const patterns = somePatterns(shape.grid, 20_000)
      await net.predict(patterns)
      const running = net.predict(patterns)
      const ended = started[0]?.terminate()
      const failure = await running.catch((error: unknown) => error)
      await ended
      const message =
        'thread 2 of the model ended while it computed (exit code 1): ' +
        'give the process more memory or lower --threads (THREADS)'
      expect(failure).toEqual(new ConfigError(message))
      await expect(net.predict(patterns)).rejects.toThrow(new ConfigError(message))
    })
  } finally {
    Worker.prototype.postMessage = post
  }
})

it('names the option where a thread does not start', async () => {
  const threads = createRequire(import.meta.url)('node:worker_threads')
  const { Worker } = threads
  threads.Worker = class {
    constructor() {
      throw new Error('EAGAIN')
    }
  }
  syncBuiltinESMExports()
  try {
    await withThreads(2, async (backend) => {
      const net = backend.openNet(shape, someWeights(shape))
      const failure = net.predict(somePatterns(shape.grid, 500))
      await expect(failure).rejects.toThrow(
        new ConfigError('thread 2 of the model does not start (EAGAIN): lower --threads (THREADS)'),
      )
    })
  } finally {
    threads.Worker = Worker
    syncBuiltinESMExports()
  }
})

it('keeps the process alive only while it computes', async () => {
  const alive = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
  const before = alive()
  await withThreads(2, async (backend) => {
    const net = backend.openNet(shape, someWeights(shape))
    const running = net.predict(somePatterns(shape.grid, 20_000))
    await setImmediate()
    expect(alive()).toBeGreaterThan(before)
    await running
    expect(alive()).toBe(before)
  })
})

it('fails all that comes after a failure: threads may still answer for what failed', async () => {
  const pool = new ThreadPool(await loadKernels(), 2)
  const shared = pool.lend(2 ** 17, 0)
  const trap = new Error('a trap')
  let calls = 0
  const runNext = () => {
    calls++
    throw trap
  }
  const task = { ...shared, kernels: { ...shared.kernels, runNext }, task: 64, scratch: [2 ** 16] }
  await expect(pool.run(task, 1)).rejects.toBe(trap)
  await expect(pool.run({ ...task, kernels: shared.kernels }, 1)).rejects.toBe(trap)
  expect(calls).toBe(1)
})

it('reuses the memory of a disposed net, and the next net is as in a new one', async () => {
  const batch = someBatch(shape.grid, 300)
  const how = { rate: 1e-3, mask: someMask(300, 8), lossScale: 0.1 }
  const learn = async (backend: Backend, width: number) => {
    const net = backend.openLearningNet({ ...shape, width }, someWeights({ ...shape, width }), 300)
    const step = await net.step(batch, { ...how, mask: width === 8 ? how.mask : someMask(300, width) })
    const result = { step, weights: await net.weights() }
    net.dispose()
    net.dispose()
    return result
  }
  const { Memory } = WebAssembly
  const made: number[] = []
  WebAssembly.Memory = class extends Memory {
    constructor(size: { readonly initial: number; readonly maximum: number; readonly shared: true }) {
      super(size)
      made.push(size.initial)
    }
  }
  try {
    await withThreads(2, async (backend) => {
      const first = await learn(backend, 7)
      const before = made.length
      // Both are padded to 8 units: the narrower one finds what the wider one left.
      await learn(backend, 8)
      expect(await learn(backend, 7)).toEqual(first)
      expect(made.length).toBe(before)
      const two = [1, 2].map(() => backend.openLearningNet(shape, someWeights(shape), 300))
      expect(made.length).toBe(before + 1)
      for (const net of two) net.dispose()
    })
  } finally {
    WebAssembly.Memory = Memory
  }
})

it('starts no thread for one thread, nor for a task of one piece', async () => {
  const { Worker } = await import('node:worker_threads')
  const post = Worker.prototype.postMessage
  let posted = 0
  Worker.prototype.postMessage = function (...words) {
    posted++
    return post.apply(this, words)
  }
  try {
    await withThreads(1, (backend) =>
      backend.openNet(shape, someWeights(shape)).predict(somePatterns(shape.grid, 500)),
    )
    await withThreads(4, (backend) =>
      backend.openNet(shape, someWeights(shape)).predict(somePatterns(shape.grid, 10)),
    )
    expect(posted).toBe(0)
  } finally {
    Worker.prototype.postMessage = post
  }
})
