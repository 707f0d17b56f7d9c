import { get } from 'node:http'
import { inject } from 'vitest'
import { silentLogger } from '../../../src/logger.ts'
import { sql } from '../../../src/queries/sql.ts'
import { openTrino, type TrinoOptions } from '../../../src/warehouse/trino/warehouse.ts'
import type { Row, Warehouse } from '../../../src/warehouse/warehouse.ts'
import type { TrinoAnswer } from './global-setup.ts'
import type { catalogs } from './start-trino.ts'

/** The real Trino, or why there is none. */
export interface TrinoUnderTest {
  /** Undefined where Trino is missing. */
  readonly origin: string | undefined
  /** For the names of tests that are skipped. */
  readonly skipped: string
}

/**
 * Asks for the Trino of this test run, which the first to ask starts; to be awaited while a file is collected.
 * @throws {Error} where it is installed and doesn't start.
 */
export async function askForTrino(): Promise<TrinoUnderTest> {
  const answer: TrinoAnswer = JSON.parse(await read(inject('trinoStarter')))
  if ('failure' in answer) throw new Error(answer.failure)
  if ('missing' in answer) return { origin: undefined, skipped: ` (skipped, no Trino: ${answer.missing})` }
  return { origin: answer.origin, skipped: '' }
}

/** Unlike fetch, without a timeout: the first time jars are fetched. */
async function read(url: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

let suffixes = process.pid * 0x100000

/** Opens a catalog of it as user `tester`, with changes. */
export function openCatalog(
  origin: string,
  catalog: (typeof catalogs)[number],
  changes: Partial<TrinoOptions> = {},
): Warehouse {
  return openTrino({
    warehouse: `trino:${origin.replace('://', '://tester@')}/${catalog}`,
    environment: {},
    inputTable: undefined,
    logger: silentLogger,
    wallClockSec: () => Math.floor(Date.now() / 1000),
    uniqueSuffix: () => (++suffixes).toString(16),
    ...changes,
  })
}

/** @returns all rows of a query. */
export async function collect(warehouse: Warehouse, text: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(text))) rows.push(...batch)
  return rows
}

/** Drops all tables of a schema. */
export async function emptySchema(warehouse: Warehouse, schema: string): Promise<void> {
  const tables = await collect(
    warehouse,
    `SELECT table_name FROM information_schema.tables WHERE table_schema = '${schema}'`,
  )
  for (const [name] of tables) {
    await collect(warehouse, `DROP TABLE "${schema}"."${String(name).replaceAll('"', '""')}"`)
  }
}
