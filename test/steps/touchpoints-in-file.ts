import { join } from 'node:path'
import { FindingLog } from '../../src/findings/finding-log.ts'
import { silentLogger } from '../../src/logger.ts'
import type { Config } from '../../src/options/option-table.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { silentProgress } from '../../src/progress.ts'
import { sql } from '../../src/queries/sql.ts'
import { compareMethods } from '../../src/steps/compare.ts'
import { exportTouchpoints } from '../../src/steps/export.ts'
import { explainConversions } from '../../src/steps/shapley.ts'
import { trainModel } from '../../src/steps/train.ts'
import type { World } from '../../src/steps/world.ts'
import { openLocalStorage } from '../../src/storage/local/storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts'
import type { OutputColumn, Row, Warehouse } from '../../src/warehouse/warehouse.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

/** A DuckDB file and a data directory, and the steps on them as one process after the other runs them. */
export interface Place {
  readonly warehouse: Warehouse
  readonly world: World
  /** Replaces a table of the database `mta`. */
  write(
    table: string,
    columns: Readonly<Record<string, OutputColumn['type']>>,
    rows: readonly Row[],
  ): Promise<void>
  read(sql: string): Promise<Row[]>
  run(steps: readonly Step[], config: Config): Promise<void>
}

export type Step = 'export' | 'train' | 'shapley' | 'compare'

const steps = {
  export: exportTouchpoints,
  train: trainModel,
  shapley: explainConversions,
  compare: compareMethods,
} as const

/**
 * @param modelStorage of `--model-from`.
 * @returns an empty place. The hazard model, in which all is exact, is the one that is fitted.
 */
export async function openPlace(modelStorage?: Storage): Promise<Place> {
  const directory = makeTemporaryDirectory()
  const warehouse = await openDuckDb({
    file: join(directory, 'mta.duckdb'),
    input: [],
    inputTable: { database: 'mta', table: 'mock_data' },
    csvDirectory: undefined,
    logger: silentLogger,
  })
  const world: World = {
    warehouse,
    storage: openLocalStorage(join(directory, 'data')),
    modelStorage,
    logger: silentLogger,
    findings: new FindingLog(silentLogger),
    progress: silentProgress,
    signal: new AbortController().signal,
    stop: () => {},
    now: () => 0,
    wallClockSec: () => 1_772_323_200,
    uniqueSuffix: () => '0a0b0c',
    owner: 'test',
    place: 'test',
    isAlive: () => true,
  }
  return {
    warehouse,
    world,
    write: async (table, types, rows) => {
      const columns = Object.entries(types).map(([name, type]): OutputColumn => ({ name, type }))
      const name = { database: 'mta', table }
      await warehouse.writeTables([{ table: name, columns, rows, ifExists: 'overwrite', runId: 'test' }])
    },
    read: async (text) => {
      const all: Row[] = []
      for await (const rows of warehouse.query(sql.raw(text))) all.push(...rows)
      return all
    },
    run: async (names, config) => {
      const options = resolveConfig({ model: 'hazard', runId: 'r1', markovOrders: 1, ...config })
      for (const name of names) await steps[name](options, world)
    },
  }
}

/** Columns of the touchpoints of {@link writeTouchpoints}. */
export const touchpointTypes = {
  user_id: 'varchar',
  time: 'bigint',
  source: 'varchar',
  conversion: 'bigint',
  value: 'double',
  kind: 'varchar',
} as const

/** 2026-01-05T00:00Z. */
export const MONDAY = 1767571200

/** Four users, three conversions, two of kind `order`: one after two touches, one after none, one after one. */
export const fewTouchpoints: readonly Row[] = [
  ['ann', MONDAY + 3600, 'email', 0, null, null],
  ['ann', MONDAY + 7200, 'search', 0, null, null],
  ['ann', MONDAY + 9000, null, 1, 50, 'order'],
  ['bob', MONDAY + 3600, 'email', 0, null, null],
  ['bob', MONDAY + 90_000, null, 1, 20, 'lead'],
  ['cat', MONDAY + 3600, null, 0, null, null],
  ['cat', MONDAY + 95_000, null, 1, 30, 'order'],
  ['dan', MONDAY + 100_000, 'search', 0, null, null],
]
