// node bench/training.mjs (after npm run build): a training step and a prediction by our kernels, on one thread and on all, compared with
// the same net composed of TensorFlow.js's operations on its WebAssembly backend.
import '@tensorflow/tfjs-backend-wasm'
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { drawInitialWeights } from '../dist/bilstm/initial-weights.js'
import { tensorflowBackend } from '../dist/bilstm/tensorflow/tensorflow-net.js'
import { startWasm } from '../dist/bilstm/wasm/wasm-backend.js'
import { createRandom } from '../dist/numerics/random.js'
import { usableProcessors } from '../dist/processors.js'

const grid = { lookbackDays: 7, channelCount: 7 }
const sizes = [
  { name: 'demo: width 16, 400 patterns per batch', width: 16, rows: 400, steps: 8 },
  { name: 'default: width 64, 800 patterns per batch', width: 64, rows: 800, steps: 4 },
]
// Patterns of users with few touches share much of the computing, those of many touches little.
const fills = [0.03, 0.1, 0.3]
/** The processors are shared: the least of some times is the nearest to what one gets alone. */
const REPEATS = 5

await tf.setBackend('wasm')
await tf.ready()
const threads = usableProcessors()
const backends = [tensorflowBackend('native'), await startWasm(1), await startWasm(threads)]
console.log(`milliseconds; ours on 1 thread and on ${threads}, and ratios to TensorFlow.js and to 1 thread`)
for (const size of sizes) {
  console.log(size.name)
  for (const fill of fills) {
    report(`step, ${fill * 100} % of cells touched`, await inTurn((backend) => openStep(backend, size, fill)))
    report(`1,000 predictions, the same`, await inTurn((backend) => openPrediction(backend, size, fill)))
  }
}
for (const backend of backends) await backend.close()

/** @returns the least milliseconds of each backend, taken in turn. */
async function inTurn(open) {
  const works = backends.map(open)
  const least = works.map(() => Number.POSITIVE_INFINITY)
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    for (const [at, { work, calls }] of works.entries()) {
      const startedMs = performance.now()
      await work()
      const tookMs = (performance.now() - startedMs) / calls
      // The first time warms up.
      if (repeat > 0) least[at] = Math.min(least[at], tookMs)
    }
  }
  for (const { close } of works) close()
  return least
}

function openStep(backend, { width, rows, steps }, fill) {
  const net = backend.openLearningNet({ grid, width }, weightsOf(width), rows)
  const labels = new Float32Array(rows).fill(1, 0, rows / 2)
  const batch = { ...drawPatterns(rows, fill), labels, weights: new Float32Array(rows).fill(1 / rows) }
  const random = createRandom(3, 'mask')
  const mask = Float32Array.from({ length: 2 * width * rows }, () => (random.uniform() < 0.5 ? 0 : 2))
  const how = { rate: 1e-3, lossScale: 0.012, mask }
  const work = async () => {
    for (let step = 0; step < steps; step++) await net.step(batch, how)
  }
  return { work, calls: steps, close: () => net.dispose() }
}

function openPrediction(backend, { width }, fill) {
  const net = backend.openNet({ grid, width }, weightsOf(width))
  const patterns = drawPatterns(4096, fill)
  return { work: () => net.predict(patterns), calls: 4.096, close: () => net.dispose() }
}

function weightsOf(width) {
  return drawInitialWeights({ grid, width, seed: 1, baseRate: 0.006 })
}

/** Random patterns of two words each. */
function drawPatterns(count, fill) {
  const random = createRandom(2, 'bench')
  const words = new Uint32Array(2 * count)
  for (let cell = 0; cell < 49 * count; cell++) {
    const at = cell % 49
    if (random.uniform() < fill) words[2 * Math.floor(cell / 49) + (at >> 5)] |= 1 << (at & 31)
  }
  return { grid, count, wordsPerPattern: 2, words }
}

function report(what, [theirs, one, all]) {
  const figure = (ms) => ms.toFixed(1).padStart(7)
  const ratio = (ms, other) => `${(ms / other).toFixed(1)} times`
  console.log(
    `  ${what.padEnd(32)} TensorFlow.js ${figure(theirs)}  ours ${figure(one)} and ${figure(all)}` +
      ` (${ratio(theirs, one)}, ${ratio(theirs, all)}; threads ${ratio(one, all)})`,
  )
}
