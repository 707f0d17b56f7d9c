import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { redactAll } from '../../src/commands/secrets.ts'
import { createPinoLogger } from '../../src/pino-logger.ts'
import { runInProcess } from '../cli/in-process.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const key = '1/0123456789abcdef0123456789abcdef01234567'
const privateKey = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7'
const account = {
  type: 'service_account',
  client_email: 'ann@example.com',
  private_key: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n`,
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

it('takes every secret of the environment out of a text', () => {
  const keyFile = join(makeTemporaryDirectory(), 'key.json')
  writeFileSync(keyFile, JSON.stringify(account))
  const person = JSON.stringify({
    type: 'authorized_user',
    refresh_token: '1//0refresh',
    client_secret: 'GOCSPX-client',
  })
  const redact = redactAll({
    TD_API_KEY: key,
    TRINO_PASSWORD: 'cor/rect horse',
    GOOGLE_APPLICATION_CREDENTIALS: keyFile,
    GOOGLE_APPLICATION_CREDENTIALS_JSON: person,
    HTTPS_PROXY: 'http://ann:proxy-s3cret@proxy:3128',
  })
  const echoes = {
    TD_API_KEY: [key, base64(`TD1 ${key}`), encodeURIComponent(encodeURIComponent(key))],
    TRINO_PASSWORD: ['cor/rect horse', base64('somebody:cor/rect horse'), 'cor\\/rect\nhorse'],
    GOOGLE_APPLICATION_CREDENTIALS: [privateKey, JSON.stringify(privateKey.replaceAll(/.{20}/g, '$&\n'))],
    GOOGLE_APPLICATION_CREDENTIALS_JSON: ['1//0refresh', 'GOCSPX-client'],
    HTTPS_PROXY: ['proxy-s3cret', base64('ann:proxy-s3cret')],
  }
  for (const [name, texts] of Object.entries(echoes)) {
    for (const text of texts)
      expect(redact(`it said <${text}>`)).toMatch(new RegExp(`^it said <.{0,14}\\[${name}\\].{0,6}>$`, 's'))
  }
})

it('keeps secrets out of the log, whatever field they stand in', () => {
  let written = ''
  const logger = createPinoLogger(
    'info',
    { write: (text) => (written += text) },
    redactAll({ TD_API_KEY: key }),
  )
  logger.warn({ reason: `refused ${key}`, nested: { list: [base64(`TD1 ${key}`)] } }, `got ${key}`)
  expect(JSON.parse(written)).toMatchObject({ reason: 'refused [TD_API_KEY]', msg: 'got [TD_API_KEY]' })
  expect(written).not.toContain(base64(key).slice(8, 20))
})

it('refuses an option that was given a secret, since options are written to files', async () => {
  const run = await runInProcess(['train', '--data-dir', 'x'], {
    cwd: makeTemporaryDirectory(),
    environment: { RUN_ID: `run ${key}`, TD_API_KEY: key },
  })
  expect(run).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'td-mta: --run-id (RUN_ID) holds the secret of TD_API_KEY, and would be written to logs and files: ' +
      'give that option its own value\n',
  })
})

it.each([
  [['train', '--lookback-window-days', key], '--lookback-window-days (LOOKBACK_WINDOW) is "[TD_API_KEY]": '],
  [['train', key], '[TD_API_KEY]'],
  [['train', '--warehouse', 'tino:https://ann:s3c/ret@host/hive'], '"tino:https://host/hive"'],
  [
    ['train', '--warehouse', 'trino:https://ann@host/hive?password=s3c/ret'],
    'nothing may follow the catalog',
  ],
])('shows no secret that was given in a wrong place: %j', async (words, part) => {
  const run = await runInProcess(words, { cwd: makeTemporaryDirectory(), environment: { TD_API_KEY: key } })
  expect(run.code).toBe(2)
  expect(run.stderr).toContain(part)
  expect(run.stderr).not.toMatch(/0123|s3c|ret/)
})
