// node bench/export.mjs [USERS] [FILE]: export relative to DuckDB running only the same extraction query, and to DuckDB reading the
// touchpoints and grouping them by user and day; and its memory. USERS are simulated (2,000,000: 25.8 million touchpoints; 200,000: 2.6
// million) unless FILE contains touchpoints. Seconds are of processors as well, which say more where a machine has other work.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extractBatch } from '../dist/queries/extract.js'
import { planExtraction } from '../dist/queries/extraction-plan.js'
import { sql } from '../dist/queries/sql.js'
import { surveyTouchpoints } from '../dist/queries/survey.js'
import { runProgram } from './child.mjs'
import { openInput, rulesOf, source } from './embedded.mjs'

const users = process.argv[2] ?? '2000000'
const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
const input = process.argv[3] ?? join(folder, 'touchpoints.parquet')
const lookbackDays = 14
const maxChannels = 4
const groupingQuery = sql`SELECT count(*), max(touches) FROM (
  SELECT user_id, CAST(floor("time" / 86400e0) AS bigint) AS day, count(source) AS touches, max("time") AS last_at
  FROM "mta"."mock_data" GROUP BY user_id, CAST(floor("time" / 86400e0) AS bigint)
) AS days`

try {
  if (!existsSync(input)) {
    await runProgram(
      ['simulate', '--users', users, '--output', input, '--truth', join(folder, 'truth.json')],
      folder,
    )
  }
  const grouping = await measure(() => groupingQuery)
  const alone = await measure(extractionQuery)
  const words = ['--lookback-window-days', String(lookbackDays), '--max-channels', String(maxChannels)]
  // All patterns, as the query alone has them.
  words.push('--negative-patterns', '1000000000')
  const exported = await runProgram(['export', '--input', input, ...words, '--format', 'json'], folder)
  const { counts, seconds } = JSON.parse(exported.stdout)
  const patterns = counts.positivePatterns + counts.negativePatterns
  console.log(
    `${counts.rows} rows, W = ${lookbackDays}, ${maxChannels} channels and (other): ${patterns} patterns`,
  )
  console.log(`DuckDB reads and groups by user, day ${shown(grouping)}`)
  console.log(`DuckDB alone                         ${shown(alone)}`)
  console.log(
    `export                               ${shown(exported)}; survey ${seconds.survey.toFixed(1)} s, ${exported.peakMb.toFixed(0)} MB peak (aim: under 2000 MB)`,
  )
  console.log(`export / DuckDB alone                ${ratios(exported, alone)} (aim: at most 1.25)`)
  console.log(
    `export / grouping                    ${ratios(exported, grouping)} (aim: at most 2.5 for 2.6 million rows)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns wall and processor seconds of a query, in this process. @param choose makes it, which doesn't count. */
async function measure(choose) {
  const warehouse = await openInput(folder, input)
  const query = await choose(warehouse)
  const startedMs = performance.now()
  const before = process.cpuUsage()
  for await (const _ of warehouse.query(query));
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(before)
  await warehouse.close()
  return { seconds, processorSeconds: (user + system) / 1e6 }
}

/** @returns the query that export runs, of which every column is computed, but no row is read. */
async function extractionQuery(warehouse) {
  const rules = rulesOf({ lookbackDays, maxChannels })
  const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
  let extraction = sql``
  const listening = {
    ...warehouse,
    queryNumbers(query) {
      extraction = query
      return (async function* () {
        yield []
      })()
    },
  }
  for await (const _ of extractBatch(listening, plan, 0).patterns);
  return sql`SELECT count(*), CAST(max(hash(rows)) AS varchar) FROM (${extraction} LIMIT 1000000000000) AS rows`
}

function shown({ seconds, processorSeconds }) {
  return `${seconds.toFixed(1)} s, ${processorSeconds.toFixed(1)} processor s`
}

function ratios(one, other) {
  const [wall, processor] = ['seconds', 'processorSeconds'].map((of) => (one[of] / other[of]).toFixed(2))
  return `${wall}, of processor time ${processor}`
}
