// Writes and streams one object of that many MiB (first argument, 256) on fake-gcs-server, as built in .cache by the tests;
// prints seconds and the peak of this process's memory. Needs `npm run build`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gcs } from '../dist/storage/gcs/kind.js'

const MIB = 1 << 20
const mebibytes = Number(process.argv[2] ?? 256)
const binary = new URL('../.cache/fake-gcs-server-1.56.1/fake-gcs-server', import.meta.url).pathname

const probe = createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
const flags = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory']
const server = spawn(binary, [...flags, '-log-level', 'error'], { stdio: 'ignore' })
const url = `http://127.0.0.1:${port}`
while (
  !(await fetch(`${url}/storage/v1/b`).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  await sleep(20)
const headers = { 'content-type': 'application/json' }
await fetch(`${url}/storage/v1/b`, { method: 'POST', headers, body: '{"name":"bucket"}' })

let peakBytes = 0
const look = () => {
  peakBytes = Math.max(peakBytes, process.memoryUsage().rss)
}
const timer = setInterval(look, 10)

async function measure(label, work) {
  peakBytes = 0
  look()
  const startedMs = performance.now()
  await work()
  look()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${label}: ${seconds} s, peak ${Math.round(peakBytes / 1e6)} MB`)
}

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const environment = { STORAGE_EMULATOR_HOST: url }
const wallClockSec = () => Date.now() / 1000
const storage = gcs.open('gs://bucket/bench', { environment, logger, wallClockSec })
await measure('one call', () => storage.read('nothing'))
const chunk = Buffer.alloc(MIB, 'abc')
await measure(`write ${mebibytes} MiB`, () => storage.write('x', Array(mebibytes).fill(chunk)))
await measure(`stream ${mebibytes} MiB`, async () => {
  for await (const _ of storage.stream('x'));
})
clearInterval(timer)
server.kill()
process.exit()
