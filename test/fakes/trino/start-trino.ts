import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Trino server of our own. */
export interface RunningTrino {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  stop(): Promise<void>
}

/** One catalog in memory for each test file that writes, as files run side by side. */
export const catalogs = ['contract', 'tables', 'faults', 'extraction', 'memory'] as const

const STARTS_WITHIN_MS = 300_000

/**
 * Starts Trino 435 with its memory connector: 10 s, 400 MB. Any user may do all but `reader`, who may only read.
 * @param home directory of the jars.
 * @throws {Error} with the end of its log where it doesn't start.
 */
export async function startTrino(home: string): Promise<RunningTrino> {
  const directory = await mkdtemp(join(tmpdir(), 'td-mta-trino-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  await writeSettings(directory, home, port)
  const server = spawn('java', javaArguments(directory, home), { stdio: ['pipe', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-4000)
    })
  }
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve())
    server.once('error', () => resolve())
  })
  const stop = async () => {
    server.kill('SIGKILL')
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  const failed = ended.then(() => {
    throw new Error(`Trino ended before it started:\n${log}`)
  })
  try {
    await Promise.race([untilReady(origin), failed])
  } catch (error) {
    await stop()
    throw error
  }
  failed.catch(() => {})
  return { origin, stop }
}

function javaArguments(directory: string, home: string): readonly string[] {
  return [
    '-Xmx1G',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '--add-opens=java.base/java.nio=ALL-UNNAMED',
    `-Dconfig=${join(directory, 'config.properties')}`,
    `-Dnode.data-dir=${join(directory, 'data')}`,
    '-Dnode.environment=test',
    '-cp',
    join(home, 'lib/*'),
    join(import.meta.dirname, 'StartTrino.java'),
  ]
}

async function writeSettings(directory: string, home: string, port: number): Promise<void> {
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(directory, name), `${lines.join('\n')}\n`)
  await mkdir(join(directory, 'catalog'))
  for (const name of catalogs)
    await write(`catalog/${name}.properties`, ['connector.name=memory', 'memory.splits-per-node=1'])
  await write('rules.json', [
    JSON.stringify({ catalogs: [{ user: 'reader', allow: 'read-only' }, { allow: 'all' }] }),
  ])
  await write('access.properties', [
    'access-control.name=file',
    `security.config-file=${join(directory, 'rules.json')}`,
  ])
  await write('config.properties', [
    'coordinator=true',
    'node-scheduler.include-coordinator=true',
    'node.bind-ip=127.0.0.1',
    'node.internal-address=127.0.0.1',
    `http-server.http.port=${port}`,
    `discovery.uri=http://127.0.0.1:${port}`,
    'http-server.process-forwarded=true',
    'http-server.log.enabled=false',
    'task.concurrency=1',
    `plugin.dir=${join(home, 'plugin')}`,
    `catalog.config-dir=${join(directory, 'catalog')}`,
    `access-control.config-files=${join(directory, 'access.properties')}`,
  ])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** It answers, and even runs queries, before its catalogs do: ready is when each has made a table. */
async function untilReady(origin: string): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS
  for (const catalog of catalogs) {
    const table = `${catalog}.default.ready`
    while (!(await runs(origin, `CREATE TABLE ${table} AS SELECT count(*) AS x FROM (VALUES 1)`))) {
      if (Date.now() > deadline)
        throw new Error(`Trino makes no table ${STARTS_WITHIN_MS / 1000} s after its start`)
      await sleep(200)
      await runs(origin, `DROP TABLE IF EXISTS ${table}`)
    }
    await runs(origin, `DROP TABLE ${table}`)
  }
}

/** @returns whether the statement came to its end. */
async function runs(origin: string, sql: string): Promise<boolean> {
  const headers = { 'x-trino-user': 'test' }
  try {
    let answer = await fetch(`${origin}/v1/statement`, { method: 'POST', headers, body: sql })
    for (;;) {
      const page = JSON.parse(await answer.text())
      if (page.nextUri === undefined) return page.error === undefined
      answer = await fetch(page.nextUri, { headers })
    }
  } catch {
    return false
  }
}
