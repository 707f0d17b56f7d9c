import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { silentLogger } from '../../src/logger.ts'
import { isRunning, processPlace } from '../../src/process-place.ts'
import { sql } from '../../src/queries/sql.ts'
import { placeInDirectory } from '../../src/warehouse/duckdb/place.ts'
import type { SessionOptions } from '../../src/warehouse/duckdb/session.ts'
import { openSpillDirectory } from '../../src/warehouse/duckdb/spill-directory.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { Row, Warehouse } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { errorOf } from './duckdb-files.ts'

const open = (directory: string, limits: NonNullable<SessionOptions['limits']>) =>
  openDuckDb({
    ...placeInDirectory(directory),
    input: [],
    inputTable: undefined,
    threads: 1,
    limits,
    logger: silentLogger,
  })

/** Sorts 24 MB of numbers. */
const large = sql`SELECT count(*), CAST(sum(place * n) AS varchar) FROM (
  SELECT n, row_number() OVER (ORDER BY mod(n * 7919, 1500007)) AS place FROM range(1500000) AS numbers (n)
) AS placed`

async function collect(warehouse: Warehouse): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(large)) rows.push(...batch)
  return rows
}

async function answer(directory: string, limits: NonNullable<SessionOptions['limits']>): Promise<Row[]> {
  const warehouse = await open(directory, limits)
  try {
    return await collect(warehouse)
  } finally {
    await warehouse.close()
  }
}

describe('a query that needs more memory than there is', () => {
  const little = { memory_limit: '20MB' }

  it('has the same answer, and leaves nothing in the data directory', async () => {
    const directory = makeTemporaryDirectory()
    expect(await answer(directory, little)).toEqual(await answer(directory, {}))
    expect(readdirSync(directory)).toEqual([])
  })

  it('and more than the disk has, says which directory is full and what to do', async () => {
    const directory = makeTemporaryDirectory()
    const error = await errorOf(answer(directory, { ...little, max_temp_directory_size: '1MB' }))
    expect(error).toBeInstanceOf(RemoteError)
    const [first, second] = String(error).split('\n')
    expect(first).toMatch(
      /^RemoteError: duckdb: the disk of (.*), where queries put what exceeds memory, is full: free some space there, or give a place on a larger disk by --data-dir \(DATA_DIR\)/,
    )
    expect(first).toContain(join(directory, 'tables.duckdb.spill~'))
    expect(second).toBe('in the query:')
    expect(readdirSync(directory)).toEqual([])
  })

  it('says so of a table that is written from a query, too', async () => {
    const directory = makeTemporaryDirectory()
    const warehouse = await open(directory, { ...little, max_temp_directory_size: '1MB' })
    const columns = [
      { name: 'n', type: 'bigint' },
      { name: 'place', type: 'varchar' },
    ] as const
    const write = {
      table: { database: 'mta', table: 'placed' },
      columns,
      lookup: { columns, rows: [] },
      sql: () => large,
      expectedRows: 1,
      advice: '',
      ifExists: 'overwrite',
      runId: 'test',
    } as const
    const error = await errorOf(warehouse.writeTables([write]))
    await warehouse.close()
    expect(error).toBeInstanceOf(RemoteError)
    expect(String(error)).toContain("can't write the tables: the disk of")
    expect(String(error)).toContain('--data-dir (DATA_DIR)')
  })

  it('says which directory is gone', async () => {
    const directory = join(makeTemporaryDirectory(), 'shop')
    mkdirSync(directory)
    const warehouse = await open(directory, little)
    rmSync(directory, { recursive: true })
    const error = await errorOf(collect(warehouse))
    await warehouse.close()
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toContain(`duckdb: ${join(directory, 'tables.duckdb.spill~')}`)
    expect(String(error)).toContain("where queries put what exceeds memory, can't be used")
  })
})

describe('what exceeds memory', () => {
  const deadPid = 4_000_000

  it('goes beside the tables, or as near as there is a directory', async () => {
    const directory = makeTemporaryDirectory()
    const near = await openSpillDirectory(join(directory, 'tables.duckdb'))
    const far = await openSpillDirectory(join(directory, 'not', 'there', 'tables.duckdb'))
    for (const { path } of [near, far])
      expect(path.startsWith(join(directory, 'tables.duckdb.spill~'))).toBe(true)
    expect(near.path).not.toBe(far.path)
  })

  it('is removed if its process is gone, and stays while it lives', async () => {
    expect(isRunning(deadPid)).toBe(false)
    const directory = makeTemporaryDirectory()
    const leave = (base: string, pid: number) => {
      const path = join(directory, `${base}.spill~${processPlace}~${pid}~abc.mta-tmp`)
      mkdirSync(path)
      writeFileSync(join(path, 'duckdb_temp_storage-0.tmp'), 'x')
      return path
    }
    const left = leave('tables.duckdb', deadPid)
    const kept = [leave('tables.duckdb', process.ppid), leave('other.duckdb', deadPid)]
    const spill = await openSpillDirectory(join(directory, 'tables.duckdb'))
    expect(existsSync(left)).toBe(false)
    expect(kept.filter((path) => existsSync(path))).toEqual(kept)
    expect(existsSync(spill.path)).toBe(false)
  })

  it('is removed, too, where it lies above a data directory that was made later', async () => {
    const above = makeTemporaryDirectory()
    const left = join(above, `tables.duckdb.spill~${processPlace}~${deadPid}~abc.mta-tmp`)
    mkdirSync(left)
    const directory = join(above, 'shop')
    mkdirSync(directory)
    await openSpillDirectory(join(directory, 'tables.duckdb'))
    expect(existsSync(left)).toBe(false)
  })
})
