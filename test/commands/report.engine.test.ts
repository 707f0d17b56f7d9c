import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { all, parsePage } from '../report/parse-page.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const SMALL = ['--users', '500', '--days', '20', '--model', 'hazard', '--log-level', 'warn']

describe('td-mta report', () => {
  it('is what the demo ends with, holds its truth, and needs no warehouse to be made again', async () => {
    const cwd = makeTemporaryDirectory()
    const demo = await runInProcess(['demo', ...SMALL], { cwd })
    expect(demo.code, demo.stderr).toBe(0)
    const path = 'mta-data/demo/report.html'
    expect(demo.stdout.trimEnd().split('\n').at(-1)).toBe(`Open the report in a browser: ${path}`)
    const page = readFileSync(join(cwd, path), 'utf8')
    expect(page).toContain('true value (simulated data)')
    // No credentials: a warehouse that was opened would complain.
    const words = ['report', '--data-dir', 'mta-data/demo', '--format', 'json']
    const again = await runInProcess(words, { cwd, environment: { WAREHOUSE: 'td' } })
    expect(again.code, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({
      report: join(cwd, path),
      reportBytes: Buffer.byteLength(page),
      reportMissing: [],
    })
    expect(readFileSync(join(cwd, path), 'utf8')).toBe(page)

    // Another night, which credits other days, in the same tables.
    const inDemo = ['--data-dir', 'mta-data/demo', '--log-level', 'warn']
    const night = ['--run-id', 'another', '--session-time', '2030-01-01T00:00:00Z', '--if-exists', 'append']
    const touchpoints = ['--input', 'mta-data/demo/touchpoints.csv', '--value-column', 'value']
    const window = ['--lookback-window-days', '7', '--credit-from', '2026-01-04']
    const nightly = [...touchpoints, ...window, '--model', 'hazard', '--no-report']
    const credited = await runInProcess(['run', ...inDemo, ...night, ...nightly], { cwd })
    expect(credited.code, credited.stderr).toBe(0)
    const two = await runInProcess(['report', ...inDemo, '--runs', '30'], { cwd })
    expect(two.code, two.stderr).toBe(0)
    const runs = parsePage(readFileSync(join(cwd, path), 'utf8')).querySelector('#runs')
    expect(runs?.textContent).toContain('Nothing changed by more than noise in these 2 runs.')
    expect(all(runs, '.shares tbody tr').at(-1)?.textContent).toContain('another')
  })

  it('is left out of the demo with --no-report', async () => {
    const cwd = makeTemporaryDirectory()
    const demo = await runInProcess(['demo', ...SMALL, '--no-report'], { cwd })
    expect(demo.code, demo.stderr).toBe(0)
    expect(demo.stdout).not.toContain('report')
    expect(existsSync(join(cwd, 'mta-data/demo/report.html'))).toBe(false)
  })

  it('says what to run first', async () => {
    const cwd = makeTemporaryDirectory()
    const { code, stderr } = await runInProcess(['report', '--log-level', 'silent'], { cwd })
    expect(code).toBe(3)
    expect(stderr).toBe(
      `td-mta: no export in ${cwd}/mta-data: run td-mta export first (looked for ${cwd}/mta-data/manifest.json); ` +
        'where it did run, it wrote to a directory that is not this one: --data-dir (DATA_DIR) has to be ' +
        'gs://bucket/prefix or s3://bucket/prefix, or on a volume that every container mounts\n',
    )
  })
})
