// node bench/campaigns.mjs [--users 20000] [--campaigns 300] [--seeds 5] [--first-seed 101] [--variant clean] [--model hazard]
// What campaigns are credited with, against what they caused: factors that are drawn towards their channel (--campaign-column) beside
// separate fits, each campaign a channel of its own (--action-column of channel and campaign in one), and equal factors, by touches alone
// (linear). Mean absolute error of a campaign in conversions, coverage of the 95 % intervals of shapley_hazard, processor seconds: of all steps, and of export and
// training of the separate fits, whose intervals would take minutes more.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readExportManifest, readModelManifest } from '../dist/artifacts/manifest.js'
import { gridOf, openPatternSource, readConvertingPatterns } from '../dist/artifacts/pattern-source.js'
import { attributeByHazard } from '../dist/hazard/hazard-credit.js'
import { sumByChannel } from '../dist/shapley/totals.js'
import { openLocalStorage } from '../dist/storage/local/storage.js'

const LOOKBACK_DAYS = 14
const { values: chosen } = parseArgs({
  options: {
    users: { type: 'string', default: '20000' },
    campaigns: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '5' },
    'first-seed': { type: 'string', default: '101' },
    variant: { type: 'string', default: 'clean' },
    model: { type: 'string', default: 'hazard' },
  },
})
const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

console.log(
  '| seed | conversions | pooled | separate | linear | in the interval | seconds pooled | seconds separate |',
)
console.log('|---|---|---|---|---|---|---|---|')
for (let at = 0; at < Number(chosen.seeds); at++) await measure(Number(chosen['first-seed']) + at)

async function measure(seed) {
  const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
  try {
    const input = join(folder, 'touchpoints.csv')
    const truthFile = join(folder, 'truth.json')
    const { users, campaigns, variant } = chosen
    td(['simulate', ...flags({ users, campaigns, variant, seed, output: input, truth: truthFile })])
    addBoth(input)
    const truth = truthOf(JSON.parse(readFileSync(truthFile, 'utf8')))
    const pooled = attribute(folder, 'pooled', input, seed, ['--campaign-column', 'campaign'])
    const separate = await fitSeparately(folder, input, seed)
    const ofHazard = (run) => run.methods.find(({ method }) => method === 'shapley_hazard')
    const errors = [
      errorOf(
        truth,
        creditsOf(ofHazard(pooled), (row) => row.campaign),
      ),
      errorOf(truth, separate.credits),
      errorOf(
        truth,
        creditsOf(
          pooled.methods.find(({ method }) => method === 'linear'),
          (row) => row.campaign,
        ),
      ),
    ].map((error) => error.toFixed(2))
    const intervals = new Map(ofHazard(pooled).campaigns.map((one) => [one.campaign, one]))
    const caused = [...truth].filter(([campaign]) => !campaign.startsWith('direct'))
    const covered = caused.filter(([campaign, conversions]) => {
      const { lower, upper } = intervals.get(campaign) ?? { lower: 0, upper: 0 }
      return lower <= conversions && conversions <= upper
    })
    const coverage = `${((100 * covered.length) / caused.length).toFixed(0)} %`
    const seconds = [pooled, separate].map((run) => run.seconds.toFixed(0))
    console.log(`| ${[seed, pooled.conversions, ...errors, coverage, ...seconds].join(' | ')} |`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function flags(options) {
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
}

/** @returns processor seconds. */
function td(words) {
  const run = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@"', process.execPath, program, ...words, '--log-level', 'error'],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  )
  if (run.status !== 0) throw new Error(`td-mta ${words[0]}: ${run.stderr}`)
  const [user, system] = run.stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return user + system
}

/** @returns credits of a hazard model in which each campaign is a channel, and the seconds of export and training. */
async function fitSeparately(folder, input, seed) {
  const place = join(folder, 'separate')
  const options = { input, 'data-dir': place, seed, 'lookback-window-days': LOOKBACK_DAYS }
  const words = ['--after-conversion', 'used-up', '--action-column', 'both', '--max-channels', '1000']
  const exporting = td(['export', ...flags(options), ...words])
  const training = td(['train', '--model', 'hazard', '--data-dir', place])
  const storage = openLocalStorage(place)
  const { manifest } = await readExportManifest(storage)
  const { hazard } = await readModelManifest(storage)
  const source = openPatternSource(storage, manifest, new AbortController().signal)
  const { credited } = await readConvertingPatterns(manifest, source)
  const sums = sumByChannel(attributeByHazard(hazard, credited).conversions, gridOf(manifest))
  const credits = new Map(manifest.channels.map((campaign, at) => [campaign, sums[at]]))
  return { credits, seconds: exporting + training }
}

/** Adds a column of channel and campaign in one; no simulated name has a comma. */
function addBoth(path) {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const both = lines.map((line) => {
    const fields = line.split(',')
    return `${line},${fields[5] === '' ? fields[2] : fields[5]}`
  })
  writeFileSync(path, `${[`${header},both`, ...both].join('\n')}\n`)
}

function truthOf({ byCampaign }) {
  return new Map(
    byCampaign.map(({ campaign, byDaysBefore }) => [
      campaign,
      byDaysBefore.slice(0, LOOKBACK_DAYS).reduce((sum, { conversions }) => sum + conversions, 0),
    ]),
  )
}

function attribute(folder, name, input, seed, words) {
  const place = join(folder, name)
  const { model } = chosen
  const seconds = td([
    'run',
    ...flags({ input, 'data-dir': place, seed, model, 'lookback-window-days': LOOKBACK_DAYS }),
    ...['--after-conversion', 'used-up', '--no-report', ...words],
  ])
  const read = (path) => {
    try {
      return JSON.parse(readFileSync(join(place, path), 'utf8'))
    } catch {
      return { methods: [] }
    }
  }
  const methods = [...read('results/shapley.json').methods, ...read('results/comparison.json').methods]
  return { methods, seconds, conversions: read('manifest.json').counts.conversions }
}

function creditsOf({ rows }, nameOf) {
  const credits = new Map()
  for (const row of rows) {
    const name = nameOf(row)
    if (name !== null) credits.set(name, (credits.get(name) ?? 0) + row.conversions)
  }
  return credits
}

function errorOf(truth, credits) {
  const errors = [...truth].map(([campaign, conversions]) =>
    Math.abs((credits.get(campaign) ?? 0) - conversions),
  )
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}
