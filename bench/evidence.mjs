// node bench/evidence.mjs [SETS] [USERS] [FIRST_SEED]: size and power of the signal test, and how often the intervals of the hazard
// model cover the expected values, on simulated touchpoints (60 days, W = 7). A few seconds per data set.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { estimateHazardNoise } from '../dist/evidence/intervals.js'
import { buildEvidenceSample } from '../dist/evidence/sample.js'
import { testSignal } from '../dist/evidence/signal-test.js'
import { creditedPatterns } from '../dist/examples/distinct-patterns.js'
import { exposureRuleOf } from '../dist/hazard/exposure.js'
import { fitHazard } from '../dist/hazard/hazard.js'
import { attributeByHazard } from '../dist/hazard/hazard-credit.js'
import { createRandom } from '../dist/numerics/random.js'
import { extractBatch } from '../dist/queries/extract.js'
import { planExtraction } from '../dist/queries/extraction-plan.js'
import { surveyTouchpoints } from '../dist/queries/survey.js'
import { simulateTouchpoints } from '../dist/simulation/simulate.js'
import { truthWithinWindow } from '../dist/simulation/truth.js'
import { openInput, rulesOf, source } from './embedded.mjs'

const sets = Number(process.argv[2] ?? 60)
const users = Number(process.argv[3] ?? 5000)
const firstSeed = Number(process.argv[4] ?? 101)
const lookbackDays = 7
const days = 60
const startAtSec = 20_454 * 86_400
const rules = rulesOf({ lookbackDays })

console.log('| variant | data sets | p <= 0.05 | mean p | seconds per test |')
console.log('|---|---|---|---|---|')
await testVariant('no-effect', sets, 199)
for (const variant of ['clean', 'synergy', 'order-confirmations', 'seed-format', 'intent']) {
  await testVariant(variant, Math.ceil(sets / 3), 99)
}
console.log('\n| variant | data sets | cells covered | channels covered | baseline covered | seconds |')
console.log('|---|---|---|---|---|---|')
await coverVariant('clean', Math.ceil(sets / 2))
await coverVariant('seed-format', Math.ceil(sets / 6))

async function testVariant(variant, count, draws) {
  const pValues = []
  let ms = 0
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { sample, rule } = await makeExamples(variant, seed)
    const startedMs = performance.now()
    pValues.push(testSignal(sample, { rule, draws, random: createRandom(seed, 'signal test') }).pValue)
    ms += performance.now() - startedMs
  }
  const significant = pValues.filter((p) => p <= 0.05).length
  const mean = pValues.reduce((sum, p) => sum + p, 0) / count
  const seconds = (ms / count / 1000).toFixed(2)
  console.log(`| ${variant} | ${count} | ${significant} | ${mean.toFixed(3)} | ${seconds} |`)
}

/** Expected values for that many users: the truth of very many users, scaled down. */
function expectedTruth(variant) {
  const many = 300_000
  const simulated = simulateTouchpoints({ users: many, days, seed: 999, variant, startAtSec })
  for (const _ of simulated.rows);
  const { byChannel, byDaysBefore, baseline } = truthWithinWindow(simulated.truth(), lookbackDays)
  const scale = users / many
  const key = (channel, daysBefore) => `${channel} ${daysBefore}`
  return {
    cells: new Map(byDaysBefore.map((one) => [key(one.channel, one.daysBefore), one.conversions * scale])),
    channels: new Map(byChannel.map((one) => [one.channel, one.conversions * scale])),
    baseline: baseline.conversions * scale,
    key,
  }
}

async function coverVariant(variant, count) {
  const truth = expectedTruth(variant)
  const covered = { cells: [], channels: [], baseline: [] }
  let ms = 0
  for (let seed = 1001; seed <= 1000 + count; seed++) {
    const { sample, rule, records, totals, grid, plan } = await makeExamples(variant, seed)
    const positives = records.filter(({ label }) => label === 1)
    const of = (label) =>
      async function* () {
        yield records.filter((record) => record.label === label)
      }
    const fit = await fitHazard(grid, { positives: of(1), negatives: of(0) }, plan)
    const converting = creditedPatterns(grid, positives)
    const startedMs = performance.now()
    const noise = estimateHazardNoise(fit, { learned: converting, credited: converting }, sample, {
      rule,
      draws: 200,
      random: createRandom(seed, 'credit noise'),
      entryConversions: totals.entryConversions,
      seedFormat: plan.seedFormat,
    })
    ms += performance.now() - startedMs
    const credits = attributeByHazard(fit, converting)
    const touched = credits.conversions.reduce((sum, credit) => sum + credit, 0)
    const scale = plan.seedFormat ? totals.conversions / touched : 1
    const sums = new Float64Array(grid.channelCount)
    credits.conversions.forEach((credit, cell) => {
      const channel = cell % grid.channelCount
      sums[channel] += credit * scale
      const name = truth.key(plan.channels[channel], Math.floor(cell / grid.channelCount))
      covered.cells.push(covers(credit * scale, noise.cells[cell], truth.cells.get(name) ?? 0))
    })
    plan.channels.forEach((channel, at) => {
      covered.channels.push(covers(sums[at], noise.channels[at], truth.channels.get(channel)))
    })
    const baseline = credits.baselineConversions + totals.entryConversions
    if (!plan.seedFormat) covered.baseline.push(covers(baseline, noise.baseline, truth.baseline))
  }
  const part = (hits) => (hits.length === 0 ? '-' : (hits.filter(Boolean).length / hits.length).toFixed(3))
  const figures = [part(covered.cells), part(covered.channels), part(covered.baseline)]
  console.log(`| ${variant} | ${count} | ${figures.join(' | ')} | ${(ms / count / 1000).toFixed(2)} |`)
}

function covers(estimate, deviation, truth) {
  return Math.abs(estimate - truth) <= 1.96 * deviation
}

async function makeExamples(variant, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
  try {
    const input = join(folder, 'touchpoints.csv')
    const lines = ['user_id,time,source,conversion']
    for (const rows of simulateTouchpoints({ users, days, seed, variant, startAtSec }).rows) {
      for (const row of rows) lines.push(`${row.userId},${row.atSec},${row.channel ?? ''},${row.conversion}`)
    }
    writeFileSync(input, `${lines.join('\n')}\n`)
    return await extract(await openInput(folder, input))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function extract(warehouse) {
  try {
    const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
    const extraction = extractBatch(warehouse, plan, 0)
    const records = []
    for await (const some of extraction.records) records.push(...some)
    const grid = { lookbackDays, channelCount: plan.channels.length }
    const evidence = { ...plan.evidence, firstExampleDay: null, examples: 'user-days' }
    return {
      records,
      plan,
      grid,
      totals: extraction.totals(),
      sample: buildEvidenceSample([extraction.evidence()], evidence, grid),
      rule: exposureRuleOf(plan),
    }
  } finally {
    await warehouse.close()
  }
}
