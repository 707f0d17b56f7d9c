// node bench/sampled.mjs [--worlds A,B] [--users 150000] [--negative-patterns 200000,50000] [--seed 101] [--model hazard]
// On simulated touchpoints (60 days, W = 7): what a sample of users does to the answer. Days without a conversion are those of all users in
// one run, of as many as the patterns allow in the others; differences are in the standard errors of the answer from all.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { lookbackDays, numbers, readDocument, runHere, withFolder, writeTouchpoints } from './simulated.mjs'

const BASELINE = '(baseline)'
const ALL = 1e12
const { values: chosen } = parseArgs({
  options: {
    worlds: { type: 'string', default: 'clean,synergy,intent' },
    users: { type: 'string', default: '150000' },
    'negative-patterns': { type: 'string', default: '200000,50000' },
    seed: { type: 'string', default: '101' },
    model: { type: 'string', default: 'hazard' },
  },
})

console.log(
  '| world | touchpoints | one of | patterns | export s | method | cells: mean, max | channels: mean, max | baseline |',
)
console.log('|---|---|---|---|---|---|---|---|---|')
for (const world of chosen.worlds.split(',')) {
  await withFolder(async (folder) => {
    const settings = { world, users: Number(chosen.users), seed: Number(chosen.seed) }
    writeTouchpoints(join(folder, 'touchpoints.csv'), settings)
    const whole = await attribute(folder, ALL)
    report(world, whole, whole)
    for (const patterns of numbers(chosen['negative-patterns'])) {
      report(world, await attribute(folder, patterns), whole)
    }
  })
}

async function attribute(folder, patterns) {
  const quiet = ['--format', 'json', '--log-level', 'error', '--data-dir', folder]
  const window = ['--lookback-window-days', String(lookbackDays), '--negative-patterns', String(patterns)]
  const [input, model] = [
    ['--input', 'touchpoints.csv'],
    ['--model', chosen.model],
  ]
  const startedMs = performance.now()
  await runHere(['export', ...quiet, ...window, ...input], folder)
  const seconds = (performance.now() - startedMs) / 1000
  await runHere(['train', ...quiet, ...model], folder)
  await runHere(['shapley', ...quiet, ...model, ...input, '--signal-draws', '99'], folder)
  const { methods } = readDocument(folder, 'results/shapley.json')
  return { manifest: readDocument(folder, 'manifest.json'), methods, seconds }
}

function report(world, { manifest, methods, seconds }, whole) {
  for (const { method, rows, channels } of methods) {
    const reference = whole.methods.find((one) => one.method === method)
    if (reference === undefined) continue
    const isCell = ({ channel }) => channel !== BASELINE
    const cells = differences(rows.filter(isCell), reference.rows.filter(isCell))
    const ofChannels = differences(channelsOf({ rows, channels }), channelsOf(reference))
    const [baseline] = differences(
      rows.filter((row) => !isCell(row)),
      reference.rows.filter((row) => !isCell(row)),
    )
    const { counts, sampled } = manifest
    console.log(
      `| ${world} | ${counts.rows} | ${sampled?.oneOf ?? 1} | ${counts.negativePatterns} | ${seconds.toFixed(1)} | ${method} ` +
        `| ${meanAndMax(cells)} | ${meanAndMax(ofChannels)} | ${baseline?.toFixed(3) ?? '-'} |`,
    )
  }
}

/** @returns how far incremental credits are from those of the reference, in its standard errors. */
function differences(rows, reference) {
  return rows.flatMap((row) => {
    const same = reference.find(
      ({ channel, daysBefore }) => channel === row.channel && daysBefore === row.daysBefore,
    )
    if (same === undefined || same.upper === null || same.upper === same.lower) return []
    const standardError = (same.upper - same.lower) / (2 * 1.96)
    return [Math.abs(row.conversions - same.conversions) / standardError]
  })
}

/** Channels have bounds, and the sum of their cells. */
function channelsOf({ rows, channels }) {
  return (channels ?? []).map((bounds) => {
    const own = rows.filter(({ channel }) => channel === bounds.channel)
    return { ...bounds, conversions: own.reduce((sum, { conversions }) => sum + conversions, 0) }
  })
}

function meanAndMax(numbers) {
  if (numbers.length === 0) return '-'
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  return `${mean.toFixed(3)}, ${Math.max(...numbers).toFixed(3)}`
}
