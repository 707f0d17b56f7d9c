// node bench/comparison.mjs [USERS]: evidence and compare relative to export on the same touchpoints, and their memory; then Markov chains on
// paths of hundreds of channels. USERS are simulated (155,000: 2.0 million touchpoints).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildMarkovChain } from '../dist/comparison/markov-chain.js'
import { PathTableBuilder } from '../dist/comparison/path-table.js'
import { removalEffects } from '../dist/comparison/removal-effects.js'
import { createRandom } from '../dist/numerics/random.js'
import { runProgram } from './child.mjs'

const users = process.argv[2] ?? '155000'
const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
const input = join(folder, 'touchpoints.parquet')

try {
  await runProgram(
    ['simulate', '--users', users, '--output', input, '--truth', join(folder, 'truth.json')],
    folder,
  )
  for (const lookbackDays of ['7', '30']) {
    const words = ['--input', input, '--format', 'json']
    const window = ['--lookback-window-days', lookbackDays, '--value-column', 'value']
    const exported = await runProgram(['export', ...words, ...window], folder)
    const { counts } = JSON.parse(exported.stdout)
    await runProgram(['train', '--model', 'hazard'], folder)
    const explained = await runProgram(['shapley', '--model', 'hazard', '--format', 'json'], folder)
    const evidence = JSON.parse(explained.stdout).seconds.evidence
    const compared = await runProgram(['compare', ...words], folder)
    const { distinctPaths, seconds, markov } = JSON.parse(compared.stdout)
    console.log(`${counts.rows} rows, W = ${lookbackDays}: ${distinctPaths} distinct paths`)
    console.log(`export        ${exported.seconds.toFixed(1)} s, ${exported.peakMb.toFixed(0)} MB peak`)
    console.log(
      `compare       ${compared.seconds.toFixed(1)} s (query ${seconds.paths.toFixed(1)} s, methods ${seconds.methods.toFixed(1)} s), ` +
        `${compared.peakMb.toFixed(0)} MB peak`,
    )
    console.log(
      `evidence      ${evidence.toFixed(1)} s (signal test, intervals, held-out users), ${explained.peakMb.toFixed(0)} MB peak`,
    )
    console.log(
      `ratio         ${((compared.seconds + evidence) / exported.seconds).toFixed(2)} (aim: at most 1, under 1000 MB)`,
    )
    console.log(
      `states        ${markov.orders.map(({ order, states }) => `order ${order}: ${states}`).join(', ')}`,
    )
  }
  for (const channels of [100, 300]) benchChains(channels, 100_000)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Random walks over channels, some of which are touched more often; each walk is a different path. */
function benchChains(channelCount, pathCount) {
  const random = createRandom(1, 'paths')
  const builder = new PathTableBuilder()
  for (let path = 0; path < pathCount; path++) {
    const places = Array.from({ length: 1 + random.below(9) }, () =>
      Math.floor(channelCount * random.uniform() ** 3),
    )
    builder.add(places, random.below(2), random.below(9), 0)
  }
  const paths = builder.build()
  for (const order of [1, 2, 3]) {
    const startedMs = performance.now()
    const chain = buildMarkovChain(paths, order, true)
    removalEffects(chain, channelCount, false)
    console.log(
      `${channelCount} channels, ${pathCount} paths, order ${order}: ${chain.stateCount} states, ${chain.counts.length} transitions, ` +
        `${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    )
  }
}
