// Tries a run with faults drawn from a seed: a step on DuckDB, the fake Treasure Data or Trino meets a broken input, a damaged
// file, a kill or a server that fails. Each has to end equal to a run without a fault, or in one clear sentence with its tables as
// they were; it must never be silent for 30 s, and the next run has to end as if nothing had happened. Minutes to hours; not part of
// npm test.
//   npm run build && node scripts/soak.mjs --faults 500 --seed 1 [--warehouse duckdb|td|trino] [--only SIGTERM]
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { register } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    warehouse: { type: 'string', multiple: true, default: ['duckdb', 'td', 'trino'] },
    only: { type: 'string' },
  },
})
register('../test/fakes/treasure-data/typescript-hook.mjs', import.meta.url)

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const STEPS = ['export', 'train', 'shapley', 'compare']
const LONGEST_SILENCE_MS = 30_000
const GIVEN_UP_MS = 600_000
const WRITES = {
  export: [],
  train: [],
  shapley: ['shapley', 'shapley_channel', 'attribution', 'evidence'],
  compare: ['attribution', 'paths'],
}
const TABLES = [...new Set(Object.values(WRITES).flat())]
const WORDS = {
  export: ['--value-column', 'value'],
  train: ['--model', 'hazard'],
  shapley: ['--model', 'hazard', '--signal-draws', '99'],
  compare: ['--paths-table', 'paths'],
}

const home = mkdtempSync(join(tmpdir(), 'td-mta-soak-'))
const random = createRandom(values.seed)
const csv = await simulateTouchpoints()
const warehouses = await openWarehouses()
const outcomes = { equal: 0, refused: 0, stopped: 0, wrong: 0 }
try {
  for (let at = 0; at < Number(values.faults); at++) await tryFault(at)
} finally {
  for (const { close } of warehouses) await close()
  rmSync(home, { recursive: true, force: true })
}
console.log(JSON.stringify(outcomes))
process.exit(outcomes.wrong === 0 ? 0 : 1)

/** One fault: the step with it, then, where it failed, the step again without it. */
async function tryFault(at) {
  const warehouse = pick(warehouses)
  const step = pick(STEPS)
  const faults = warehouse.faults(step).filter(({ name }) => name.includes(values.only ?? ''))
  if (faults.length === 0) return
  const fault = pick(faults)
  const cwd = join(home, 'try')
  rmSync(cwd, { recursive: true, force: true })
  await warehouse.restore(step, cwd)
  const expected = warehouse.states[STEPS.indexOf(step) + 1]
  const before = await warehouse.state(cwd)
  const name = `${at}: ${warehouse.name} ${step}, ${fault.name}`
  const undo = await fault.begin(cwd)
  const run = await runStep(warehouse, step, cwd, fault.kill?.())
  const problems = run.silentMs > LONGEST_SILENCE_MS ? [`silent for ${run.silentMs} ms`] : []
  const after = await warehouse.state(cwd)
  if (run.code === 0) {
    const others = differing(step, after, expected)
    if (others.length > 0) problems.push(`ended with 0, but with other rows in ${others}`)
    outcomes.equal++
  } else {
    problems.push(...problemsOf(step, run, after, before, expected))
    outcomes[run.code === null || run.code > 100 ? 'stopped' : 'refused']++
    await undo?.()
    const again = await runStep(warehouse, step, cwd)
    const last = await warehouse.state(cwd)
    if (again.code !== 0) problems.push(`the next run ended with ${again.code}: ${again.stderr.slice(-600)}`)
    else if (differing(step, last, expected).length > 0) {
      problems.push(`the next run left other rows in ${differing(step, last, expected)}`)
    }
  }
  await warehouse.calm()
  if (problems.length > 0) outcomes.wrong++
  const said = run.code === 0 ? 'equal' : `${run.code ?? 'killed'}: ${lastLine(run.stderr)}`
  console.log(
    `${problems.length === 0 ? 'ok' : `WRONG (${problems.join('; ')})`} ${name}: ${said.slice(0, 200)}`,
  )
}

function problemsOf(step, { code, signal, stderr }, after, before, expected) {
  const isKilled = signal !== null || code === 143 || code === 130
  return [
    ...(differing(step, after, before).length > 0 && differing(step, after, expected).length > 0
      ? ['left half of the tables']
      : []),
    ...(!isKilled && ![2, 3, 4].includes(code) ? [`ended with ${code}`] : []),
    ...(/^\s+at .+:\d+:\d+\)?$/m.test(stderr) ? ['printed a stack'] : []),
    ...(!isKilled && !/^td-mta: \S/m.test(stderr) ? ['said nothing'] : []),
  ]
}

