// node bench/truth.mjs [SEEDS] [VARIANT ...] [-- OPTION ...]: the error of each method against what really caused the conversions,
// over fresh seeds. 20,000 users, 60 days, W = 7; percentage points of all conversions (incremental) and of what channels caused
// (share). Further options go to the demo, such as --from and --to for a few of the days; the truth stays that of all days.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareWithTruth } from '../dist/simulation/error-measures.js'
import { truthWithinWindow } from '../dist/simulation/truth.js'
import { runProgram } from './child.mjs'

const BASELINE = '(baseline)'
const LEARNED = ['shapley_bilstm', 'shapley_hazard']
const LEADING = '(leading)'
const dashes = process.argv.indexOf('--')
const words = process.argv.slice(2, dashes < 0 ? undefined : dashes)
const options = dashes < 0 ? [] : process.argv.slice(dashes + 1)
const seeds = Array.from({ length: Number(words[0] ?? 4) }, (_, at) => at + 1)
const chosen = words.slice(1)
const variants =
  chosen.length > 0
    ? chosen
    : ['clean', 'synergy', 'order-confirmations', 'seed-format', 'no-effect', 'intent']
const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))

try {
  console.log(
    '| variant | method | incremental: mean (worst) | share: mean (worst) | baseline estimated / true |',
  )
  console.log('|---|---|---|---|---|')
  for (const variant of variants) await measure(variant)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Errors of all methods on each seed; the best rule of a seed is the one with the smallest error. */
async function measure(variant) {
  const runs = []
  for (const seed of seeds) runs.push(await errorsOf(variant, seed))
  for (const method of runs[0].keys()) {
    const ofMethod = runs.map((run) => run.get(method))
    const cells = [
      figures(ofMethod.map(({ incremental }) => incremental)),
      figures(ofMethod.map(({ share }) => share)),
      `${percent(mean(ofMethod.map(({ estimated }) => estimated)))} / ${percent(mean(ofMethod.map(({ truly }) => truly)))}`,
    ]
    console.log(`| ${variant} | ${method} | ${cells.join(' | ')} |`)
  }
  for (const learned of LEARNED) {
    const wins = runs.filter((run) => run.get(learned).incremental < bestRule(run)).length
    console.log(`| ${variant} | | ${learned} beats the best of the others in ${wins} of ${runs.length} | | |`)
  }
}

async function errorsOf(variant, seed) {
  const demo = ['demo', '--variant', variant, '--seed', String(seed), '--format', 'json']
  await runProgram([...demo, '--no-report', '--log-level', 'error', ...options], folder)
  const read = (name) => JSON.parse(readFileSync(join(folder, 'mta-data', 'demo', name), 'utf8'))
  const truth = truthWithinWindow(read('truth.json'), read('manifest.json').options.lookbackWindowDays)
  const learned = read('results/shapley.json').methods
  const methods = [{ ...learned[0], method: LEADING }, ...learned, ...read('results/comparison.json').methods]
  return new Map(methods.map(({ method, rows }) => [method, errorOf(truth, rows)]))
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

function bestRule(run) {
  const others = [...run].filter(([method]) => ![LEADING, ...LEARNED].includes(method))
  return Math.min(...others.map(([, { incremental }]) => incremental))
}

function figures(values) {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? '-' : `${mean(known).toFixed(2)} (${Math.max(...known).toFixed(2)})`
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(part) {
  return `${(100 * part).toFixed(1)}%`
}
