import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

/** One conversion an hour for six days from this date on, each of a user of its own. */
function hourlyConversions(date: string): string {
  const start = Date.parse(`${date}T00:00:00Z`)
  const lines = Array.from({ length: 6 * 24 }, (_, hour) => {
    const at = (minute: number) => new Date(start + hour * 3_600_000 + minute * 60_000).toISOString()
    return `u${hour},${at(10)},search,0\nu${hour},${at(30)},,1`
  })
  return `user_id,time,source,conversion\n${lines.join('\n')}\n`
}

it.each([
  ['America/Los_Angeles', '2026-03-06', { '2026-03-08': 24, '2026-03-09': 23 }],
  ['America/Los_Angeles', '2026-10-30', { '2026-11-02': 25, '2026-11-03': 24 }],
  ['America/Santiago', '2026-09-04', { '2026-09-06': 24, '2026-09-07': 23 }],
  ['Australia/Sydney', '2026-04-02', { '2026-04-05': 24, '2026-04-06': 25 }],
])('a night credits the hours of its local day: %s from %s on', async (zone, date, hours) => {
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'touches.csv'), hourlyConversions(date))
  for (const [session, count] of Object.entries(hours)) {
    const words = ['export', '--input', 'touches.csv', '--time-zone', zone, '--session-time', session]
    const range = ['--from', '-2d', '--credit-from', '-1d', '--to', '0d', '--format', 'json']
    const run = await runInProcess([...words, ...range], { cwd })
    expect(run.code, run.stderr).toBe(0)
    expect(JSON.parse(run.stdout).counts.credited.conversions, session).toBe(count)
  }
})
