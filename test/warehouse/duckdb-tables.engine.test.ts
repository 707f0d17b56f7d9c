import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ConfigError, DataError, messageOf } from '../../src/errors.ts'
import { type Logger, silentLogger } from '../../src/logger.ts'
import { processPlace } from '../../src/process-place.ts'
import { sql } from '../../src/queries/sql.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { IfExists, QueryWrite, Row, TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const COLUMNS = [
  { name: 'channel', type: 'varchar' },
  { name: 'share', type: 'double' },
  { name: 'at', type: 'timestamp' },
  { name: 'run_id', type: 'varchar' },
] as const

function write(
  runId: string,
  rows: readonly Row[],
  ifExists: IfExists = 'overwrite',
  table = 'shapley',
): TableWrite {
  return { table: { database: 'mta', table }, columns: COLUMNS, rows, ifExists, runId }
}

/** @param file of the user; undefined: the data directory keeps the tables, with their CSV files in `tables/`. */
const open = (directory: string, file?: string, logger: Logger = silentLogger, lockWaitMs?: number) => {
  const place = file === undefined ? placeInDirectory(directory) : { file, csvDirectory: undefined }
  return openDuckDb({ ...place, input: [], inputTable: undefined, logger, lockWaitMs })
}

const csvOf = (directory: string, table = 'shapley') =>
  readFileSync(join(directory, 'tables', `${table}.csv`), 'utf8')

async function collect(warehouse: Warehouse, text: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(text))) rows.push(...batch)
  return rows
}

function keepWarnings() {
  const warnings: unknown[] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, event) => void warnings.push([fields, event]),
  }
  return { logger, warnings }
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

it('in a data directory also writes each table as a CSV file, with the same bytes every time, and returns its path', async () => {
  const directory = makeTemporaryDirectory()
  const rows = [
    ['e-mail, "x"', 1 / 3, '2026-01-02T03:04:05.000Z', 'r1'],
    ['', null, null, 'r1'],
    [null, 1e-7, null, 'r1'],
  ]
  for (let time = 0; time < 2; time++) {
    const warehouse = await open(join(directory, 'made'))
    const path = join(directory, 'made', 'tables', 'shapley.csv')
    expect(await warehouse.writeTables([write('r1', rows)])).toEqual([
      { table: { database: 'mta', table: 'shapley' }, rows: 3, skipped: false, location: path },
    ])
    await warehouse.close()
    expect(readFileSync(path, 'utf8')).toBe(
      'channel,share,at,run_id\n' +
        '"e-mail, ""x""",0.3333333333333333,2026-01-02T03:04:05.000Z,r1\n' +
        '"",,,r1\n' +
        ',1e-07,,r1\n',
    )
    expect(readdirSync(join(directory, 'made'))).toEqual(['tables', 'tables.duckdb'])
    expect(readdirSync(join(directory, 'made', 'tables'))).toEqual(['shapley.csv'])
  }
})

it('removes what a killed writer left next to the CSV file', async () => {
  const directory = makeTemporaryDirectory()
  const deadPid = execFileSync('sh', ['-c', 'echo $$']).toString().trim()
  mkdirSync(join(directory, 'tables'))
  writeFileSync(join(directory, 'tables', `shapley.csv~${processPlace}~${deadPid}~0.mta-tmp`), 'channel,sha')
  const warehouse = await open(directory)
  await warehouse.writeTables([write('r1', [])])
  expect(readdirSync(join(directory, 'tables'))).toEqual(['shapley.csv'])
  await warehouse.close()
})

it('creates nothing in a data directory before the first table is written', async () => {
  const directory = join(makeTemporaryDirectory(), 'data')
  const warehouse = await open(directory)
  expect(await warehouse.describeTable({ database: 'mta', table: 'shapley' })).toBeUndefined()
  expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
  await warehouse.close()
  expect(existsSync(directory)).toBe(false)
})

