import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { checkClock } from '../../../src/commands/doctor/clock.ts'
import { ConfigError, RemoteError } from '../../../src/errors.ts'
import { readTrinoConnection } from '../../../src/warehouse/trino/connection.ts'
import { trinoDispatcher } from '../../../src/warehouse/trino/session.ts'

/** 2026-01-02T03:04:05Z. */
const nowSec = 1767323045

/** A server whose clock stands still. @returns its address. */
async function startServer(date: string | undefined): Promise<string> {
  const server = createServer((_, response) => {
    response.sendDate = false
    response.writeHead(404, date === undefined ? {} : { date })
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const { signal } = new AbortController()

it('takes a clock that is a minute off, on either side, whatever the answer is', async () => {
  const server = await startServer('Fri, 02 Jan 2026 03:04:05 GMT')
  expect((await checkClock(server, () => nowSec, signal)).found).toBe(`0 s ahead of ${server}`)
  expect((await checkClock(server, () => nowSec + 60, signal)).found).toBe(`60 s ahead of ${server}`)
  expect((await checkClock(server, () => nowSec - 60, signal)).found).toBe(`60 s behind ${server}`)
})

it('refuses a clock that is further off', async () => {
  const server = await startServer('Fri, 02 Jan 2026 03:04:05 GMT')
  const rule = 'set it, best by NTP, since tokens, session times and the age of left-overs depend on it'
  await expect(checkClock(server, () => nowSec + 61, signal)).rejects.toThrow(
    new ConfigError(`this machine's clock is 61 s ahead of ${server}, 60 s are tolerated: ${rule}`),
  )
  await expect(checkClock(server, () => nowSec - 3600, signal)).rejects.toThrow(
    new ConfigError(`this machine's clock is 3600 s behind ${server}, 60 s are tolerated: ${rule}`),
  )
})

it('says so where a server does not send its time', async () => {
  const server = await startServer(undefined)
  await expect(checkClock(server, () => nowSec, signal)).rejects.toThrow(
    new RemoteError(`${server} does not send its time: compare this machine's clock by hand`),
  )
})

it('asks by the proxy that the environment names, and passes it over where it says so', async () => {
  const server = await startServer('Fri, 02 Jan 2026 03:04:05 GMT')
  const tunnels: string[] = []
  const proxy = createServer((request, response) => {
    tunnels.push(String(request.url))
    response.writeHead(200, { date: 'Fri, 02 Jan 2026 03:04:05 GMT' }).end()
  })
  proxy.on('connect', ({ url = '' }, socket) => {
    tunnels.push(url)
    const onward = connect(Number(new URL(server).port), '127.0.0.1')
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(onward).pipe(socket)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void proxy.close().closeAllConnections())
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const environment = { HTTP_PROXY: `http://127.0.0.1:${address.port}`, NO_PROXY: '127.0.0.1' }
  const ask = async (origin: string) => {
    const connection = readTrinoConnection(`trino:${origin.replace('://', '://ann@')}/hive`, environment)
    return checkClock(
      origin,
      () => nowSec,
      signal,
      () => trinoDispatcher(connection, environment),
    )
  }
  const behind = 'http://trino.invalid:8080'
  expect((await ask(behind)).found).toBe(`0 s ahead of ${behind}`)
  expect(tunnels).toEqual([expect.stringContaining('trino.invalid:8080')])
  expect((await ask(server)).found).toBe(`0 s ahead of ${server}`)
  expect(tunnels).toHaveLength(1)
})
