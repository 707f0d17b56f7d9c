import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { type Containers, setUpContainers } from './containers/set-up.ts'

const run = promisify(execFile)
const found = await setUpContainers()
const containers = found as Containers

/** A tenth of five million touchpoints, and a third of 1 GB, since Node.js takes its part whatever the data. */
const USERS = 40_000
const MEMORY_MIB = 350
const memory = `${MEMORY_MIB}m`
const words = ['run', '--rm', '--memory', memory, '--memory-swap', memory, '--user=0:0']

/** @returns why a container can't have so little memory here. */
async function whyNoLimit(): Promise<string | undefined> {
  if ('missing' in found) return found.missing
  const files = '/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes'
  const shown = ['sh', '-c', `cat ${files} 2>/dev/null || true`]
  const { stdout } = await run(containers.docker, [...words, containers.image, ...shown]).catch(
    (error: Error) => ({ stdout: error.message }),
  )
  return stdout.trim() === String(MEMORY_MIB * 2 ** 20) ? undefined : `no limit of memory: ${stdout.trim()}`
}

const missing = await whyNoLimit()

describe.skipIf(missing !== undefined)(`little memory${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('is enough for all steps with the hazard model, whatever the touchpoints', async () => {
    const folder = makeTemporaryDirectory()
    const script = [
      `td-mta simulate --users ${USERS} --output touchpoints.parquet --truth truth.json`,
      'td-mta run --input touchpoints.parquet --lookback-window-days 7 --model hazard --signal-draws 99 --no-report --data-dir data --format json',
    ].join(' && ')
    const mounted = [...words, '-v', `${folder}:${folder}:rw`, '-w', folder, containers.image]
    const { stdout } = await run(containers.docker, [...mounted, 'sh', '-c', script], { maxBuffer: 1e8 })
    const { counts } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1))
    expect(counts.rows).toBeGreaterThan(500_000)
  })
})
