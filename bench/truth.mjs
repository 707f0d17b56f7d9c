// node bench/truth.mjs [SEEDS] [VARIANT ...]: how far each method is off what really caused the conversions, over fresh seeds.
// 20,000 users, 60 days, W = 7; points of all conversions (incremental) and of what channels caused (share).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './child.mjs'

const seeds = Array.from({ length: Number(process.argv[2] ?? 4) }, (_, at) => at + 1)
const chosen = process.argv.slice(3)
const variants =
  chosen.length > 0
    ? chosen
    : ['clean', 'synergy', 'order-confirmations', 'seed-format', 'no-effect', 'intent']
const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))

try {
  console.log('| variant | method | incremental: mean (worst) | share: mean (worst) | baseline told / true |')
  console.log('|---|---|---|---|---|')
  for (const variant of variants) await measure(variant)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(variant) {
  const runs = []
  for (const seed of seeds) {
    const words = [
      'demo',
      '--variant',
      variant,
      '--seed',
      String(seed),
      '--format',
      'json',
      '--log-level',
      'error',
    ]
    runs.push(JSON.parse((await runProgram(words, folder)).stdout))
  }
  const truth = mean(runs.map((run) => run.truth.baseline.conversions / run.conversions))
  for (const [at, { method }] of runs[0].errors.entries()) {
    const errors = runs.map((run) => run.errors[at])
    const told = mean(runs.map((run) => baselineOf(run, method) / run.conversions))
    const cells = [
      figures(errors.map((error) => error.incremental)),
      figures(errors.map((error) => error.share)),
      `${percent(told)} / ${percent(truth)}`,
    ]
    console.log(`| ${variant} | ${method} | ${cells.join(' | ')} |`)
  }
  const wins = runs.filter(({ errors }) => errors[0].incremental < errors.at(-1).incremental).length
  console.log(`| ${variant} | | ${errorsOf(runs)} beats last touch in ${wins} of ${runs.length} | | |`)
}

function errorsOf(runs) {
  return runs[0].errors[0].method
}

function baselineOf(run, method) {
  if (method === 'last touch') return run.lastTouch.baseline
  const name = method === 'BiLSTM' ? 'shapley_bilstm' : 'shapley_hazard'
  const { channels } = run.methods.find((one) => one.method === name)
  return channels.find(({ channel }) => channel === '(baseline)')?.conversions ?? 0
}

function figures(values) {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? '-' : `${mean(known).toFixed(2)} (${Math.max(...known).toFixed(2)})`
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function percent(part) {
  return `${(100 * part).toFixed(1)} %`
}
