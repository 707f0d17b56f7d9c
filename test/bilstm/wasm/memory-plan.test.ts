import { expect, it } from 'vitest'
import { loadKernels } from '../../../src/bilstm/wasm/kernels.ts'
import { planMemory } from '../../../src/bilstm/wasm/memory-plan.ts'
import { ThreadPool } from '../../../src/bilstm/wasm/thread-pool.ts'
import { startWasm } from '../../../src/bilstm/wasm/wasm-backend.ts'
import { ConfigError } from '../../../src/errors.ts'

const module = await loadKernels()
const planned = (threads: number, days: number, channels: number, width: number, rows: number) =>
  planMemory(
    new ThreadPool(module, threads),
    { grid: { lookbackDays: days, channelCount: channels }, width },
    rows,
  )

it('divides a batch alike for any number of threads, and gives each thread a part of its own', () => {
  const [one, four] = [planned(1, 30, 20, 64, 1000), planned(4, 30, 20, 64, 1000)]
  const { scratch: ofOne, bytes: bytesOfOne, ...rest } = one
  const { scratch: ofFour, bytes: bytesOfFour, ...other } = four
  expect(other).toEqual(rest)
  const size = bytesOfOne - ofOne[0]!
  expect(ofFour).toEqual([0, 1, 2, 3].map((at) => ofOne[0]! + at * size))
  expect(bytesOfFour).toBe(bytesOfOne + 3 * size)
})

it('takes fewer rows at once for long windows and wide nets, so that memory stays within 64 MiB a thread', () => {
  for (const [days, channels, width] of [
    [7, 7, 64],
    [30, 20, 64],
    [90, 50, 64],
    [366, 10, 64],
    [30, 10, 256],
  ] as const) {
    const { scratch, bytes, rowsAtOnce } = planned(1, days, channels, width, 1000)
    expect(rowsAtOnce % 4).toBe(0)
    expect(bytes - scratch[0]!).toBeLessThanOrEqual(rowsAtOnce === 16 ? 2 ** 27 : 2 ** 26)
  }
  expect(planned(1, 7, 7, 64, 1000).rowsAtOnce).toBe(128)
  expect(planned(1, 366, 10, 64, 1000).rowsAtOnce).toBe(16)
})

it('gives a thread what the states of its rows take, however wide the net and long the window', () => {
  for (const width of [8, 64, 256, 512, 1024]) {
    for (const days of [1, 30, 90, 180, 300, 358, 365]) {
      for (const rows of [0, 1000]) {
        const { scratch, bytes, rowsAtOnce } = planned(1, days, 7, width, rows)
        // Numbers of 4 bytes: of each day, row and direction four gates and three states, and eight gates that go to the second LSTMs.
        const states = 4 * 2 * days * rowsAtOnce * width * (4 + 3 + 8)
        const size = bytes - scratch[0]!
        expect(size).toBeGreaterThan(states)
        expect(size).toBeLessThan(2 * states + 4 * 60 * (rowsAtOnce + 3) * width + 2 ** 16)
        if (rowsAtOnce > 16) expect(size).toBeLessThanOrEqual(2 ** 26)
      }
    }
  }
})

it('has no more threads than can compute at once, and fewer where the memory of WebAssembly ends', () => {
  expect(planned(256, 7, 7, 64, 1000).scratch).toHaveLength(16)
  expect(planned(256, 7, 7, 64, 0).scratch).toHaveLength(256)
  for (const [threads, days, channels, width, rows] of [
    [96, 30, 20, 64, 1000],
    [256, 365, 7, 64, 0],
    [256, 365, 7, 1024, 1000],
    [256, 365, 1000, 1024, 0],
  ] as const) {
    const { scratch, bytes } = planned(threads, days, channels, width, rows)
    const size = bytes - scratch.at(-1)!
    expect(bytes).toBeLessThanOrEqual(2 ** 32)
    const most = Math.min(threads, rows === 0 ? threads : 16)
    if (scratch.length < most) expect(bytes + size).toBeGreaterThan(2 ** 32)
  }
})

it('says which options to lower where a net does not fit in the memory of WebAssembly', async () => {
  const shape = { grid: { lookbackDays: 365, channelCount: 1000 }, width: 1024 }
  expect(planned(1, 365, 1000, 1024, 1e5).bytes).toBeGreaterThan(2 ** 32)
  const backend = await startWasm(1)
  const open = () => backend.openLearningNet(shape, [], 1e5)
  expect(open).toThrow(ConfigError)
  expect(open).toThrow(
    /^the model needs \d+ MiB in one piece, which WebAssembly does not get: lower --train-batch-size \(TRAIN_BATCH_SIZE\), /,
  )
  await backend.close()
})
