// node bench/truth.mjs [--worlds A,B] [--users 20000] [--seeds 6] [--first-seed 101] [--model hazard] [--experiments A,B] [-- OPTION ...]
// The error of each learned method against what really caused the conversions, over fresh seeds, beside last touch and the best rule of
// thumb: 60 days, W = 7; percentage points of all conversions (incremental) and of what channels caused (share). --model hazard leaves the
// network out, which is several times faster. --experiments search,direct gives the program an experiment of each of these channels, with
// an error of 20 % of what the channel caused (of what the average channel caused, if that is more). Further options go to the demo, such as
// --placebo-channels direct, or --from and --to for a few of the days; the truth stays that of all days.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawNormal } from '../dist/numerics/distributions.js'
import { createRandom } from '../dist/numerics/random.js'
import { compareWithTruth } from '../dist/simulation/error-measures.js'
import { truthWithinWindow } from '../dist/simulation/truth.js'
import { SIMULATION_VARIANTS } from '../dist/simulation/worlds.js'
import { numbers, readDocument, runHere, simulateTruth, withFolder, writeTable } from './simulated.mjs'

const BASELINE = '(baseline)'
const LEADING = '(leading)'
const { values: chosen, positionals: options } = parseArgs({
  allowPositionals: true,
  options: {
    worlds: { type: 'string', default: SIMULATION_VARIANTS.join() },
    users: { type: 'string', default: '20000' },
    seeds: { type: 'string', default: '6' },
    'first-seed': { type: 'string', default: '101' },
    model: { type: 'string' },
    experiments: { type: 'string' },
  },
})
const firstSeed = Number(chosen['first-seed'])
const seeds = Array.from({ length: Number(chosen.seeds) }, (_, at) => firstSeed + at)

console.log(
  '| world | users | method | incremental: mean (worst) | share: mean (worst) | baseline estimated / true | seconds |',
)
console.log('|---|---|---|---|---|---|---|')
for (const world of chosen.worlds.split(',')) {
  for (const users of numbers(chosen.users)) await measure(world, users)
}

async function measure(world, users) {
  const runs = []
  for (const seed of seeds) runs.push(await attribute(world, users, seed))
  const start = `| ${world} | ${users} |`
  const seconds = mean(runs.map((run) => run.seconds)).toFixed(0)
  for (const method of new Set(runs.flatMap(({ learned }) => [...learned.keys()]))) {
    const found = runs.flatMap(({ learned }) => learned.get(method) ?? [])
    const name = found.length === runs.length ? method : `${method} (in ${found.length} of ${runs.length})`
    console.log(`${start} ${name} | ${figures(found)} | ${seconds} |`)
  }
  const rules = [...runs[0].rules.keys()].map((rule) => [rule, runs.map((run) => run.rules.get(rule))])
  const incremental = ([, errors]) => mean(errors.map((error) => error.incremental))
  const best = rules.reduce((left, right) => (incremental(left) <= incremental(right) ? left : right))
  for (const [rule, errors] of rules.filter((one) => one[0] === 'last_touch' || one === best)) {
    console.log(`${start} ${rule}${rule === best[0] ? ' (best rule of thumb)' : ''} | ${figures(errors)} | |`)
  }
  const wins = runs.filter((run) => run.learned.get(LEADING).incremental < lowest(run.rules)).length
  console.log(`${start} | the leading method beats all rules of thumb in ${wins} of ${runs.length} | | | |`)
}

/** @returns errors of the learned methods and of the rules of thumb, by name. */
async function attribute(world, users, seed) {
  return await withFolder(async (folder) => {
    const demo = ['demo', '--variant', world, '--users', String(users), '--seed', String(seed)]
    const model = chosen.model === undefined ? [] : ['--model', chosen.model]
    const quiet = ['--format', 'json', '--no-report', '--log-level', 'error', '--signal-draws', '99']
    const experiments =
      chosen.experiments === undefined ? [] : await makeExperiments(folder, { world, users, seed })
    const startedMs = performance.now()
    await runHere([...demo, ...model, ...quiet, ...experiments, ...options], folder)
    const seconds = (performance.now() - startedMs) / 1000
    const read = (name) => readDocument(join(folder, 'mta-data', 'demo'), name)
    const truth = truthWithinWindow(read('truth.json'), read('manifest.json').options.lookbackWindowDays)
    const { methods } = read('results/shapley.json')
    const errorsOf = (some) => new Map(some.map(({ method, rows }) => [method, errorOf(truth, rows)]))
    const learned = errorsOf([{ ...methods[0], method: LEADING }, ...methods])
    return { learned, rules: errorsOf(read('results/comparison.json').methods), seconds }
  })
}

/** @returns the options by which the program finds the experiments. */
async function makeExperiments(folder, settings) {
  const { byChannel } = simulateTruth(settings)
  const random = createRandom(settings.seed, 'experiments')
  const least = mean(byChannel.map(({ conversions }) => conversions))
  const rows = chosen.experiments.split(',').map((channel) => {
    const caused = byChannel.find((one) => one.channel === channel).conversions
    const error = 0.2 * Math.max(caused, least)
    const found = caused + error * drawNormal(random)
    return `SELECT '${channel}' AS channel, '2026-01-01' AS "from", '2026-03-02' AS "to", ${found} AS incremental_conversions, ${error} AS standard_error`
  })
  await writeTable(join(folder, 'mta-data', 'demo', 'tables.duckdb'), 'experiments', rows.join(' UNION ALL '))
  return ['--experiments-table', 'experiments']
}

function errorOf(truth, rows) {
  const byChannel = new Map()
  for (const { channel, conversions } of rows) {
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + (conversions ?? 0))
  }
  const baseline = byChannel.get(BASELINE) ?? 0
  byChannel.delete(BASELINE)
  const all = baseline + [...byChannel.values()].reduce((sum, part) => sum + part, 0)
  return {
    ...compareWithTruth(truth, { byChannel, baseline }),
    estimated: baseline / all,
    truly: truth.baseline.conversions / truth.conversions,
  }
}

/** @returns the table's cells of errors: of both kinds, and the baseline beside the true one. */
function figures(errors) {
  const baseline = ['estimated', 'truly'].map((name) => percent(mean(errors.map((error) => error[name]))))
  const kinds = ['incremental', 'share'].map((kind) => meanAndWorst(errors.map((error) => error[kind])))
  return [...kinds, baseline.join(' / ')].join(' | ')
}

function meanAndWorst(values) {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? '-' : `${mean(known).toFixed(2)} (${Math.max(...known).toFixed(2)})`
}

function lowest(errors) {
  return Math.min(...[...errors.values()].map(({ incremental }) => incremental))
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(part) {
  return `${(100 * part).toFixed(1)}%`
}