it('never reads a CSV file: the next write undoes what was changed there', async () => {
  const directory = makeTemporaryDirectory()
  const first = await open(directory)
  await first.writeTables([write('r1', [['email', 0.5, null, 'r1']])])
  await first.close()
  writeFileSync(join(directory, 'tables', 'shapley.csv'), 'not,what,was,written\n')
  const second = await open(directory)
  await second.writeTables([write('r2', [['search', 1, null, 'r2']], 'append')])
  await second.close()
  expect(csvOf(directory)).toBe('channel,share,at,run_id\nemail,0.5,,r1\nsearch,1.0,,r2\n')
  expect(readdirSync(join(directory, 'tables'))).toEqual(['shapley.csv'])
})

it.each(['append', 'ignore', 'error'] as const)(
  'keeps a CSV file whose rows are in no table aside, and says so, under %s',
  async (ifExists) => {
    const directory = makeTemporaryDirectory()
    const tables = join(directory, 'tables')
    mkdirSync(tables)
    writeFileSync(join(tables, 'shapley.former.csv'), 'kept before\n')
    writeFileSync(join(tables, 'shapley.csv'), 'of an earlier version\n')
    const { logger, warnings } = keepWarnings()
    const warehouse = await open(directory, undefined, logger)
    await warehouse.writeTables([write('r1', [], ifExists)])
    await warehouse.close()
    expect(csvOf(directory)).toBe('channel,share,at,run_id\n')
    expect(csvOf(directory, 'shapley.former')).toBe('kept before\n')
    expect(csvOf(directory, 'shapley.former-2')).toBe('of an earlier version\n')
    const fields = { file: join(tables, 'shapley.csv'), kept: join(tables, 'shapley.former-2.csv') }
    expect(warnings).toEqual([[fields, 'kept a CSV file whose rows are not in the table']])
  },
)

it('replaces a CSV file whose rows are in no table under overwrite', async () => {
  const directory = makeTemporaryDirectory()
  mkdirSync(join(directory, 'tables'))
  writeFileSync(join(directory, 'tables', 'shapley.csv'), 'of an earlier version\n')
  const warehouse = await open(directory)
  await warehouse.writeTables([write('r1', [])])
  await warehouse.close()
  expect(readdirSync(join(directory, 'tables'))).toEqual(['shapley.csv'])
  expect(csvOf(directory)).toBe('channel,share,at,run_id\n')
})

it('in a file returns table and file', async () => {
  const directory = makeTemporaryDirectory()
  const file = join(directory, 'mta.duckdb')
  const warehouse = await open(directory, file)
  expect(await warehouse.writeTables([write('r1', [])])).toMatchObject([
    { location: `"mta"."shapley" in ${file}` },
  ])
  await warehouse.close()
  expect(readdirSync(directory)).toEqual(['mta.duckdb'])
})

it('returns channels that begin with #, and text with quotes and line breaks', async () => {
  const directory = makeTemporaryDirectory()
  const rows = ['#promo', '# "x"', 'a\n#b', '""'].map((channel) => [channel, 0.5, null, 'r1'])
  const first = await open(directory)
  await first.writeTables([write('r1', rows)])
  await first.close()
  const second = await open(directory)
  expect(await collect(second, 'SELECT * FROM "mta"."shapley"')).toEqual(rows)
  await second.close()
})

it('appends to text that looks like numbers without changing it', async () => {
  const directory = makeTemporaryDirectory()
  const rows = (runId: string, channel: string, share: number | null) => [[channel, share, null, runId]]
  const first = await open(directory)
  await first.writeTables([write('20260101', rows('20260101', '12', null))])
  await first.close()
  const second = await open(directory)
  await second.writeTables([write('20260102', rows('20260102', '0012', 0.5), 'append')])
  await second.writeTables([write('20260102', rows('20260102', '0012', 0.25), 'append')])
  await second.close()
  expect(csvOf(directory)).toBe('channel,share,at,run_id\n12,,,20260101\n0012,0.25,,20260102\n')
})

