import { onTestFinished } from 'vitest'
import { silentLogger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import { openTreasureData, type TreasureDataOptions } from '../../src/warehouse/treasure-data/warehouse.ts'
import type { Row, Warehouse } from '../../src/warehouse/warehouse.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { type FakeOptions, startFakeTreasureData } from '../fakes/treasure-data/start.ts'

let opened = 0

/** 2026-01-02T03:04:05Z. */
export const nowSec = 1767323045

/** @returns a fake with an empty database `mta`, closed when the test ends. */
export async function startFake(options: FakeOptions = {}): Promise<FakeTreasureData> {
  const fake = await startFakeTreasureData({ clock: () => nowSec * 1000, ...options })
  await fake.loadTable('mta', 'touchpoints', { columns: { user_id: 'string' }, rows: [] })
  onTestFinished(() => fake.close())
  return fake
}

/** @returns the warehouse as one process opens it: it waits for nothing, and no other one has its suffix. */
export function openWarehouse(fake: FakeTreasureData, changes: Partial<TreasureDataOptions> = {}): Warehouse {
  const process = (++opened).toString(16)
  const warehouse = openTreasureData({
    apiKey: fake.apiKey,
    apiServer: fake.url,
    database: 'mta',
    logger: silentLogger,
    wallClockSec: () => nowSec,
    uniqueSuffix: () => process,
    sleep: async (_, signal) => signal?.throwIfAborted(),
    ...changes,
  })
  onTestFinished(() => warehouse.close())
  return warehouse
}

export async function collect(warehouse: Warehouse, text: string, signal?: AbortSignal): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of warehouse.query(sql.raw(text), signal)) rows.push(...batch)
  return rows
}

export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
