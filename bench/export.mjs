// node bench/export.mjs [USERS] [FILE]: export relative to DuckDB running only the same extraction query, and its memory.
// USERS are simulated (2,000,000: 25.8 million touchpoints) unless FILE contains touchpoints.
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

try {
  if (!existsSync(input)) {
    await runProgram(
      ['simulate', '--users', users, '--output', input, '--truth', join(folder, 'truth.json')],
      folder,
    )
  }
  const alone = await runQueryAlone()
  const words = ['--lookback-window-days', String(lookbackDays), '--max-channels', String(maxChannels)]
  const exported = await runProgram(['export', '--input', input, ...words, '--format', 'json'], folder)
  const { counts, seconds } = JSON.parse(exported.stdout)
  const patterns = counts.positivePatterns + counts.negativePatterns
  console.log(
    `${counts.rows} rows, W = ${lookbackDays}, ${maxChannels} channels and (other): ${patterns} patterns`,
  )
  console.log(`DuckDB alone  ${alone.seconds.toFixed(1)} s, ${alone.rows} rows`)
  console.log(
    `export        ${exported.seconds.toFixed(1)} s (survey ${seconds.survey.toFixed(1)} s), ${exported.peakMb.toFixed(0)} MB peak`,
  )
  console.log(
    `ratio         ${(exported.seconds / alone.seconds).toFixed(2)} (aim: at most 1.5, under 2500 MB)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The query that export runs, with its rows counted but not read. */
async function runQueryAlone() {
  const warehouse = await openInput(folder, input)
  const rules = rulesOf({ lookbackDays, maxChannels })
  const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
  let extraction = sql``
  const listening = {
    ...warehouse,
    query(query) {
      extraction = query
      return (async function* () {
        yield []
      })()
    },
  }
  for await (const _ of extractBatch(listening, plan, 0).records);
  const startedMs = performance.now()
  let rows = 0
  for await (const [row] of warehouse.query(sql`SELECT count(*) FROM (${extraction} LIMIT 1000000000000)`))
    rows = Number(row[0])
  await warehouse.close()
  return { rows, seconds: (performance.now() - startedMs) / 1000 }
}