it('keeps the order of a hundred thousand rows', async () => {
  const directory = makeTemporaryDirectory()
  const rows = Array.from({ length: 100_000 }, (_, at) => [`c${(at * 7919) % 100_003}`, at, null, 'r1'])
  const first = await open(directory)
  await first.writeTables([write('r1', rows)])
  await first.close()
  const second = await open(directory)
  await second.writeTables([write('r2', [['last', 0, null, 'r2']], 'append')])
  await second.close()
  const lines = csvOf(directory).split('\n')
  const expected = rows.map(([channel, share]) => `${channel},${share}.0,,r1`)
  expect(lines.slice(1, -2).findIndex((line, at) => line !== expected[at])).toBe(-1)
  expect(lines.at(-2)).toBe('last,0.0,,r2')
})

it('writes no table if one cannot be written', async () => {
  const directory = makeTemporaryDirectory()
  const warehouse = await open(directory)
  const bad = write('r1', [], 'overwrite', 'a/b')
  const refused = new ConfigError(
    'table name "a/b" can\'t be a file name for --warehouse duckdb (WAREHOUSE): ' +
      'choose a name without slashes or a leading dot, or give --warehouse duckdb:FILE',
  )
  expect(() => warehouse.checkTableName?.(bad.table)).toThrow(refused)
  expect(await errorOf(warehouse.writeTables([write('r1', []), bad]))).toEqual(refused)
  expect(readdirSync(directory)).toEqual(['tables.duckdb'])
  expect(await warehouse.describeTable({ database: 'mta', table: 'shapley' })).toBeUndefined()
  await warehouse.close()
})

it('writes no table if the CSV files cannot be written', async () => {
  const directory = makeTemporaryDirectory()
  writeFileSync(join(directory, 'tables'), '')
  const warehouse = await open(directory)
  expect(await errorOf(warehouse.writeTables([write('r1', [])]))).toEqual(
    new ConfigError(
      `--data-dir (DATA_DIR): can't write ${directory}/tables: a file has the name of a directory; give another directory`,
    ),
  )
  expect(await warehouse.describeTable({ database: 'mta', table: 'shapley' })).toBeUndefined()
  await warehouse.close()
})

it('warns of a CSV file that could not take its place; the next write of the table makes it', async () => {
  const directory = makeTemporaryDirectory()
  const file = join(directory, 'tables', 'shapley.csv')
  mkdirSync(join(file, 'full'), { recursive: true })
  const { logger, warnings } = keepWarnings()
  const warehouse = await open(directory, undefined, logger)
  await warehouse.writeTables([write('r1', []), write('r1', [], 'overwrite', 'metrics')])
  const reason = `--data-dir (DATA_DIR): can't write ${file}: a directory has this name; give another directory`
  expect(warnings).toEqual([[{ file, reason }, 'wrote a table, but not its CSV file']])
  expect(await collect(warehouse, 'SELECT count(*) FROM mta.shapley')).toEqual([[0]])
  expect(readdirSync(join(directory, 'tables'))).toEqual(['metrics.csv', 'shapley.csv'])
  rmSync(join(directory, 'tables', 'shapley.csv'), { recursive: true })
  await warehouse.writeTables([write('r1', [], 'append')])
  expect(csvOf(directory)).toBe('channel,share,at,run_id\n')
  await warehouse.close()
})

it('says so if the data directory cannot be created', async () => {
  const directory = makeTemporaryDirectory()
  writeFileSync(join(directory, 'file'), '')
  const warehouse = await open(join(directory, 'file', 'data'))
  expect(await errorOf(warehouse.writeTables([write('r1', [])]))).toEqual(
    new ConfigError(
      `--data-dir (DATA_DIR): can't write ${directory}/file/data: ` +
        'a part of the path is a file, not a directory; give another directory',
    ),
  )
  await warehouse.close()
})

const isRoot = process.getuid?.() === 0

it.skipIf(isRoot)(
  `says where it may not write${isRoot ? ' (skipped: root may write anywhere)' : ''}`,
  async () => {
    const directory = join(makeTemporaryDirectory(), 'closed')
    mkdirSync(directory)
    chmodSync(directory, 0o500)
    const warehouse = await open(directory)
    expect(await errorOf(warehouse.writeTables([write('r1', [])]))).toBeInstanceOf(ConfigError)
    await warehouse.close()
  },
)

