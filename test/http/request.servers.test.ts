import { createServer, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FailureKind, HttpFailure, kindOfCode, kindOfStatus } from '../../src/http/failure.ts'
import { createRedact } from '../../src/http/redact.ts'
import { type HttpConnection, requestText } from '../../src/http/request.ts'
import { within } from '../../src/http/within.ts'

const key = '1/0123456789abcdef0123456789abcdef01234567'

/** @returns a connection, and the URL of a server that answers so; both closed when the test ends. */
async function serve(listener: RequestListener): Promise<{ url: string; connection: HttpConnection }> {
  const server = createServer(listener)
  const dispatcher = new Agent({ connect: { timeout: 1000 } })
  onTestFinished(async () => {
    await dispatcher.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const headers = { authorization: `TD1 ${key}` }
  const redact = createRedact([{ name: 'TD_API_KEY', value: key }])
  return { url: `http://127.0.0.1:${address.port}/`, connection: { dispatcher, headers, redact } }
}

/** A stream of that many MiB with a pause before each of them. */
async function* pieces(mebibytes: number, pauseMs: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < mebibytes; at++) {
    await sleep(pauseMs)
    yield new Uint8Array(1 << 20)
  }
}

/** A stream that breaks after its first bytes. */
async function* broken(error: Error): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10)
  throw error
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: of the system`), { code })
}

async function factsOf(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof HttpFailure) return error.facts
  throw new Error('no failure', { cause: error })
}

describe('a request', () => {
  it('gives the text of its answer', async () => {
    const { url, connection } = await serve((request, response) => {
      response.end(`${request.method} ${request.headers.authorization}`)
    })
    expect(await requestText(connection, { method: 'POST', url }, 5000)).toEqual({
      status: 200,
      text: `POST TD1 ${key}`,
    })
  })

  it('fails by its status, without the key that the server repeats', async () => {
    const { url, connection } = await serve((request, response) => {
      const error = `${'x'.repeat(480)} ${request.headers.authorization} is throttled`
      response.writeHead(429, { 'retry-after': '3' }).end(JSON.stringify({ error, key }))
    })
    expect(await factsOf(requestText(connection, { method: 'GET', url }, 5000))).toEqual({
      kind: 'busy',
      detail: `${'x'.repeat(480)} TD1 [TD_API_KEY] is...`,
      status: 429,
      body: { error: `${'x'.repeat(480)} TD1 [TD_API_KEY] is throttled`, key: '[TD_API_KEY]' },
      retryAfter: '3',
    })
  })

  it('is lost where the answer breaks off', async () => {
    const { url, connection } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 50)
    })
    const { kind, status, detail } = await factsOf(requestText(connection, { method: 'GET', url }, 5000))
    expect([kind, status]).toEqual(['lost', 200])
    expect(detail).toMatch(/^the answer broke off: .*UND_ERR_SOCKET/)
  })

  it('is silent where nothing comes within the limit', async () => {
    const { url, connection } = await serve((_, response) => {
      response.writeHead(200).write('half')
    })
    const limitMs = 200
    expect(await factsOf(requestText(connection, { method: 'GET', url }, limitMs))).toEqual({
      kind: 'silent',
      detail: 'no complete answer within 0.2 s',
    })
  })

  it('is silent if the server takes no more of a stream, long before its limit', async () => {
    const { url, connection } = await serve(() => {})
    const body = Readable.from(pieces(64, 0), { objectMode: false })
    const { kind, code } = await factsOf(
      requestText(connection, { method: 'POST', url, body, stallMs: 200 }, 1e9),
    )
    expect([kind, code]).toEqual(['silent', 'UND_ERR_HEADERS_TIMEOUT'])
  })

  it('goes on as long as the server takes a stream, however long that is', async () => {
    const { url, connection } = await serve((request, response) => {
      request.resume().on('end', () => response.end('all taken'))
    })
    const body = Readable.from(pieces(6, 200), { objectMode: false })
    const { text } = await requestText(connection, { method: 'POST', url, body, stallMs: 900 }, 60_000)
    expect(text).toBe('all taken')
  })

  it('is unreachable where nobody listens', async () => {
    const { connection } = await serve(() => {})
    const { kind, code, detail } = await factsOf(
      requestText(connection, { method: 'GET', url: 'http://127.0.0.1:1/' }, 5000),
    )
    expect([kind, code, detail]).toEqual([
      'unreachable',
      'ECONNREFUSED',
      'no answer: connect ECONNREFUSED 127.0.0.1:1',
    ])
  })

  it('is refused without another attempt if the client does not take it', async () => {
    const { url, connection } = await serve((_, response) => response.end())
    const headers = { 'x-name': 'two\nlines' }
    const { kind, code, detail } = await factsOf(
      requestText(connection, { method: 'GET', url, headers }, 5000),
    )
    expect([kind, code]).toEqual(['refused', 'UND_ERR_INVALID_ARG'])
    expect(detail).toBe('no answer: invalid x-name header (UND_ERR_INVALID_ARG)')
  })

  it.each([
    new TypeError('x is not a function'),
    new ReferenceError('x is not defined'),
    Object.assign(new RangeError('The value of "fd" is out of range'), { code: 'ERR_OUT_OF_RANGE' }),
  ])('shows a bug of ours as what it is: %s', async (bug) => {
    const { url, connection } = await serve((request) => void request.resume())
    const body = Readable.from(broken(bug), { objectMode: false })
    await expect(requestText(connection, { method: 'POST', url, body }, 5000)).rejects.toBe(bug)
  })

  it.each([
    Object.assign(new TypeError('fetch failed'), { cause: systemError('EAI_AGAIN') }),
    systemError('EIO'),
    new Error('socket hang up'),
  ])('takes no failed connection for a bug: %s', async (error) => {
    const { url, connection } = await serve((request) => void request.resume())
    const body = Readable.from(broken(error), { objectMode: false })
    const { detail } = await factsOf(requestText(connection, { method: 'POST', url, body }, 5000))
    expect(detail).toContain(error.message)
  })

  it("ends with the signal's reason", async () => {
    const stop = new AbortController()
    const reason = new Error('told to stop')
    const { url, connection } = await serve(() => stop.abort(reason))
    await expect(requestText(connection, { method: 'GET', url }, 5000, stop.signal)).rejects.toBe(reason)
  })
})

describe('the kind of a failure', () => {
  it.each<readonly [number, FailureKind, boolean, boolean]>([
    [200, 'lost', true, true],
    [302, 'refused', false, false],
    [400, 'refused', false, false],
    [404, 'refused', false, false],
    [408, 'lost', true, true],
    [409, 'refused', false, false],
    [429, 'busy', true, false],
    [500, 'lost', true, true],
    [503, 'lost', true, true],
  ])('says of status %s: %s', (status, kind, mayRetry, mayHaveHappened) => {
    expect(kindOfStatus(status)).toBe(kind)
    const failure = new HttpFailure({ kind, detail: '' })
    expect([failure.mayRetry, failure.mayHaveHappened]).toEqual([mayRetry, mayHaveHappened])
  })

  it.each<readonly [string | undefined, FailureKind, boolean, boolean]>([
    ['ECONNREFUSED', 'unreachable', true, false],
    ['ENOTFOUND', 'unreachable', true, false],
    ['UND_ERR_CONNECT_TIMEOUT', 'unreachable', true, false],
    ['ECONNRESET', 'lost', true, true],
    ['UND_ERR_INVALID_ARG', 'refused', false, false],
    [undefined, 'lost', true, true],
    ['UND_ERR_BODY_TIMEOUT', 'silent', true, true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted', false, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'untrusted', false, false],
  ])('says of code %s: %s', (code, kind, mayRetry, mayHaveHappened) => {
    expect(kindOfCode(code)).toBe(kind)
    const failure = new HttpFailure({ kind, detail: '' })
    expect([failure.mayRetry, failure.mayHaveHappened]).toEqual([mayRetry, mayHaveHappened])
  })
})

it('work that can not be stopped is left behind after the limit', async () => {
  const never = within(20, undefined, () => new Promise(() => {}))
  await expect(never).rejects.toThrow('no complete answer within 0.02 s')
})
