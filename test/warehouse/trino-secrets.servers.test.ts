import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { sleep, usualPolicy } from '../../src/http/retries.ts'
import { silentLogger } from '../../src/logger.ts'
import { sql } from '../../src/queries/sql.ts'
import { readTrinoConnection } from '../../src/warehouse/trino/connection.ts'
import { runStatement } from '../../src/warehouse/trino/query.ts'
import { TrinoSession } from '../../src/warehouse/trino/session.ts'

const password = 'cor/rect horse'
const basic = Buffer.from(`ann:${password}`).toString('base64')

it.each([
  [
    'in an error of Trino',
    200,
    { id: '1', error: { errorName: 'X', message: `header Authorization: Basic ${basic}` } },
  ],
  ['in the address of the next page', 200, { id: '1', nextUri: `somewhere ${password}` }],
  ['where a cut would fall into it', 401, `${'x'.repeat(490)} ${basic}`],
  ['in what is no answer of Trino', 200, `<p>${encodeURIComponent(basic)}</p>`],
])('shows no password that the server repeats %s', async (_, status, body) => {
  const server = createServer((_request, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  // Over http no password is taken; what the server says of one is redacted alike.
  const connection = {
    ...readTrinoConnection(`trino:http://ann@127.0.0.1:${address.port}/hive`, {}),
    password,
  }
  const world = { system: 'Trino', policy: usualPolicy, logger: silentLogger, wallClockSec: () => 0, sleep }
  const session = new TrinoSession(connection, world)
  onTestFinished(async () => {
    await session.close()
    server.close().closeAllConnections()
  })
  const error = await runStatement(session, sql`SELECT 1`).catch((reason: unknown) => reason)
  expect(String(error)).toMatch(/\[?TRINO_PASSW/)
  expect(String(error)).not.toMatch(/cor\/rect|horse|YW5uOmNv|cmVjdCBob3Jz/)
})
