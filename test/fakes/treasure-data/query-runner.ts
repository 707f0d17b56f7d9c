import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { JobRequest, Outcome } from './jobs.ts'
import { encodeValue, RowEncoder, trinoType } from './row-encoder.ts'
import type { Tables } from './tables.ts'
import { columnName, translate } from './trino-names.ts'
import { adoptChanges } from './written-tables.ts'

const CHUNK_BYTES = 1 << 18

/** Runs the SQL of a job on DuckDB, its result as msgpack.gz in a file. */
export interface QueryRunner {
  run(job: string, request: JobRequest, signal: AbortSignal): Promise<Outcome>
}

/** @param spoolDir where the results lie. */
export function buildQueryRunner(tables: Tables, spoolDir: string): QueryRunner {
  return {
    run: async (job, { query, database }, signal) => {
      await tables.look(query)
      const sql = translate(withoutComments(query).trim().replace(/;$/, ''), database)
      const file = join(spoolDir, `job-${job}.msgpack.gz`)
      const work = (connection: DuckDBConnection) =>
        interruptible(connection, signal, () => writeResult(connection, sql, file))
      if (isReading(sql)) return tables.engine.connected(work, database)
      checkWriting(sql)
      return tables.engine.exclusively(async (connection) => {
        const outcome = await work(connection)
        await adoptChanges(connection, tables, sql)
        return outcome
      }, database)
    },
  }
}

/** Comments would hide the first word. Those that look like one inside a literal stay. */
function withoutComments(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('-') || part.startsWith('/') ? ' ' : part,
  )
}

function isReading(sql: string): boolean {
  return /^\(*\s*(SELECT|WITH|VALUES|SHOW|DESCRIBE|EXPLAIN)\b/i.test(sql)
}

/** @throws {Error} for DuckDB's own statements, such as SET, COPY or ATTACH. */
function checkWriting(sql: string): void {
  if (/^(INSERT\s+INTO|CREATE\s+TABLE|DROP\s+TABLE|DELETE\s+FROM|ALTER\s+TABLE)\b/i.test(sql)) return
  throw new Error(`line 1:1: mismatched input '${/^\S*/.exec(sql)?.[0]}'`)
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  // A statement that is not running yet can't be interrupted, and the signal may come just before it runs.
  let again: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    again = setTimeout(interrupt, 50)
  }
  signal.addEventListener('abort', interrupt)
  try {
    signal.throwIfAborted()
    return await work()
  } finally {
    clearTimeout(again)
    signal.removeEventListener('abort', interrupt)
  }
}

async function writeResult(connection: DuckDBConnection, sql: string, file: string): Promise<Outcome> {
  const result = await connection.stream(sql)
  const types = result.columnTypes()
  const names = result.columnNames().map((name, at) => columnName(name, at, sql))
  let records = 0
  const encode = async function* () {
    const encoder = new RowEncoder()
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) break
      records += chunk.rowCount
      encodeRows(
        encoder,
        types,
        types.map((_, at) => chunk.getColumnValues(at)),
        chunk.rowCount,
      )
      if (encoder.bytes > CHUNK_BYTES) yield encoder.take()
    }
    yield encoder.take()
  }
  try {
    await pipeline(Readable.from(encode()), createGzip({ level: 1 }), createWriteStream(file))
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
  const columns = types.map((type, at) => [names[at] ?? '', trinoType(type)] as const)
  return { columns, file, bytes: (await stat(file)).size, records }
}

function encodeRows(
  encoder: RowEncoder,
  types: readonly DuckDBType[],
  columns: readonly (readonly DuckDBValue[])[],
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    encoder.arrayHeader(columns.length)
    for (let at = 0; at < columns.length; at++) {
      encodeValue(encoder, columns[at]![row] ?? null, types[at]!)
    }
  }
}
