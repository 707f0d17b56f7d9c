import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { FakeGcs } from '../fakes/gcs/server.ts'
import type { FakeTreasureData } from '../fakes/treasure-data/start.ts'
import { type InProcessSurroundings, runInProcess } from './in-process.ts'
import type { CliRun } from './td-mta.ts'

export type Environment = Readonly<Record<string, string>>

/** Rows of a table, each column by name, numbers as numbers; without what no two runs share. */
export type Table = readonly Readonly<Record<string, string | number | null>>[]

export const outputTables = [
  'metrics',
  'shapley',
  'shapley_channel',
  'attribution',
  'evidence',
  'confounding',
] as const

/** What a workflow sets for each of the steps, and nothing else. */
export function workflowEnvironment(fake: FakeTreasureData, gcs: FakeGcs, dataDir: string): Environment {
  return {
    WAREHOUSE: 'td',
    TD_API_SERVER: fake.url,
    TD_API_KEY: fake.apiKey,
    STORAGE_EMULATOR_HOST: gcs.url,
    DATA_DIR: dataDir,
    DB: 'mta',
    DATA_TABLE: 'touches',
  }
}

/** The steps one after the other, without a single flag. */
export async function runSteps(
  environment: Environment,
  surroundings: Omit<InProcessSurroundings, 'environment'>,
): Promise<readonly CliRun[]> {
  const runs: CliRun[] = []
  for (const step of ['export', 'train', 'shapley', 'compare']) {
    const run = await runInProcess([step], { ...surroundings, environment })
    expect(run.code, `${step}: ${run.stderr}`).toBe(0)
    runs.push(run)
  }
  return runs
}

/** @returns a table of the embedded warehouse, which lies as CSV; no text of ours has a line break in it. */
export function embeddedTable(dataDirectory: string, name: string): Table {
  const text = readFileSync(join(dataDirectory, 'tables', `${name}.csv`), 'utf8')
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const columns = header.split(',')
  return comparable(
    lines.map((line) => {
      const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
      )
      return Object.fromEntries(columns.map((column, at) => [column, cellValue(cells[at] ?? '')]))
    }),
  )
}

function cellValue(cell: string): string | number | null {
  if (cell === '') return null
  return Number.isNaN(Number(cell)) ? cell : Number(cell)
}

/** @returns a table as Treasure Data's readers see it. */
export async function remoteTable(fake: FakeTreasureData, name: string): Promise<Table> {
  const rows = await fake.rows('mta', name)
  if (rows === undefined) throw new Error(`there is no table mta.${name}`)
  return comparable(rows.map(({ time: _, ...row }) => row as Table[number]))
}

/** Rows of one table have no order; how long an epoch took is its own. */
function comparable(rows: Table): Table {
  const kept = rows.map(({ seconds: _, ...row }) => row)
  return kept.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

/** What tells the rows of a table apart. */
function keyOf({ epoch, measure, method, channel, days_before_conversion: day }: Table[number]): string {
  return [
    measure,
    method,
    channel,
    String(day ?? '').padStart(3, '0'),
    String(epoch ?? '').padStart(6, '0'),
  ].join('/')
}

/** @returns every object of a bucket, by name. */
export async function readBucket(gcs: FakeGcs, bucket: string): Promise<ReadonlyMap<string, Buffer>> {
  const answer = await fetch(`${gcs.url}/storage/v1/b/${bucket}/o`)
  const { items = [] } = (await answer.json()) as { items?: readonly { name: string }[] }
  const objects = new Map<string, Buffer>()
  for (const { name } of items) {
    const url = `${gcs.url}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}?alt=media`
    const content = await fetch(url)
    objects.set(name, Buffer.from(new Uint8Array(await content.arrayBuffer())))
  }
  return objects
}

/** @returns every file under a directory, by name. */
export function readFiles(directory: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [file, readFileSync(file)]))
}

/** @returns the names of the tables of the database `mta`, as the API lists them. */
export async function listTables(fake: FakeTreasureData): Promise<readonly string[]> {
  const { tables } = await ask<{ tables: readonly { name: string }[] }>(fake, 'table/list/mta')
  return tables.map(({ name }) => name).sort()
}

/** @returns the names of the bulk imports of the account. */
export async function listBulkImports(fake: FakeTreasureData): Promise<readonly string[]> {
  const list = await ask<{ bulk_imports: readonly { name: string }[] }>(fake, 'bulk_import/list')
  return list.bulk_imports.map(({ name }) => name)
}

async function ask<T>(fake: FakeTreasureData, path: string): Promise<T> {
  const headers = { authorization: `TD1 ${fake.apiKey}` }
  const answer = await fetch(`${fake.url}/v3/${path}`, { headers })
  return (await answer.json()) as T
}

/** @returns where a secret stands, in any of the texts or bytes; as it is, and as it stands in addresses and Base64. */
export function findSecrets(
  secrets: readonly string[],
  places: ReadonlyMap<string, string | Buffer>,
): readonly string[] {
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
  return [...places].flatMap(([place, content]) =>
    spellings.filter((text) => Buffer.from(content).includes(text)).map((text) => `${text} in ${place}`),
  )
}
