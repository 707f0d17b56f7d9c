import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { WarehouseKind } from '../../src/warehouse/warehouse-kind.ts'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const opened = vi.hoisted((): unknown[] => [])

/** One line more in the registry: a warehouse that has nothing but a database. */
vi.mock('../../src/commands/warehouses.ts', async (importOriginal) => {
  const { warehouses } = await importOriginal<typeof import('../../src/commands/warehouses.ts')>()
  const shed: WarehouseKind = {
    spelled: 'shed:NAME',
    variables: ['SHED_SERVER'],
    secrets: ['SHED_KEY'],
    matches: (location) => location.startsWith('shed:'),
    open: async ({ location, environment, inputTable }) => {
      opened.push({ location, server: environment.SHED_SERVER, inputTable })
      return {
        name: location,
        describeTable: async () => undefined,
        query: async function* () {},
        writeTables: async () => [],
        close: async () => {},
      }
    },
    inspect: async (warehouse) => ({
      server: 'http://127.0.0.1:9',
      access: async () => `${warehouse.name} lets everybody in`,
      outputDatabase: async (database) => `shelf ${database}`,
      dropTable: async () => {},
      close: async () => {},
    }),
  }
  return { warehouses: [...warehouses, shed] }
})

const run = (words: readonly string[], environment: Record<string, string> = {}) =>
  runInProcess(words, { cwd: makeTemporaryDirectory(), environment })

it('opens, inspects and names a warehouse that is a line in the registry', async () => {
  const dataDir = join(makeTemporaryDirectory(), 'data')
  const map = { DB: 'tools', DATA_TABLE: 'touches', DATA_DIR: dataDir, SHED_SERVER: 'http://shed' }
  const words = [
    'doctor',
    '--warehouse',
    'shed:7',
    '--model',
    'hazard',
    '--format',
    'json',
    '--log-level',
    'silent',
  ]
  const { stdout, stderr } = await run(words, { td_mta: JSON.stringify(map) })
  expect(stderr).toBe('')
  const { checks } = JSON.parse(stdout)
  expect(checks).toEqual(
    expect.arrayContaining([
      { check: 'warehouse', result: 'pass', found: 'shed:7' },
      { check: 'credentials', result: 'pass', found: 'shed:7 lets everybody in' },
      { check: 'output database', result: 'pass', found: 'shelf tools' },
    ]),
  )
  expect(opened).toEqual([
    { location: 'shed:7', server: 'http://shed', inputTable: { database: 'tools', table: 'touches' } },
  ])
})

it('names it among those that there are, and keeps its secret out of a map of params', async () => {
  expect(await run(['train', '--warehouse', 'oracle'])).toMatchObject({
    code: 2,
    stderr:
      'td-mta: --warehouse (WAREHOUSE) is "oracle": ' +
      'duckdb, duckdb:FILE, td, trino:http://USER@HOST:PORT/CATALOG or shed:NAME is needed\n',
  })
  expect(await run(['train'], { td_mta: '{"SHED_KEY":"1"}' })).toMatchObject({
    code: 2,
    stderr: 'td-mta: td_mta.SHED_KEY is a secret: set it as one, and pass it by _env, not by params.yml\n',
  })
})
