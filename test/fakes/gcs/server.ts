import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fakeGcsBinary } from './binary.ts'

/** fake-gcs-server, a process of its own that keeps objects in memory, over HTTP. */
export interface FakeGcs {
  /** `http://127.0.0.1:port`, what STORAGE_EMULATOR_HOST wants. */
  readonly url: string
  createBucket(name: string): Promise<void>
  stop(): Promise<void>
}

/** Long enough for a machine that does much else; it takes some 50 ms. */
const START_MS = 30_000

/** Starts the server on a free port. @returns why there is none, where it can't be built here. */
export async function startFakeGcs(): Promise<FakeGcs | { readonly missing: string }> {
  const binary = await fakeGcsBinary()
  if ('missing' in binary) return binary
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const flags = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory']
  const server = spawn(binary.path, [...flags, '-log-level', 'error'], { stdio: 'ignore' })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  await untilItAnswers(`${url}/storage/v1/b`)
  return {
    url,
    async createBucket(name) {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/storage/v1/b`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ name }),
      })
      if (!answer.ok) throw new Error(`bucket ${name} was not made: status ${answer.status}`)
    },
    async stop() {
      process.off('exit', kill)
      const exited = once(server, 'exit')
      kill()
      await exited
    },
  }
}

async function untilItAnswers(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 20) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await sleep(20)
  }
  throw new Error(`fake-gcs-server does not answer at ${url}`)
}

/** @returns a port that nobody listens at just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
