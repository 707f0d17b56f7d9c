// node bench/gpu.mjs (after npm run build, on Linux with an NVIDIA GPU, its driver, Python 3.11 with pip, and g++): installs what
// docker/Dockerfile.gpu with WAY=pypi installs, compares the losses of some steps with those of our kernels, and prints as a table
// what steps and predictions take.
//   --folder DIR      where to install; a second run takes what is there (default: td-mta-gpu in the temporary folder)
//   --backend native  TensorFlow on the processor, where DIR has @tensorflow/tfjs-node; wasm: our kernels beside themselves
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { drawBatch, drawPatterns, grid } from './patterns.mjs'

const repository = fileURLToPath(new URL('..', import.meta.url))
const sizes = [
  { width: 16, rows: 400 },
  { width: 64, rows: 800 },
  { width: 128, rows: 4000 },
]
const COMPARED_STEPS = 20
const TIMED_STEPS = 20
const PREDICTIONS = 16_384
/** A part of the cells that users touch. */
const FILL = 0.1

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(tmpdir(), 'td-mta-gpu') },
    backend: { type: 'string', default: 'gpu' },
  },
})
const folder = resolve(values.folder)
if (values.backend === 'gpu') installGpu()
cpSync(join(repository, 'dist'), join(folder, 'dist'), { recursive: true })
if (!existsSync(join(folder, 'node_modules'))) {
  throw new Error(`${folder} has no node_modules: --folder has to name where TensorFlow.js is installed`)
}

const load = (path) => import(pathToFileURL(join(folder, 'dist', path)).href)
const { openBackend } = await load('bilstm/backends.js')
const { drawInitialWeights } = await load('bilstm/initial-weights.js')
const { createRandom } = await load('numerics/random.js')
const { silentLogger } = await load('logger.js')
const backends = [
  await openBackend(values.backend, undefined, silentLogger),
  await openBackend('wasm', undefined, silentLogger),
]
console.log(
  `| width | patterns a step | ${values.backend}: ms a step | wasm | ${values.backend}: µs a prediction | wasm | losses differ by |`,
)
console.log('|---|---|---|---|---|---|---|')
for (const size of sizes) await measure(size)
for (const backend of backends) await backend.close()

/** As docker/Dockerfile.gpu does, without an image. */
function installGpu() {
  const package_ = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu')
  if (existsSync(join(package_, 'deps/nvidia'))) return
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'vendor', 'docker'])
    cpSync(join(repository, name), join(folder, name), { recursive: true })
  run('npm', ['ci', '--omit=dev', '--ignore-scripts'])
  run('npm', ['pkg', 'delete', 'peerDependencies', 'peerDependenciesMeta'])
  const gpu = '@tensorflow/tfjs-node-gpu@4.22.0'
  run('npm', ['install', '--no-save', '--omit=dev', '--ignore-scripts', gpu])
  const tensorflow = "grep -A 1 '^tensorflow==' docker/wheels.txt >tensorflow.txt"
  run('sh', ['-c', tensorflow])
  const pinned = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--dest', 'wheels']
  run('pip', ['download', ...pinned, '--requirement', 'tensorflow.txt'])
  const wheel = join('wheels', readdirSync(join(folder, 'wheels'))[0])
  const headers = join(dirname(process.execPath), '../include/node')
  run('sh', ['docker/native-binding.sh', package_, wheel, headers])
  run('sh', ['docker/cuda-wheels.sh', package_, wheel, 'docker/wheels.txt'])
}

function run(command, words) {
  execFileSync(command, words, { cwd: folder, stdio: 'inherit' })
}

async function measure(size) {
  const [asked, wasm] = [await timesOf(backends[0], size), await timesOf(backends[1], size)]
  const off = Math.max(...asked.losses.map((loss, at) => Math.abs(loss / wasm.losses[at] - 1)))
  const figures = [asked.stepMs, wasm.stepMs, asked.predictionUs, wasm.predictionUs]
  const cells = figures.map((figure) => figure.toPrecision(3))
  console.log(`| ${[size.width, size.rows, ...cells].join(' | ')} | ${off.toExponential(1)} |`)
  // Sums of 32 bits in another order; after some steps of Adam differences have grown.
  if (!(off < 1e-3)) throw new Error(`the losses of ${values.backend} are not those of our kernels`)
}

/** @returns the losses before each of the first steps, and what a step and a prediction take after them. */
async function timesOf(backend, { width, rows }) {
  const shape = { grid, width }
  const weights = drawInitialWeights({ grid, width, seed: 1, baseRate: 0.006 })
  const learning = backend.openLearningNet(shape, weights, rows)
  const losses = []
  const stepAt = async (step) => {
    const batch = drawBatch(createRandom(step % COMPARED_STEPS, 'bench'), rows, FILL)
    const random = createRandom(step % COMPARED_STEPS, 'mask')
    const mask = Float32Array.from({ length: 2 * width * rows }, () => (random.uniform() < 0.5 ? 0 : 2))
    const startedMs = performance.now()
    const predicted = await learning.step(batch, { rate: 1e-3, lossScale: 0.012, mask })
    return { predicted, batch, tookMs: performance.now() - startedMs }
  }
  for (let step = 0; step < COMPARED_STEPS; step++) {
    const { predicted, batch } = await stepAt(step)
    losses.push(logLoss(predicted, batch))
  }
  let stepsMs = 0
  for (let step = 0; step < TIMED_STEPS; step++) stepsMs += (await stepAt(step)).tookMs
  const learned = await learning.weights()
  learning.dispose()
  const net = backend.openNet(shape, learned)
  const patterns = drawPatterns(createRandom(1, 'bench'), PREDICTIONS, FILL)
  await net.predict(patterns)
  const startedMs = performance.now()
  await net.predict(patterns)
  const predictionUs = ((performance.now() - startedMs) * 1000) / PREDICTIONS
  net.dispose()
  return { losses, stepMs: stepsMs / TIMED_STEPS, predictionUs }
}

function logLoss(predicted, { labels, weights }) {
  return predicted.reduce(
    (sum, one, row) => sum - weights[row] * Math.log(labels[row] === 1 ? one : 1 - one),
    0,
  )
}