it('refuses the input as an output', async () => {
  const directory = makeTemporaryDirectory()
  writeFileSync(join(directory, 'a.csv'), 'user_id\nu\n')
  const warehouse = await openDuckDb({
    ...placeInDirectory(directory),
    input: [join(directory, 'a.csv')],
    inputTable: { database: 'mta', table: 'Shapley' },
    logger: silentLogger,
  })
  expect(await errorOf(warehouse.writeTables([write('r1', [])]))).toEqual(
    new ConfigError(
      "table mta.shapley is the input, --table (DATA_TABLE), so it can't be an output as well: give the output another name",
    ),
  )
  await warehouse.close()
})

it('refuses a table that exists under error, in the words of the option', async () => {
  const warehouse = await open(makeTemporaryDirectory())
  await warehouse.writeTables([write('r1', [])])
  expect(await errorOf(warehouse.writeTables([write('r2', [], 'error')]))).toEqual(
    new DataError(
      'table mta.shapley exists and --if-exists (IF_EXISTS) is error; nothing was written: ' +
        'choose overwrite, append or ignore, or another table',
    ),
  )
  await warehouse.close()
})

it.each([
  [
    'a file that is no database',
    (path: string) => writeFileSync(path, 'no database at all, '.repeat(1000)),
    '; check the path, its permissions, and that it is a DuckDB database',
  ],
  ['a directory', (path: string) => mkdirSync(path), 'it is a directory, not a file; move it away'],
])('refuses %s', async (_, make, advice) => {
  const path = join(makeTemporaryDirectory(), 'x.duckdb')
  make(path)
  const error = await errorOf(open('.', path))
  expect(error).toBeInstanceOf(ConfigError)
  expect(messageOf(error)).toContain(`--warehouse duckdb:${path} (WAREHOUSE): `)
  expect(messageOf(error)).toContain(advice)
})

it('says what to do if the tables of a data directory are damaged, when opening or when reading them', async () => {
  const directory = makeTemporaryDirectory()
  const file = join(directory, 'tables.duckdb')
  const remedy = `; restore it from a copy, or move it away and run again: the CSV files in ${directory}/tables keep those tables`
  writeFileSync(file, 'no database at all, '.repeat(1000))
  expect(await errorOf(open(directory))).toEqual(
    new DataError(
      `duckdb: can't open ${file}, which holds the tables of earlier runs: ` +
        `IO Error: The file "${file}" exists, but it is not a valid DuckDB database file!${remedy}`,
    ),
  )
  rmSync(file)
  const rows = Array.from({ length: 50_000 }, (_, at) => [`channel ${(at * 7919) % 100_003}`, at, null, 'r1'])
  const first = await open(directory)
  await first.writeTables([write('r1', rows)])
  await first.close()
  const bytes = readFileSync(file)
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 100)
  writeFileSync(file, bytes)
  const second = await open(directory)
  const error = await errorOf(second.writeTables([write('r2', [], 'append')]))
  expect(error).toBeInstanceOf(DataError)
  expect(messageOf(error)).toContain(
    `duckdb: can't open ${file}, which holds the tables of earlier runs: IO Error: Corrupt database file: `,
  )
  expect(messageOf(error).endsWith(remedy)).toBe(true)
  await second.close()
})

const duckDbModule = createRequire(import.meta.url).resolve('@duckdb/node-api')
/** Runs a script in another process, with the DuckDB package as `duckdb` and the path as `path`. */
function inAnotherProcess(script: string, path: string) {
  const prelude = `const duckdb = require(${JSON.stringify(duckDbModule)}); const path = process.argv[1];`
  return promisify(execFile)(process.execPath, ['-e', `${prelude} (async () => { ${script} })()`, path])
}

