import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runInProcess } from '../../cli/in-process.ts'
import { fewTouchpoints, MONDAY, openPlace, touchpointTypes } from '../../steps/touchpoints-in-file.ts'
import { makeTemporaryDirectory } from '../../temporary-directory.ts'

const DAY = 86_400
/** A week after {@link fewTouchpoints}; a conversion on a touch, as happens, and a channel that is new. */
const later = [
  'user_id,time,source,conversion,value,kind',
  `ann,${MONDAY + 7 * DAY + 3600},search,0,,`,
  `ann,${MONDAY + 7 * DAY + 7200},tv,1,10,order`,
].join('\n')

const SESSION = ['--session-time', String(MONDAY + 8 * DAY)]

async function diagnose(words: readonly string[]) {
  const cwd = makeTemporaryDirectory()
  writeFileSync(join(cwd, 'later.csv'), later)
  const given = ['doctor', '--input', 'later.csv', '--format', 'json', '--log-level', 'error']
  const run = await runInProcess([...given, ...words], { cwd })
  const { checks } = JSON.parse(run.stdout) as {
    checks: readonly { check: string; result: string; found: string }[]
  }
  return { code: run.code, rows: new Map(checks.map((row) => [row.check, `${row.result}: ${row.found}`])) }
}

async function learn(): Promise<readonly string[]> {
  const { warehouse, world, write, run } = await openPlace()
  onTestFinished(() => warehouse.close())
  await write('mock_data', touchpointTypes, fewTouchpoints)
  await run(['export', 'train'], { runId: 'week', sessionTime: MONDAY + 2 * DAY, lookbackWindowDays: 5 })
  return ['--model-from', world.storage.location, '--lookback-window-days', '5', ...SESSION]
}

it('looks at the touchpoints as an export with the model does', async () => {
  const { code, rows } = await diagnose(['--model', 'hazard', ...(await learn())])
  expect(rows.get('model from')).toMatch(/^pass: of run week/)
  expect(rows.get('channels-unknown-to-model')).toMatch(/^found: .*"tv" \(1\)/)
  expect(rows.has('conversions-on-touches')).toBe(false)
  expect(code).toBe(0)
})

it('finds that the model is not the one that is asked for', async () => {
  const { code, rows } = await diagnose(['--model', 'bilstm', ...(await learn())])
  expect(rows.get('model from')).toMatch(/^fail: .*give --model \(MODEL\) hazard here, too, or learn again/)
  expect(code).toBe(3)
})

it('shows the range, and goes on where there is none before today', async () => {
  const range = await diagnose(['--from=-1d', '--to', '0d', '--model', 'hazard', ...SESSION])
  expect(range.rows.get('range')).toBe('pass: from 2026-01-12T00:00:00Z, to 2026-01-13T00:00:00Z')
  const { code, rows } = await diagnose(['--from', '2999-01-01', '--to', '0d', '--model', 'hazard'])
  expect(rows.get('range')).toBe(
    'fail: --from (FROM) is not before --to (TO): give an earlier start or a later end',
  )
  expect(rows.get('touchpoints')).toBe('skipped: needs the range')
  expect(rows.get('data directory')).toMatch(/^pass/)
  expect(code).toBe(2)
})
