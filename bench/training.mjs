// node bench/training.mjs (after npm run build): a training step and a prediction on the wasm backend, compared with tf.layers.
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { buildModel } from '../dist/bilstm/architecture.js'
import { valueFunctionOf } from '../dist/bilstm/prediction.js'
import { Trainer } from '../dist/bilstm/trainer.js'
import { registerWasmKernels } from '../dist/bilstm/wasm/kernels.js'
import { createRandom } from '../dist/numerics/random.js'
import { FitSums } from '../dist/numerics/weighted-metrics.js'

const grid = { lookbackDays: 7, channelCount: 7 }
const shapes = [
  { name: 'demo: width 16, 400 patterns per batch', width: 16, rows: 400, steps: 8 },
  { name: 'default: width 64, 800 patterns per batch', width: 64, rows: 800, steps: 2 },
]

await tf.setBackend('wasm')
await tf.ready()
// Ratios of CPU time within one run: other work on the machine affects neither side.
const plain = shapes.map((shape) => layersStep(shape))
registerWasmKernels()
for (const [at, shape] of shapes.entries()) {
  const replaced = layersStep(shape)
  const ours = ourStep(shape)
  console.log(`${shape.name}, ms per step:`)
  console.log(
    `  tf.layers ${figure(plain[at])}  with our kernels ${figure(replaced)} (${ratio(plain[at], replaced)})` +
      `  our step ${figure(ours)} (${ratio(plain[at], ours)})`,
  )
  console.log(`  prediction ${(await microseconds(shape)).toFixed(1)} microseconds per pattern`)
}

function build({ width }) {
  return buildModel({ grid, width, dropoutRate: 0.5, seed: 1, baseRate: 0.006 })
}

/** A step of the model as tf.layers runs it. */
function layersStep({ rows, steps, ...shape }) {
  const model = build(shape)
  const touched = tf.tidy(() => {
    const drawn = tf.randomUniform([rows, grid.lookbackDays, grid.channelCount], 0, 1, 'float32', 1)
    return tf.cast(tf.less(drawn, 0.1), 'float32')
  })
  const labels = tf.tidy(() =>
    tf.cast(tf.less(tf.randomUniform([rows, 1], 0, 1, 'float32', 2), 0.5), 'float32'),
  )
  const optimizer = tf.train.adam(1e-3)
  const loss = () => tf.losses.logLoss(labels, model.apply(touched, { training: true }))
  const variables = model.weights.map((weight) => weight.read())
  const spent = perCall(steps, () => optimizer.minimize(loss, false, variables))
  for (const one of [model, touched, labels, optimizer]) one.dispose()
  return spent
}

function ourStep({ rows, steps, ...shape }) {
  const model = build(shape)
  const trainer = new Trainer(model, {
    grid,
    dropoutRate: 0.5,
    random: createRandom(1, 'bench'),
    lossScale: 0.012,
  })
  const labels = new Float32Array(rows).fill(1, 0, rows / 2)
  const batch = { ...drawPatterns(rows), labels, weights: new Float32Array(rows).fill(1 / rows) }
  const spent = perCall(4 * steps, () => trainer.step(batch, 1e-3, new FitSums()))
  trainer.dispose()
  model.dispose()
  return spent
}

async function microseconds(shape) {
  const model = build(shape)
  const patterns = drawPatterns(16_384)
  const predict = valueFunctionOf(model, grid)
  await predict(patterns)
  const before = process.cpuUsage()
  await predict(patterns)
  const { user } = process.cpuUsage(before)
  model.dispose()
  return user / patterns.count
}

/** Random patterns of two words each. */
function drawPatterns(count) {
  const random = createRandom(2, 'bench')
  const words = new Uint32Array(2 * count)
  for (let cell = 0; cell < 49 * count; cell++) {
    const at = cell % 49
    if (random.uniform() < 0.1) words[2 * Math.floor(cell / 49) + (at >> 5)] |= 1 << (at & 31)
  }
  return { grid, count, wordsPerPattern: 2, words }
}

/** @returns milliseconds of CPU time per call, after a warm-up call. */
function perCall(calls, work) {
  work()
  const before = process.cpuUsage()
  for (let call = 0; call < calls; call++) work()
  return process.cpuUsage(before).user / 1000 / calls
}

function figure(ms) {
  return ms.toFixed(0).padStart(5)
}

function ratio(before, after) {
  return `${(before / after).toFixed(1)} times`
}