it.each([
  ['the file of a user', 'x.duckdb', 'file'],
  ['that of a data directory', 'tables.duckdb', 'directory'],
])('says that another process has %s, and which', async (_, name, another) => {
  const directory = makeTemporaryDirectory()
  const path = join(directory, name)
  const ready = join(directory, 'ready')
  const other = inAnotherProcess(
    `globalThis.held = await duckdb.DuckDBInstance.create(path); require('fs').writeFileSync(${JSON.stringify(ready)}, ''); ` +
      'setTimeout(() => {}, 60000)',
    path,
  )
  try {
    while (!readdirSync(directory).includes('ready')) await new Promise((resolve) => setTimeout(resolve, 20))
    const { logger, warnings } = keepWarnings()
    const opened = open(directory, another === 'file' ? path : undefined, logger, 300)
    const message = messageOf(await errorOf(opened))
    const holder = expect.stringContaining(`PID ${other.child.pid}`)
    expect(warnings).toEqual([[{ file: path, holder }, 'file of tables was open in another process']])
    expect(message).toMatch(
      /: it is open in another process, .*\(PID \d+\); close it there, or give another \w+$/,
    )
    const option =
      another === 'file' ? `--warehouse duckdb:${path} (WAREHOUSE)` : `--data-dir (DATA_DIR): ${path}`
    expect(message.startsWith(`${option}: it is open`)).toBe(true)
    expect(message.endsWith(`another ${another}`)).toBe(true)
    expect(message).toContain(`PID ${other.child.pid}`)
  } finally {
    other.child.kill('SIGKILL')
    await other.catch(() => {})
  }
})

/** A warehouse whose tables are in the data directory, or in a file of the user, and the path of that file. */
const places = [
  ['a data directory', 'tables.duckdb', undefined],
  ['a file', 'x.duckdb', 'x.duckdb'],
] as const

it.each(places)(
  'of %s leaves the file to others between two calls, and waits for them',
  async (_, name, users) => {
    const directory = makeTemporaryDirectory()
    const path = join(directory, name)
    const { logger, warnings } = keepWarnings()
    const warehouse = await open(directory, users && path, logger)
    await warehouse.writeTables([write('r1', [['email', 1, null, 'r1']])])
    for await (const _ of warehouse.query(sql`SELECT * FROM range(1000000), mta.shapley`)) break
    const other = inAnotherProcess(
      'const connection = await (await duckdb.DuckDBInstance.create(path)).connect(); ' +
        "await connection.run('CREATE TABLE mta.theirs AS SELECT 5 AS number'); " +
        "require('fs').writeFileSync(path + '.ready', ''); setTimeout(() => connection.closeSync(), 500); setTimeout(() => process.exit(), 1000)",
      path,
    )
    while (!existsSync(`${path}.ready`)) await new Promise((resolve) => setTimeout(resolve, 20))
    await warehouse.writeTables([write('r2', [['search', 1, null, 'r2']], 'append')])
    const holder = expect.stringContaining(`PID ${other.child.pid}`)
    expect(warnings).toEqual([[{ file: path, holder }, 'file of tables was open in another process']])
    expect(await collect(warehouse, 'SELECT channel, number FROM mta.shapley, mta.theirs')).toEqual([
      ['email', 5],
      ['search', 5],
    ])
    await other
    await warehouse.close()
  },
)

it.each(places)(
  'of %s ends the wait for another process when the signal says stop',
  async (_, name, users) => {
    const directory = makeTemporaryDirectory()
    const path = join(directory, name)
    const warehouse = await open(directory, users && path)
    const other = inAnotherProcess(
      'globalThis.held = await duckdb.DuckDBInstance.create(path); ' +
        "require('fs').writeFileSync(path + '.ready', ''); setTimeout(() => {}, 60000)",
      path,
    )
    try {
      while (!existsSync(`${path}.ready`)) await new Promise((resolve) => setTimeout(resolve, 20))
      const reason = new Error('told to stop')
      const stop = new AbortController()
      setTimeout(() => stop.abort(reason), 300)
      expect(await errorOf(warehouse.writeTables([write('r1', [])], stop.signal))).toBe(reason)
    } finally {
      other.child.kill('SIGKILL')
      await other.catch(() => {})
      await warehouse.close()
    }
  },
)

