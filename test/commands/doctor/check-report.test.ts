import { expect, it } from 'vitest'
import { Report } from '../../../src/commands/doctor/check-report.ts'
import { ConfigError, DataError, RemoteError } from '../../../src/errors.ts'
import { silentLogger } from '../../../src/logger.ts'

const failures = {
  option: new ConfigError('no such column'),
  data: new DataError('no rows'),
  service: new RemoteError('no answer'),
  bug: new TypeError('undefined is not a function'),
}

it.each([
  [[], 0],
  [['service'], 4],
  [['data'], 3],
  [['option'], 2],
  [['bug'], 1],
  [['service', 'data'], 3],
  [['bug', 'service', 'data', 'option'], 2],
  [['bug', 'service'], 4],
] as const)('ends with the code of what has to be mended first: of %j', async (failed, exitCode) => {
  const { signal } = new AbortController()
  const report = new Report({ signal, logger: silentLogger, redact: (text) => text })
  await report.check('node', async () => ({ found: 'well', value: undefined }))
  for (const what of failed) await report.check(what, () => Promise.reject(failures[what]))
  expect(report.exitCode).toBe(exitCode)
  expect(report.failed).toBe(failed.length)
})
