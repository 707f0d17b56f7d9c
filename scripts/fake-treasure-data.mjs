// Starts the fake Treasure Data, to try --warehouse td without an account:
//   node scripts/fake-treasure-data.mjs --port 8080 --input touches.csv
import { register } from 'node:module'
import { parseArgs } from 'node:util'

const usage = `node scripts/fake-treasure-data.mjs [options]
  --port PORT     port to listen on at 127.0.0.1 (8080; 0 picks a free one)
  --input FILE    CSV or Parquet file, or a glob, to load into the table; without it there is no table
  --db NAME       database (mta), created if it does not exist
  --table NAME    table to load the input into (mock_data)
  --log           write a line per call to standard error`

const options = readOptions()
register('../test/fakes/treasure-data/typescript-hook.mjs', import.meta.url)
const { startFakeTreasureData } = await import('../test/fakes/treasure-data/start.ts')

const fake = await start()
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
const logCalls = options.log ? callLogger() : () => {}
setInterval(logCalls, 200).unref()
console.log(`A fake Treasure Data is listening on ${fake.url}. Stop it with Ctrl+C; it keeps nothing. To use it:
export TD_API_SERVER=${fake.url} TD_API_KEY=${fake.apiKey} WAREHOUSE=td DB=${options.db} DATA_TABLE=${options.table}`)

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8080' },
        input: { type: 'string' },
        db: { type: 'string', default: 'mta' },
        table: { type: 'string', default: 'mock_data' },
        log: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(usage)
      process.exit(0)
    }
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new Error(`--port is ${values.port}, but must be from 0 to 65535`)
    }
    return values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

async function start() {
  const soon = { ms: 300 }
  const paces = { queued: soon, running: soon, committing: soon, visible: soon }
  try {
    const started = await startFakeTreasureData({ port: Number(options.port), ...paces })
    await fill(started)
    return started
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
}

async function fill(started) {
  const { input, db, table } = options
  if (input !== undefined) return started.loadTable(db, table, { file: input })
  const headers = { authorization: `TD1 ${started.apiKey}` }
  const response = await fetch(`${started.url}/v3/database/create/${db}`, { method: 'POST', headers })
  if (!response.ok) throw new Error(`--db ${db}: ${await response.text()}`)
}

function callLogger() {
  let logged = 0
  return () => {
    for (; fake.calls[logged]?.status !== undefined; logged++) {
      const { method, path, status, effect } = fake.calls[logged]
      console.error(`${method} ${path} ${status}${effect === undefined ? '' : ` (${effect})`}`)
    }
  }
}

async function stop() {
  logCalls()
  await fake.close()
  process.exit(0)
}