function lastLine(text) {
  return (
    text
      .split('\n')
      .filter((line) => line.startsWith('td-mta: '))
      .at(-1) ?? ''
  )
}

/** Runs a step and measures how long it says nothing. */
function runStep({ environment, words }, step, cwd, kill) {
  const stamp =
    step === 'train' || step === 'shapley' || step === 'compare'
      ? []
      : ['--run-id', 'r1', '--session-time', '2026-03-01']
  const all = [program, step, ...words(step), ...WORDS[step], ...stamp, '--log-level', 'info']
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment() }
  const child = spawn(process.execPath, all, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stderr, heardMs, silentMs] = ['', Date.now(), 0]
  const hear = () => {
    silentMs = Math.max(silentMs, Date.now() - heardMs)
    heardMs = Date.now()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', (chunk) => {
    hear()
    stderr += chunk
  })
  const timers = [setTimeout(() => child.kill('SIGKILL'), GIVEN_UP_MS)]
  if (kill !== undefined) timers.push(setTimeout(() => child.kill(kill.signal), kill.afterMs))
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      hear()
      for (const timer of timers) clearTimeout(timer)
      resolve({ code, signal, stderr, silentMs })
    })
  })
}

async function simulateTouchpoints() {
  const path = join(home, 'touches.csv')
  const words = [
    program,
    'simulate',
    '--users',
    '200',
    '--days',
    '20',
    '--output',
    path,
    '--truth',
    join(home, 'truth.json'),
  ]
  await new Promise((resolve, reject) => {
    spawn(process.execPath, [...words, '--log-level', 'error'], { stdio: 'inherit' }).once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`simulate ended with ${code}: run npm run build first`)),
    )
  })
  return path
}

/** Faults that need no server: kills, and files of former steps that are damaged. */
function localFaults(step) {
  const kills = ['SIGKILL', 'SIGTERM'].map((signal) => ({
    name: signal,
    begin: () => undefined,
    kill: () => ({ signal, afterMs: 200 + random() * 2500 }),
  }))
  if (step === 'export') return kills
  const damages = {
    'cut off': (path) => truncateSync(path, Math.floor(random() * statSync(path).size)),
    emptied: (path) => truncateSync(path, 0),
    removed: (path) => rmSync(path),
    'made a folder': (path) => {
      rmSync(path)
      mkdirSync(path)
    },
    'filled with nothing': (path) => writeFileSync(path, Buffer.alloc(statSync(path).size)),
  }
  return [...kills, ...Object.entries(damages).map(([name, damage]) => damageFault(name, damage))]
}

function damageFault(name, damage) {
  return {
    name: `a file ${name}`,
    begin: (cwd) => {
      const data = join(cwd, 'mta-data')
      const files = listFiles(data).filter((path) => !path.includes('tables'))
      const path = join(data, pick(files))
      const kept = readFileSync(path)
      damage(path)
      return () => {
        rmSync(path, { recursive: true, force: true })
        writeFileSync(path, kept)
      }
    },
  }
}

/** Inputs that are broken on their way. */
function inputFaults() {
  const whole = readFileSync(csv)
  const change = (name, bytes) => ({
    name,
    begin: (cwd) => {
      const path = join(cwd, 'touches.csv.gz')
      writeFileSync(path, bytes())
      return () => writeFileSync(path, gzipSync(whole))
    },
  })
  const zipped = gzipSync(whole)
  const flipped = () => {
    const copy = Buffer.from(zipped)
    const at = 10 + Math.floor(random() * (copy.length - 10))
    copy[at] ^= 1 << Math.floor(random() * 8)
    return copy
  }
  return [
    change('input cut off', () => zipped.subarray(0, Math.floor(random() * zipped.length))),
    change('input with a flipped bit', flipped),
    change('input doubled', () =>
      Buffer.concat([zipped, gzipSync(gunzipSync(zipped).subarray(whole.indexOf(10) + 1))]),
    ),
    change('input with strays', () =>
      gzipSync(
        Buffer.concat([
          whole,
          Buffer.from('4070908800,x,email,1,5\n1000000000,x,email,1,5\n1772000000,NULL,email,1,5\n'),
        ]),
      ),
    ),
  ]
}

async function openWarehouses() {
  const openers = { duckdb: openDuckDb, td: openTreasureData, trino: openTrino }
  const opened = []
  for (const name of values.warehouse) {
    const warehouse = await openers[name]()
    if (warehouse === undefined) continue
    await prepare(warehouse)
    opened.push(warehouse)
  }
  return opened
}

