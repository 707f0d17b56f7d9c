// node bench/evidence.mjs [--worlds A,B] [--users 5000,20000,200000] [--conversions 1,6] [--sets 20] [--first-seed 1001]
//   [--model hazard] [-- OPTION ...]     each option goes to those of the steps export, train and shapley that use it
// On simulated touchpoints (60 days, W = 7): how often the 95 % intervals of each learned method cover the expected truth, by cells,
// channels and baseline; and how often the signal test finds something (p <= 0.05). Without a signal, that is its size.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { flagGroups } from '../dist/options/flags.js'
import {
  expectedTruth,
  lookbackDays,
  numbers,
  readDocument,
  runHere,
  withFolder,
  writeTouchpoints,
} from './simulated.mjs'

const BASELINE = '(baseline)'
/** Those of the demo. */
const NET = [
  '--model-width',
  '16',
  '--steps-per-epoch',
  '80',
  '--train-epochs',
  '5',
  '--train-batch-size',
  '512',
]
const { values: chosen, positionals: options } = parseArgs({
  allowPositionals: true,
  options: {
    worlds: {
      type: 'string',
      default: 'clean,synergy,saturation,time-of-day,repeat,no-effect,no-effect, heavy users',
    },
    users: { type: 'string', default: '5000,20000,200000' },
    conversions: { type: 'string', default: '1,6' },
    sets: { type: 'string', default: '20' },
    'first-seed': { type: 'string', default: '1001' },
    model: { type: 'string', default: 'hazard' },
  },
})
const optionsByStep = forSteps(options, ['export', 'train', 'shapley'])
const firstSeed = Number(chosen['first-seed'])
const seeds = Array.from({ length: Number(chosen.sets) }, (_, at) => firstSeed + at)

console.log(
  '| world | users | conversions | method | data sets | cells covered | channels covered | baseline covered | p <= 0.05 | seconds |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|')
for (const world of chosen.worlds.split(/,(?! )/)) {
  for (const users of numbers(chosen.users)) {
    // Where touches have no effect, more conversions would only be more users.
    const factors = world.startsWith('no-effect') ? [1] : numbers(chosen.conversions)
    for (const conversions of factors) await measure({ world, users, conversions })
  }
}

async function measure(settings) {
  const truth = expectedTruth(settings)
  const covered = new Map()
  let significant = 0
  let ms = 0
  for (const seed of seeds) {
    const startedMs = performance.now()
    const { methods, signal } = await attribute({ ...settings, seed })
    ms += performance.now() - startedMs
    if (signal.pValue <= 0.05) significant++
    for (const method of methods) {
      if (!covered.has(method.method)) covered.set(method.method, { cells: [], channels: [], baseline: [] })
      cover(method, truth, covered.get(method.method))
    }
  }
  const { world, users, conversions } = settings
  for (const [method, { cells, channels, baseline }] of covered) {
    const parts = [cells, channels, baseline].map(part).join(' | ')
    const seconds = (ms / seeds.length / 1000).toFixed(1)
    console.log(
      `| ${world} | ${users} | x ${conversions} | ${method} | ${seeds.length} | ${parts} | ${significant} | ${seconds} |`,
    )
  }
}

/** @returns what the program leaves of one data set. */
async function attribute(settings) {
  return await withFolder(async (folder) => {
    writeTouchpoints(join(folder, 'touchpoints.csv'), settings)
    const quiet = ['--format', 'json', '--log-level', 'error', '--data-dir', folder]
    const model = ['--model', chosen.model]
    const [window, draws] = [
      ['--lookback-window-days', String(lookbackDays)],
      ['--signal-draws', '99'],
    ]
    const input = ['--input', 'touchpoints.csv']
    await runHere(['export', ...quiet, ...window, ...input, ...optionsByStep.export], folder)
    await runHere(['train', ...quiet, ...model, ...NET, ...optionsByStep.train], folder)
    await runHere(['shapley', ...quiet, ...model, ...draws, ...input, ...optionsByStep.shapley], folder)
    return readDocument(folder, 'results/shapley.json')
  })
}

/**
 * @returns for each step those of the options that it uses, each with its values.
 * @throws Error for an option that none of the steps uses.
 */
function forSteps(options, steps) {
  const used = steps.map((step) => [...flagGroups(step).values()].flat().map(({ flag }) => flag))
  const parts = Object.fromEntries(steps.map((step) => [step, []]))
  let users = []
  for (const word of options) {
    const [, name] = /^--(?:no-)?([a-z0-9-]+)/.exec(word) ?? []
    if (name !== undefined) users = steps.filter((_, at) => used[at].includes(name))
    if (users.length === 0) throw new Error(`${word} is an option of none of ${steps.join(', ')}`)
    for (const step of users) parts[step].push(word)
  }
  return parts
}

/** Notes for each interval of a method whether it holds the expected value. */
function cover({ rows, channels }, truth, covered) {
  for (const row of rows) {
    if (row.lower === null) continue
    const isBaseline = row.channel === BASELINE
    const expected = isBaseline
      ? truth.baseline
      : (truth.cells.get(truth.ofCell(row.channel, row.daysBefore)) ?? 0)
    covered[isBaseline ? 'baseline' : 'cells'].push(row.lower <= expected && expected <= row.upper)
  }
  for (const { channel, lower, upper } of channels ?? []) {
    const expected = truth.channels.get(channel)
    if (lower !== null && expected !== undefined)
      covered.channels.push(lower <= expected && expected <= upper)
  }
}

function part(hits) {
  return hits.length === 0 ? '-' : (hits.filter(Boolean).length / hits.length).toFixed(3)
}
