import { expect, it } from 'vitest'
import { loadKernels } from '../../../src/bilstm/wasm/kernels.ts'
import { planMemory } from '../../../src/bilstm/wasm/memory-plan.ts'
import { ThreadPool } from '../../../src/bilstm/wasm/thread-pool.ts'
import { startWasm } from '../../../src/bilstm/wasm/wasm-backend.ts'
import { ConfigError } from '../../../src/errors.ts'
import { someWeights } from '../some-net.ts'

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

it('says which options to lower where a net does not fit in the memory of WebAssembly', async () => {
  const shape = { grid: { lookbackDays: 366, channelCount: 2 }, width: 1024 }
  expect(planned(8, 366, 2, 1024, 1e5).bytes).toBeGreaterThan(2 ** 32)
  const backend = await startWasm(8)
  const tiny = someWeights({ grid: shape.grid, width: 1 })
  expect(() => backend.openLearningNet(shape, tiny, 1e5)).toThrow(ConfigError)
  expect(() => backend.openLearningNet(shape, tiny, 1e5)).toThrow(
    /^the model needs \d+ MiB in one piece, which WebAssembly does not get: lower --model-width \(MODEL_WIDTH\), /,
  )
  await backend.close()
})
