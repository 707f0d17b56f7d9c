// node bench/treasure-data.mjs [READ] [WRITTEN]: memory and time of reading and writing that many rows (5,000,000 and
// 1,000,000) with --warehouse td, against the fake in another process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from '../dist/queries/sql.js'
import { openTreasureData } from '../dist/warehouse/treasure-data/warehouse.js'

const [toRead = 5_000_000, toWrite = 1_000_000] = process.argv.slice(2).map(Number)
const { server, environment } = await startFake()
try {
  const logger = { debug() {}, info() {}, warn: console.error, error: console.error }
  const warehouse = openTreasureData({
    apiKey: environment.TD_API_KEY,
    apiServer: environment.TD_API_SERVER,
    database: 'mta',
    logger,
    wallClockSec: () => Math.floor(Date.now() / 1000),
    uniqueSuffix: () => process.pid.toString(16),
  })
  await measure(`read ${toRead} rows of 6 columns`, () => read(warehouse))
  await measure(`wrote ${toWrite} rows of 4 columns`, () => write(warehouse))
  await warehouse.close()
} finally {
  server.kill()
}

async function read(warehouse) {
  const number = '(a.n * 100000 + b.n)'
  const columns = `${number}, ${number} * 1e-3, 'channel ' || CAST(b.n % 10 AS varchar), ${number} * 1000000007, NULL, true`
  const numbers = (rows) => `(
    SELECT block * 10000 + place AS n FROM UNNEST(sequence(0, ${Math.ceil(rows / 10_000) - 1})) AS blocks (block)
    CROSS JOIN UNNEST(sequence(0, 9999)) AS places (place) WHERE block * 10000 + place < ${rows})`
  const text = `SELECT ${columns} FROM ${numbers(toRead / 100_000)} AS a CROSS JOIN ${numbers(100_000)} AS b`
  let rows = 0
  for await (const batch of warehouse.query(sql.raw(text))) rows += batch.length
  if (rows !== toRead) throw new Error(`${rows} rows`)
}

async function write(warehouse) {
  const channel = ['email', 'social', 'search', null]
  const rows = Array.from({ length: toWrite }, (_, at) => [at, at / 3, channel[at % 4], 'bench'])
  const before = process.memoryUsage().rss
  const columns = [
    { name: 'number', type: 'bigint' },
    { name: 'share', type: 'double' },
    { name: 'channel', type: 'varchar' },
    { name: 'run_id', type: 'varchar' },
  ]
  const table = { database: 'mta', table: 'bench' }
  await warehouse.writeTables([{ table, columns, rows, ifExists: 'overwrite', runId: 'bench' }])
  console.log(`  of it the rows themselves, held by the caller: process at ${megabytes(before)} before`)
}

/** Samples the resident memory while the work is running. */
async function measure(what, work) {
  const startMs = performance.now()
  let peak = 0
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }
  const timer = setInterval(sample, 20)
  await work()
  clearInterval(timer)
  sample()
  console.log(
    `${what}: ${((performance.now() - startMs) / 1000).toFixed(1)} s, peak memory ${megabytes(peak)}`,
  )
}

function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`
}

async function startFake() {
  const script = fileURLToPath(new URL('../scripts/fake-treasure-data.mjs', import.meta.url))
  const server = spawn(process.execPath, [script, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  while (!text.includes('DATA_TABLE=')) text += String((await once(server.stdout, 'data'))[0])
  const environment = Object.fromEntries(
    [...text.matchAll(/(TD_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  )
  const headers = { authorization: `TD1 ${environment.TD_API_KEY}` }
  const url = `${environment.TD_API_SERVER}/v3/database/create/mta`
  await fetch(url, { method: 'POST', headers })
  return { server, environment }
}
