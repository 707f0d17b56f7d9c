// node bench/shapley-bookkeeping.mjs
import { cellsOf, wordsPerPattern } from '../dist/examples/pattern.js'
import { createRandom } from '../dist/numerics/random.js'
import { silentProgress } from '../dist/progress.js'
import { attribute } from '../dist/shapley/attribution.js'

/**
 * How much of the attribution is not the model: enumeration, memo, weights and regression, relative to a value function of
 * about 20 microseconds per pattern. The aim is at most a quarter.
 */
const MICROSECONDS_A_PATTERN = 20
const AIM = 0.25
const workloads = [
  {
    name: '3 days x 5 channels, 1-8 cells',
    grid: { lookbackDays: 3, channelCount: 5 },
    patterns: 20_000,
    cells: [1, 8],
  },
  {
    name: '5 days x 8 channels, 1-8 cells',
    grid: { lookbackDays: 5, channelCount: 8 },
    patterns: 4_000,
    cells: [1, 8],
  },
  {
    name: '14 days x 8 channels, 12 cells',
    grid: { lookbackDays: 14, channelCount: 8 },
    patterns: 60,
    cells: [12, 12],
  },
  {
    name: '14 days x 8 channels, 13-20 cells',
    grid: { lookbackDays: 14, channelCount: 8 },
    patterns: 100,
    cells: [13, 20],
  },
  {
    name: '30 days x 20 channels, 60 cells',
    grid: { lookbackDays: 30, channelCount: 20 },
    patterns: 100,
    cells: [60, 60],
  },
  {
    name: '7 days x 7 channels, a budget',
    grid: { lookbackDays: 7, channelCount: 7 },
    patterns: 12_000,
    cells: [1, 10],
    evaluations: 120_000,
  },
]
/** Patterns whose cells follow typical channel usage: a few often, most rarely. Fewer patterns if they repeat. */
function drawPatterns({ grid, patterns, cells: [fewest, most] }) {
  const random = createRandom(1, 'bench')
  const width = wordsPerPattern(grid)
  const known = new Map()
  for (let drawn = 0; drawn < patterns; drawn++) {
    const words = new Uint32Array(width)
    const size = fewest + random.below(most - fewest + 1)
    for (let touched = 0; touched < size; ) {
      const channel = Math.floor(random.uniform() ** 2 * grid.channelCount)
      const cell = random.below(grid.lookbackDays) * grid.channelCount + channel
      const before = words[cell >>> 5]
      words[cell >>> 5] = before | (1 << (cell & 31))
      if (words[cell >>> 5] !== before) touched++
    }
    known.set(words.join(), words)
  }
  const words = new Uint32Array(known.size * width)
  Array.from(known.values()).forEach((pattern, at) => {
    words.set(pattern, at * width)
  })
  const conversions = new Float64Array(known.size).fill(1)
  return {
    patterns: { grid, count: known.size, wordsPerPattern: width, words },
    conversions,
    value: conversions,
  }
}
/** Processor seconds of this process so far: other work on the machine does not count. */
const processorSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
let modelSeconds = 0
let microseconds = 0
/** Works for as long as a model would. */
const slowModel = async (patterns) => {
  const started = processorSeconds()
  const probabilities = new Float64Array(patterns.count)
  for (let at = 0; at < patterns.count; at++) {
    const cells = cellsOf(patterns, at)
    probabilities[at] = 1 - 0.99 * cells.reduce((missed, cell) => missed * (0.9 + 0.01 * (cell % 9)), 1)
  }
  while (processorSeconds() - started < (patterns.count * microseconds) / 1e6);
  modelSeconds += processorSeconds() - started
  return probabilities
}
/** @returns processor seconds of the whole attribution, and what it found. */
async function attributeInSeconds(converting, evaluations) {
  modelSeconds = 0
  const started = processorSeconds()
  const credits = await attribute(converting, slowModel, {
    evaluations,
    seed: 1,
    progress: silentProgress,
    now: () => performance.now(),
  })
  return { credits, seconds: processorSeconds() - started }
}
// A step takes minutes: the tenth of a second in which the code is compiled does not count.
for (const { evaluations, ...workload } of [workloads[0], workloads[0], workloads.at(-1)]) {
  await attributeInSeconds(drawPatterns(workload), evaluations)
}
microseconds = MICROSECONDS_A_PATTERN
for (const { evaluations, ...workload } of workloads) {
  const converting = drawPatterns(workload)
  const { credits, seconds } = await attributeInSeconds(converting, evaluations)
  const ratio = (seconds - modelSeconds) / seconds
  console.log(
    `${workload.name.padEnd(34)} ${String(converting.patterns.count).padStart(6)} patterns`,
    `${String(credits.evaluations).padStart(8)} evaluations ${seconds.toFixed(2).padStart(6)} s`,
    `bookkeeping ${(100 * ratio).toFixed(1).padStart(5)}% ${ratio <= AIM ? '' : '(above the aim of 25%)'}`,
  )
}