/** Runs the steps once without a fault, and keeps what there was before and after each. */
async function prepare(warehouse) {
  const cwd = join(home, 'whole')
  rmSync(cwd, { recursive: true, force: true })
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'touches.csv.gz'), gzipSync(readFileSync(csv)))
  warehouse.states = []
  for (const step of STEPS) {
    await warehouse.keep(step, cwd)
    warehouse.states.push(await warehouse.state(cwd))
    const { code, stderr } = await runStep(warehouse, step, cwd)
    if (code !== 0) throw new Error(`${warehouse.name} ${step} ended with ${code}: ${stderr}`)
  }
  await warehouse.keep('end', cwd)
  warehouse.states.push(await warehouse.state(cwd))
}

function snapshots(name) {
  const folder = (step) => join(home, `${name}-before-${step}`)
  return {
    keep: (step, cwd) => cpSync(cwd, folder(step), { recursive: true }),
    restore: (step, cwd) => cpSync(folder(step), cwd, { recursive: true }),
  }
}

async function openDuckDb() {
  return {
    name: 'duckdb',
    ...snapshots('duckdb'),
    environment: () => ({}),
    words: (step) => (step === 'train' ? [] : ['--input', 'touches.csv.gz']),
    faults: (step) =>
      [...localFaults(step), ...(step === 'export' || step === 'compare' ? inputFaults() : [])].filter(
        // The comparison reads the touchpoints as the export did; others are other touchpoints.
        ({ name }) => step === 'export' || !/doubled|strays/.test(name),
      ),
    state: (cwd) => duckDbState(cwd),
    calm: () => {},
    close: () => {},
  }
}

