// node bench/nights.mjs [SEEDS] [USERS] [FIRST_SEED]: what sessions of every night credit that learn from the 30 days before and
// credit the last one, beside one run over all 60 days of simulated touchpoints (variant clean, W = 7, hazard model). Then what
// --credit-from costs the export.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { creditedPatterns } from '../dist/examples/distinct-patterns.js'
import { recordsOf } from '../dist/examples/word-patterns.js'
import { fitHazard } from '../dist/hazard/hazard.js'
import { attributeByHazard } from '../dist/hazard/hazard-credit.js'
import { extractBatch } from '../dist/queries/extract.js'
import { planExtraction } from '../dist/queries/extraction-plan.js'
import { surveyTouchpoints } from '../dist/queries/survey.js'
import { sumByChannel } from '../dist/shapley/totals.js'
import { runProgram } from './child.mjs'
import { openInput, rulesOf, source } from './embedded.mjs'

const seeds = Number(process.argv[2] ?? 2)
const users = Number(process.argv[3] ?? 20_000)
const firstSeed = Number(process.argv[4] ?? 21)
const [days, nights, lookbackDays] = [60, 30, 7]
const DAY = 86_400
const startAtSec = 20_454 * DAY
const endSec = startAtSec + days * DAY
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0)
const mean = (numbers) => sum(numbers) / numbers.length

console.log(
  '| seed | learned from | conversions credited by the nights / by one run | share error of a night: mean (worst) | of all nights together |',
)
console.log('|---|---|---|---|---|')
for (let seed = firstSeed; seed < firstSeed + seeds; seed++) await measure(seed)
await measureExport()

async function measure(seed) {
  await withTouchpoints(seed, users, async (warehouse) => {
    const firstNight = endSec - nights * DAY
    const all = await run(warehouse, { creditFromSec: firstNight })
    const once = creditsOf(all, all.fit)
    for (const learnDays of [30, 1]) {
      const errors = []
      const together = once.channels.map(() => 0)
      let credited = 0
      for (let night = 1; night <= nights; night++) {
        const toSec = firstNight + night * DAY
        const range = { fromSec: toSec - learnDays * DAY, toSec, creditFromSec: toSec - DAY }
        const own = await run(warehouse, range)
        const [byItself, byAll] = [creditsOf(own, own.fit), creditsOf(own, all.fit)]
        errors.push(shareError(byItself.channels, byAll.channels))
        byItself.channels.forEach((credit, channel) => {
          together[channel] += credit
        })
        credited += byItself.total
      }
      const counts = `${credited.toFixed(6)} / ${once.total.toFixed(6)}`
      const worst = Math.max(...errors).toFixed(2)
      const inAll = shareError(together, once.channels).toFixed(2)
      console.log(
        `| ${seed} | ${learnDays} ${learnDays === 1 ? 'day' : 'days'} | ${counts} | ${mean(errors).toFixed(2)} (${worst}) | ${inAll} |`,
      )
    }
  })
}

/** One run: what it learned, and the patterns of the conversions that it credits. */
async function run(warehouse, range) {
  const rules = rulesOf({ lookbackDays, ...range })
  const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
  const extraction = extractBatch(warehouse, plan, 0)
  const records = []
  for await (const some of extraction.patterns) records.push(...recordsOf(some))
  const grid = { lookbackDays, channelCount: plan.channels.length }
  async function* of(label) {
    yield records.filter((record) => record.label === label)
  }
  const fit = await fitHazard(grid, { positives: () => of(1), negatives: () => of(0) })
  const entries = extraction.totals().creditedEntryConversions
  return { grid, fit, entries, converting: creditedPatterns(grid, records) }
}

function creditsOf({ grid, converting, entries }, fit) {
  const credits = attributeByHazard(fit, converting)
  const channels = [...sumByChannel(credits.conversions, grid)]
  return { channels, total: sum(channels) + credits.baselineConversions + entries }
}

/** Mean over channels, in percentage points of what the channels are credited with. */
function shareError(found, expected) {
  const [allFound, allExpected] = [sum(found), sum(expected)]
  if (allFound === 0) return mean(expected.map((credit) => (100 * credit) / allExpected))
  return mean(
    found.map((credit, at) => Math.abs((100 * credit) / allFound - (100 * expected[at]) / allExpected)),
  )
}

async function withTouchpoints(seed, count, work) {
  const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
  try {
    const input = join(folder, 'touchpoints.parquet')
    await simulate(folder, input, seed, count)
    const warehouse = await openInput(folder, input)
    try {
      await work(warehouse)
    } finally {
      await warehouse.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function simulate(folder, output, seed, count) {
  const words = ['--users', count, '--days', days, '--seed', seed, '--output', output]
  await runProgram(['simulate', ...words.map(String)], folder)
}

/** Processor seconds of survey and extraction with and without the option, in turn. */
async function measureExport() {
  await withTouchpoints(firstSeed, 4 * users, async (warehouse) => {
    const ranges = { all: {}, last: { creditFromSec: endSec - DAY } }
    const seconds = { all: [], last: [] }
    for (let turn = 0; turn < 5; turn++) {
      for (const [name, range] of Object.entries(ranges)) {
        const before = process.cpuUsage()
        await run(warehouse, range)
        const { user, system } = process.cpuUsage(before)
        seconds[name].push((user + system) / 1e6)
      }
    }
    const [all, last] = [Math.min(...seconds.all), Math.min(...seconds.last)]
    const ratio = (last / all).toFixed(3)
    console.log(
      `\nsurvey, extraction and fit of ${4 * users} users: ${all.toFixed(2)} processor seconds, with --credit-from ${last.toFixed(2)}: ${ratio} times (least of 5)`,
    )
  })
}
