import { describe, expect, it } from 'vitest'
import { openWarehouse, startFake } from '../warehouse/treasure-data-under-test.ts'
import { installPythonClients, runPythonClients } from './treasure-data/python/install-clients.ts'

const clients = await installPythonClients()
const skipped = 'missing' in clients ? ` (skipped: ${clients.missing})` : ''

describe.skipIf(skipped !== '')(`Treasure Data's clients for Python${skipped}`, () => {
  it('find their service in the fake, and in it what td-mta has written', async () => {
    const fake = await startFake()
    await openWarehouse(fake).writeTables([
      {
        table: { database: 'mta', table: 'shapley' },
        columns: [
          { name: 'channel', type: 'varchar' },
          { name: 'share', type: 'double' },
          { name: 'n', type: 'bigint' },
        ],
        rows: [
          ['search', 0.75, 2 ** 53 - 1],
          ['e-mail, "é"', 0.25, null],
        ],
        ifExists: 'error',
        runId: 'r1',
      },
    ])
    const path = 'path' in clients ? clients.path : ''
    const written = [
      ['e-mail, "é"', 0.25, null],
      ['search', 0.75, 2 ** 53 - 1],
    ]
    expect(await runPythonClients(path, fake.url, fake.apiKey)).toEqual({
      databases: ['mta'],
      tables: ['shapley', 'touchpoints'],
      schema: [
        ['channel', 'string', 'channel'],
        ['share', 'double', 'share'],
        ['n', 'long', 'n'],
      ],
      count: 2,
      shapley: {
        columns: [
          ['channel', 'varchar'],
          ['share', 'double'],
          ['n', 'bigint'],
        ],
        rows: written,
      },
      unnamed: {
        columns: [
          ['_col0', 'bigint'],
          ['_col1', 'bigint'],
          ['_col2', 'array(integer)'],
          ['_col3', 'array(double)'],
        ],
        rows: [[2, 2 ** 53 - 1, [1, 2], [1]]],
      },
      session: ['committed', 2, 0],
      swapped: [
        ['x', 2, 2],
        ['y', 3, 3],
      ],
      renamed: 200,
      after: [['x'], ['y']],
      left: ['shapley', 'touchpoints', 'two'],
      pytd: {
        read: { columns: ['channel', 'share'], data: written.map((row) => row.slice(0, 2)) },
        wrote: {
          columns: ['a', 'n', 'time'],
          data: [
            ['p', 5, 1],
            ['p', 5, 1],
            ['q', 6, 2],
          ],
        },
      },
    })
    const doubled = fake.calls.filter(({ path: called }) => called.startsWith('//v3/'))
    expect(doubled.length).toBeGreaterThan(0)
  })
})
