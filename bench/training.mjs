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
import { drawBatch, drawPatterns, grid } from './patterns.mjs'

const sizes = [
  { name: 'demo: width 16, 400 patterns per batch', width: 16, rows: 400 },
  { name: 'default: width 64, 800 patterns per batch', width: 64, rows: 800 },
]
// Patterns of users with few touches share much of the computing, those of many touches little.
const fills = [0.03, 0.1]
/** The processors are shared: the least of some times is the nearest to what one gets alone. TensorFlow.js takes seconds. */
const REPEATS = [2, 15, 15]

await tf.setBackend('wasm')
await tf.ready()
const threads = usableProcessors()
const backends = [tensorflowBackend('native'), await startWasm(1), await startWasm(threads)]
console.log(
  `milliseconds: of processors for TensorFlow.js and ours, of the clock for ours on 1 thread and on ${threads}`,
)
for (const size of sizes) {
  console.log(size.name)
  for (const fill of fills) {
    report(`step, ${fill * 100} % of cells touched`, await inTurn((backend) => openStep(backend, size, fill)))
    report('1,000 predictions, the same', await inTurn((backend) => openPrediction(backend, size, fill)))
  }
}
for (const backend of backends) await backend.close()

/** @returns the least milliseconds of each backend, of processors and of the clock, taken in turn. */
async function inTurn(open) {
  const works = backends.map(open)
  const least = works.map(() => ({ processors: Number.POSITIVE_INFINITY, clock: Number.POSITIVE_INFINITY }))
  for (let repeat = 0; repeat < Math.max(...REPEATS); repeat++) {
    for (const [at, { work, calls }] of works.entries()) {
      if (repeat >= REPEATS[at]) continue
      const [before, startedMs] = [process.cpuUsage(), performance.now()]
      await work()
      const clock = (performance.now() - startedMs) / calls
      const processors = process.cpuUsage(before).user / 1000 / calls
      least[at] = {
        processors: Math.min(least[at].processors, processors),
        clock: Math.min(least[at].clock, clock),
      }
    }
  }
  for (const { close } of works) close()
  return least
}

function openStep(backend, { width, rows }, fill) {
  const net = backend.openLearningNet({ grid, width }, weightsOf(width), rows)
  const batch = drawBatch(createRandom(2, 'bench'), rows, fill)
  const random = createRandom(3, 'mask')
  const mask = Float32Array.from({ length: 2 * width * rows }, () => (random.uniform() < 0.5 ? 0 : 2))
  const how = { rate: 1e-3, lossScale: 0.012, mask }
  return { work: () => net.step(batch, how), calls: 1, close: () => net.dispose() }
}

function openPrediction(backend, { width }, fill) {
  const net = backend.openNet({ grid, width }, weightsOf(width))
  const patterns = drawPatterns(createRandom(2, 'bench'), 2048, fill)
  return { work: () => net.predict(patterns), calls: 2.048, close: () => net.dispose() }
}

function weightsOf(width) {
  return drawInitialWeights({ grid, width, seed: 1, baseRate: 0.006 })
}

function report(what, [theirs, one, all]) {
  const figure = (ms) => ms.toFixed(1).padStart(6)
  const ratio = (ms, other) => `${(ms / other).toFixed(1)} times`
  console.log(
    `  ${what.padEnd(32)} TensorFlow.js ${figure(theirs.processors)}  ours ${figure(one.processors)}` +
      ` (${ratio(theirs.processors, one.processors)})  threads ${figure(one.clock)} and ${figure(all.clock)}` +
      ` (${ratio(one.clock, all.clock)})`,
  )
}