async function duckDbState(cwd) {
  const file = join(cwd, 'mta-data/tables.duckdb')
  if (!existsSync(file)) return digests(TABLES.map((table) => [table, undefined]))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(`ATTACH '${file}' AS kept (READ_ONLY)`)
    const found = []
    for (const table of TABLES) {
      const rows = await connection.runAndReadAll(`SELECT * FROM kept.mta.${table} ORDER BY ALL`).then(
        (result) => result.getRowsJson(),
        () => undefined,
      )
      found.push([table, rows])
    }
    return digests(found)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Tables are those of the fake, which is told what to fail at. */
async function openTreasureData() {
  const { startFakeTreasureData } = await import('../test/fakes/treasure-data/start.ts')
  const fake = await startFakeTreasureData({
    queued: { ms: 50 },
    running: { ms: 100 },
    committing: { ms: 50 },
    visible: { ms: 100 },
  })
  await fake.loadTable('mta', 'mock_data', { file: csv })
  const kinds = [
    'too-many-requests',
    'server-error',
    'bad-gateway',
    'html-page',
    'reset',
    'truncated',
    'stalled',
    'silent',
    'wrong-length',
    'trickle',
    'expired-key',
  ]
  const serverFault = (kind) => ({
    name: kind,
    begin: () => {
      const call = 1 + Math.floor(random() * 12)
      const calls = random() < 0.3 ? undefined : [call, call + Math.floor(random() * 3)]
      fake.faults.add({ call: calls, fault: { kind, done: random() < 0.5 } })
      return () => fake.faults.clear()
    },
  })
  const folders = snapshots('td')
  const tables = async () => {
    const found = []
    for (const table of TABLES) found.push([table, (await fake.rows('mta', table))?.map(rowText).sort()])
    return found
  }
  const kept = new Map()
  return {
    name: 'td',
    keep: async (step, cwd) => {
      folders.keep(step, cwd)
      kept.set(step, await tables())
    },
    restore: async (step, cwd) => {
      folders.restore(step, cwd)
      await restoreFake(fake, kept.get(step))
    },
    environment: () => ({ TD_API_KEY: fake.apiKey, TD_API_SERVER: fake.url, WAREHOUSE: 'td' }),
    words: () => [],
    // A fault of the server in a step that asks it nothing would prove nothing.
    faults: (step) => [...localFaults(step), ...(step === 'train' ? [] : kinds.map(serverFault))],
    state: async () => digests(await tables()),
    calm: () => fake.faults.clear(),
    close: () => fake.close(),
  }
}

/** Drops what a try has written; each step's tables are its own, so a step begins without them. */
async function restoreFake(fake, wanted) {
  const headers = { authorization: `TD1 ${fake.apiKey}` }
  fake.faults.clear()
  for (const [table, rows] of wanted) {
    if (rows === undefined)
      await fetch(`${fake.url}/v3/table/delete/mta/${table}`, { method: 'POST', headers })
  }
}

/** A row whatever the order of its columns, without the time of its import. */
function rowText({ time: _, ...row }) {
  return JSON.stringify(Object.entries(row).sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Before a real Trino stands a proxy that fails calls. Nothing without Java. */
async function openTrino() {
  const { installTrino, whyNoTrino } = await import('../test/fakes/trino/install-trino.ts')
  const missing = await whyNoTrino()
  if (missing !== undefined) {
    console.log(`trino is left out: ${missing}`)
    return undefined
  }
  const { startTrino } = await import('../test/fakes/trino/start-trino.ts')
  const { startFaultProxy } = await import('../test/fakes/trino/fault-proxy.ts')
  const trino = await startTrino(await installTrino())
  const proxy = await startFaultProxy(trino.origin)
  const folders = snapshots('trino')
  const query = (sql) => askTrino(trino.origin, sql)
  await query('CREATE SCHEMA IF NOT EXISTS memory.mta')
  await loadTouchpoints(query)
  const kinds = [
    { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' },
    { status: 502, body: '<html>Bad Gateway</html>' },
    { status: 503, body: '' },
    'reset before the effect',
    'reset after the effect',
    'truncated answer',
    'stalled answer',
  ]
  const serverFault = (fault) => ({
    name: typeof fault === 'string' ? fault : `status ${fault.status}`,
    begin: () => {
      const [rate, most] = [random(), 1 + Math.floor(random() * 4)]
      let failed = 0
      proxy.faultOf = () => (failed < most && random() < rate && ++failed ? fault : undefined)
      return () => {
        proxy.faultOf = () => undefined
      }
    },
  })
  const tables = async () => {
    const found = []
    for (const table of TABLES)
      found.push([table, await query(`SELECT * FROM memory.mta.${table}`).catch(() => undefined)])
    return found.map(([table, rows]) => [table, rows?.map((row) => JSON.stringify(row)).sort()])
  }
  const kept = new Map()
  return {
    name: 'trino',
    keep: async (step, cwd) => {
      folders.keep(step, cwd)
      kept.set(step, await tables())
    },
    restore: async (step, cwd) => {
      folders.restore(step, cwd)
      for (const [table, rows] of kept.get(step))
        if (rows === undefined) await query(`DROP TABLE IF EXISTS memory.mta.${table}`)
    },
    environment: () => ({ WAREHOUSE: `trino:http://soak@${new URL(proxy.origin).host}/memory` }),
    words: () => [],
    faults: (step) => [...localFaults(step), ...(step === 'train' ? [] : kinds.map(serverFault))],
    state: async () => digests(await tables()),
    calm: () => {
      proxy.faultOf = () => undefined
    },
    close: async () => {
      await proxy.close()
      await trino.stop()
    },
  }
}

async function loadTouchpoints(query) {
  const [, ...lines] = readFileSync(csv, 'utf8').trim().split('\n')
  await query(
    'CREATE TABLE memory.mta.mock_data (time bigint, user_id varchar, source varchar, conversion bigint, value double)',
  )
  const text = (field) => (field === '' ? 'NULL' : `'${field}'`)
  for (let at = 0; at < lines.length; at += 500) {
    const rows = lines.slice(at, at + 500).map((line) => {
      const [time, user, source, conversion, value] = line.split(',')
      return `(${time}, ${text(user)}, ${text(source)}, ${conversion || 'NULL'}, ${value ? `${value}e0` : 'NULL'})`
    })
    await query(`INSERT INTO memory.mta.mock_data VALUES ${rows.join(', ')}`)
  }
}

async function askTrino(origin, sql) {
  const headers = { 'x-trino-user': 'soak' }
  const rows = []
  let page = await fetch(`${origin}/v1/statement`, { method: 'POST', body: sql, headers }).then((answer) =>
    answer.json(),
  )
  for (;;) {
    if (page.error) throw new Error(page.error.message)
    rows.push(...(page.data ?? []))
    if (page.nextUri === undefined) return rows
    page = await fetch(page.nextUri, { headers }).then((answer) => answer.json())
  }
}

function listFiles(directory) {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort()
}

/** @returns a digest of the rows of each table. */
function digests(tables) {
  return new Map(tables.map(([table, rows]) => [table, digest(rows ?? null)]))
}

/** @returns the tables of a step that are not the same. */
function differing(step, left, right) {
  return WRITES[step].filter((table) => left.get(table) !== right.get(table))
}

function digest(content) {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

function pick(list) {
  return list[Math.floor(random() * list.length)]
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function createRandom(seed) {
  let state = createHash('sha256').update(seed).digest().readUInt32LE()
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
