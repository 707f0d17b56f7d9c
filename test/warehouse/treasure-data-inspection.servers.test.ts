import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { silentLogger } from '../../src/logger.ts'
import type { Inspection } from '../../src/warehouse/inspection.ts'
import { inspectTreasureData } from '../../src/warehouse/treasure-data/inspection.ts'

const { signal } = new AbortController()

/** Whoever asks gets the list: the fake knows administrators only. */
async function inspect(databases: readonly object[]): Promise<Inspection> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ databases }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const inspection = inspectTreasureData({
    apiKey: '1/key',
    apiServer: `http://127.0.0.1:${address.port}`,
    database: 'mta',
    logger: silentLogger,
    wallClockSec: () => 1767323045,
    uniqueSuffix: () => 'abc',
  })
  onTestFinished(() => inspection.close())
  return inspection
}

it.each(['administrator', 'full_access'])(
  'lets a key write that has the permission %s',
  async (permission) => {
    const inspection = await inspect([
      { name: 'web', permission: 'query_only' },
      { name: 'mta', permission },
    ])
    expect(await inspection.outputDatabase('mta', signal)).toBe(
      `database mta is there, with the permission ${permission}`,
    )
    expect(await inspection.access(signal)).toBe(
      `${inspection.server} takes the key of TD_API_KEY, which sees 2 databases`,
    )
  },
)

it.each(['query_only', 'import_only'])('refuses a key with the permission %s', async (permission) => {
  const inspection = await inspect([{ name: 'mta', permission }])
  await expect(inspection.outputDatabase('mta', signal)).rejects.toThrow(
    new ConfigError(
      `--db (DB): the key of TD_API_KEY has only the permission ${permission} on database mta: ` +
        'full_access is needed to query, import and rename tables',
    ),
  )
})

it('says no more than the server does', async () => {
  const inspection = await inspect([{ name: 'mta' }])
  expect(await inspection.outputDatabase('mta', signal)).toBe('database mta is there')
})
