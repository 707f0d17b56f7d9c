// node bench/shapley-budget.mjs DATA_DIR EVALUATIONS...: of an export and a model of it, see bench/README.md
import { readExportManifest, readModelManifest } from '../dist/artifacts/manifest.js'
import { gridOf, openPatternSource, readConvertingPatterns } from '../dist/artifacts/pattern-source.js'
import { loadModel } from '../dist/bilstm/artifact.js'
import { openBackend } from '../dist/bilstm/backends.js'
import { cellsOf } from '../dist/examples/pattern.js'
import { silentLogger } from '../dist/logger.js'
import { PatternTable } from '../dist/numerics/pattern-table.js'
import { silentProgress } from '../dist/progress.js'
import { attribute } from '../dist/shapley/attribution.js'
import { openLocalStorage } from '../dist/storage/local/storage.js'

/** How far credits by a budget of evaluations are from those by all of them, and how well the standard error knows that. */
const BUDGETS = process.argv.slice(3).map(Number)
/** Of larger patterns no exact credit is known. */
const MOST_CELLS = 11
const SEEDS = [101, 102, 103, 104, 105]

const storage = openLocalStorage(process.argv[2])
const { manifest } = await readExportManifest(storage)
const { bilstm } = await readModelManifest(storage)
const source = openPatternSource(storage, manifest, new AbortController().signal)
const credited = smallOf((await readConvertingPatterns(manifest, source)).credited)
const backend = await openBackend('auto', undefined, silentLogger)
const saved = await loadModel(storage, bilstm.nets[0].files, gridOf(manifest))
const net = backend.openNet(saved, saved.weights)

function smallOf({ patterns, conversions, value }) {
  const width = patterns.wordsPerPattern
  const kept = Array.from({ length: patterns.count }, (_, at) => at).filter(
    (at) => cellsOf(patterns, at).length <= MOST_CELLS,
  )
  const words = Uint32Array.from(
    kept.flatMap((at) => [...patterns.words.subarray(at * width, (at + 1) * width)]),
  )
  return {
    patterns: { ...patterns, count: kept.length, words },
    conversions: Float64Array.from(kept, (at) => conversions[at]),
    value: Float64Array.from(kept, (at) => value[at]),
  }
}

/** Asks the net about each pattern once in all runs. */
const known = new PatternTable(credited.patterns.wordsPerPattern)
let values = new Float64Array(2 ** 22)
async function rememberingNet(block) {
  const width = block.wordsPerPattern
  const numbers = new Int32Array(block.count)
  const fresh = []
  for (let at = 0; at < block.count; at++) {
    const before = known.count
    numbers[at] = known.intern(block.words, at * width)
    if (known.count > before) fresh.push(at)
  }
  const words = Uint32Array.from(
    fresh.flatMap((at) => [...block.words.subarray(at * width, (at + 1) * width)]),
  )
  const answers = await net.predict({ ...block, count: fresh.length, words })
  if (known.count > values.length)
    values = Float64Array.from({ length: 2 * known.count }, (_, at) => values[at] ?? 0)
  fresh.forEach((at, place) => {
    values[numbers[at]] = answers[place]
  })
  return Float64Array.from(numbers, (number) => values[number])
}
const credit = (evaluations, seed) =>
  attribute(credited, rememberingNet, {
    evaluations,
    seed,
    progress: silentProgress,
    now: () => performance.now(),
  })

const exact = await credit(1e8, 1)
console.log(`${credited.patterns.count} patterns, ${exact.evaluations} evaluations in full`)
console.log(
  '| evaluations | estimated patterns | largest standard error / sqrt(credit) | errors / standard errors | within 1.96 |',
)
console.log('|---|---|---|---|---|')
for (const budget of BUDGETS) {
  const runs = []
  for (const seed of SEEDS) runs.push(await credit(budget, seed))
  const errors = runs.flatMap(({ conversions, standardError }) =>
    Array.from(conversions, (own, cell) => ({
      error: own - exact.conversions[cell],
      stated: standardError[cell],
      root: Math.sqrt(Math.max(1, exact.conversions[cell])),
    })),
  )
  const largest = Math.max(...errors.map(({ stated, root }) => stated / root))
  const ratio =
    Math.hypot(...errors.map(({ error }) => error)) / Math.hypot(...errors.map(({ stated }) => stated))
  const within = errors.filter(({ error, stated }) => Math.abs(error) <= 1.96 * stated).length / errors.length
  const cells = [budget, runs[0].sampledPatterns, largest.toFixed(4), ratio.toFixed(2), within.toFixed(3)]
  console.log(`| ${cells.join(' | ')} |`)
}
net.dispose()
await backend.close()