it.each(places)('of %s loses no table if two of one process write by turns', async (_, name, users) => {
  const directory = makeTemporaryDirectory()
  const path = join(directory, name)
  symlinkSync(directory, join(directory, 'same'))
  const both = [
    await open(directory, users && path),
    await open(join(directory, 'same'), users && join(directory, 'same', name)),
  ]
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const tables = names.map((table, at) => {
    const warehouse = both[at % 2]
    return warehouse?.writeTables([write('r1', [[table, 1, null, 'r1']], 'overwrite', table)])
  })
  await Promise.all(tables)
  for (const warehouse of both) {
    const query = names.map((table) => `SELECT channel FROM mta.${table}`).join(' UNION ALL ')
    expect((await collect(warehouse, query)).flat().toSorted()).toEqual(names)
  }
  for (const warehouse of both) await warehouse.close()
})

it('keeps nobody from the tables by a query of the input', async () => {
  const directory = makeTemporaryDirectory()
  const rows = Array.from({ length: 50_000 }, (_, at) => `u${at}\n`)
  writeFileSync(join(directory, 'a.csv'), `user_id\n${rows.join('')}`)
  const one = await openDuckDb({
    ...placeInDirectory(directory),
    input: [join(directory, 'a.csv')],
    inputTable: { database: 'mta', table: 'touches' },
    logger: silentLogger,
  })
  const other = await open(directory)
  let read = 0
  for await (const batch of one.query(sql`WITH users AS (SELECT * FROM "mta"."touches") FROM users`)) {
    if (read === 0) await other.writeTables([write('r1', [])])
    read += batch.length
  }
  expect(read).toBe(50_000)
  expect(await collect(one, 'SELECT count(*) FROM mta.touches, mta.shapley')).toEqual([[0]])
  await one.close()
  await other.close()
})

it('lets others have the file when it is closed while a query is read', async () => {
  const directory = makeTemporaryDirectory()
  const first = await open(directory)
  await first.writeTables([write('r1', [['email', 1, null, 'r1']])])
  const query = first.query(sql`SELECT * FROM range(1000000), mta.shapley`)[Symbol.asyncIterator]()
  await query.next()
  await first.close()
  const second = await open(directory)
  expect(await collect(second, 'SELECT channel FROM mta.shapley')).toEqual([['email']])
  await second.close()
})

it('names --data-dir if its file can not be opened, but is not damaged', async () => {
  const directory = makeTemporaryDirectory()
  const file = join(directory, 'tables.duckdb')
  mkdirSync(file)
  expect(await errorOf(open(directory))).toEqual(
    new ConfigError(
      `--data-dir (DATA_DIR): ${file}: it is a directory, not a file; move it away, or give another path`,
    ),
  )
})

it.skipIf(isRoot)(
  `names --data-dir if its file may not be written${isRoot ? ' (skipped: root may write any file)' : ''}`,
  async () => {
    const directory = makeTemporaryDirectory()
    const file = join(directory, 'tables.duckdb')
    writeFileSync(file, '', { mode: 0o400 })
    expect(await errorOf(open(directory))).toEqual(
      new ConfigError(
        `--data-dir (DATA_DIR): can't write ${file}: permission denied; give a directory that this user may write`,
      ),
    )
  },
)

it('refuses a file of the user in a directory that is not there, before any work', async () => {
  const file = join(makeTemporaryDirectory(), 'none', 'x.duckdb')
  expect(await errorOf(open('.', file))).toEqual(
    new ConfigError(
      `--warehouse duckdb:${file} (WAREHOUSE): ENOENT: no such file or directory, access '${join(file, '..')}'; ` +
        'check the path, its permissions, and that it is a DuckDB database',
    ),
  )
})

it('finds the former tables where a writer was killed inside its transaction', async () => {
  const directory = makeTemporaryDirectory()
  const path = join(directory, 'x.duckdb')
  const first = await open(directory, path)
  await first.writeTables([write('r1', [['former', 1, null, 'r1']])])
  await first.close()
  const killed = inAnotherProcess(
    'const connection = await (await duckdb.DuckDBInstance.create(path)).connect(); ' +
      "await connection.run('BEGIN'); await connection.run('CREATE OR REPLACE TABLE x.mta.shapley (run_id varchar)'); " +
      "process.kill(process.pid, 'SIGKILL')",
    path,
  )
  expect(await errorOf(killed)).toMatchObject({ signal: 'SIGKILL' })
  const again = await open(directory, path)
  expect(await collect(again, 'SELECT channel FROM "mta"."shapley"')).toEqual([['former']])
  await again.close()
})

it('stops reading when the loop is left, and runs other queries', async () => {
  const warehouse = await open(makeTemporaryDirectory())
  for await (const batch of warehouse.query(sql`SELECT * FROM range(10000000000)`)) {
    expect(batch[0]).toEqual([0])
    break
  }
  expect(await collect(warehouse, 'SELECT 1')).toEqual([[1]])
  await warehouse.close()
})

it('shows 2000 characters of a query that fails', async () => {
  const warehouse = await open(makeTemporaryDirectory())
  const sql = `SELECT nope, '${'x'.repeat(5000)}'`
  const message = messageOf(await errorOf(collect(warehouse, sql)))
  expect(message.endsWith(`in the query:\n${sql.slice(0, 2000)} ...`)).toBe(true)
  await warehouse.close()
})

it('returns times in UTC, wherever it runs', async () => {
  const warehouse = await open(makeTemporaryDirectory())
  const sql =
    "SELECT TIMESTAMP '2026-01-02 03:04:05.123456', TIMESTAMPTZ '2026-01-02 00:00:00+09', DATE '2026-01-02'"
  expect(await collect(warehouse, sql)).toEqual([
    ['2026-01-02T03:04:05.123456Z', '2026-01-01T15:00:00.000Z', '2026-01-02'],
  ])
  await warehouse.close()
})

/** A query over numbers, with as many rows. */
function counting(rows: number, numbers: string): QueryWrite {
  return {
    table: { database: 'mta', table: 'numbers' },
    columns: [
      { name: 'number', type: 'bigint' },
      { name: 'word', type: 'varchar' },
    ],
    lookup: { columns: [{ name: 'word', type: 'varchar' }], rows: [['b'], ['a']] },
    sql: (lookup) => sql`SELECT n, word FROM ${sql.raw(numbers)} CROSS JOIN ${lookup}`,
    expectedRows: 2 * rows,
    advice: '',
    ifExists: 'overwrite',
    runId: 'r1',
  }
}

it('puts the rows of a query in the order of their columns, so that its file has the same bytes every time', async () => {
  const directory = makeTemporaryDirectory()
  const numbers = '(SELECT 5000 - range AS n FROM range(5000))'
  const texts: string[] = []
  for (let time = 0; time < 2; time++) {
    const warehouse = await open(directory)
    await warehouse.writeTables([counting(5000, numbers)])
    await warehouse.close()
    texts.push(csvOf(directory, 'numbers'))
  }
  const lines = Array.from({ length: 5000 }, (_, at) => `${at + 1},a\n${at + 1},b\n`)
  expect(texts).toEqual(Array(2).fill(`number,word\n${lines.join('')}`))
})

it.each([0, 1, 5, 20, 100, 500])(
  'ends a query that makes a table when the signal says stop after %i ms, and leaves nothing',
  async (afterMs) => {
    const directory = makeTemporaryDirectory()
    const warehouse = await open(directory)
    const reason = new Error('told to stop')
    const endless =
      '(SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a CROSS JOIN range(10000000) AS b)'
    const stop = new AbortController()
    setTimeout(() => stop.abort(reason), afterMs)
    expect(await errorOf(warehouse.writeTables([counting(1, endless)], stop.signal))).toBe(reason)
    expect(await warehouse.describeTable({ database: 'mta', table: 'numbers' })).toBeUndefined()
    expect(existsSync(join(directory, 'tables'))).toBe(false)
    await warehouse.writeTables([counting(1, '(SELECT 1 AS n)')])
    expect(await collect(warehouse, 'SELECT count(*) FROM mta.numbers')).toEqual([[2]])
    await warehouse.close()
  },
)
