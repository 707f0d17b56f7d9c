import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { type GcsAccess, gcsAccessOf } from '../../src/storage/gcs/access.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { type Fault, type Front, startFront } from '../fakes/gcs/front.ts'
import { patientPolicy, surroundings } from '../fakes/gcs/policy.ts'
import { type FakeGcs, freePort, startFakeGcs } from '../fakes/gcs/server.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const server = await startFakeGcs()

const INLINE = 'GOOGLE_APPLICATION_CREDENTIALS_JSON'
const help =
  "set GOOGLE_APPLICATION_CREDENTIALS to the path of a service account's key file, or " +
  `${INLINE} to the content of one, or run where the machine has a service account`

const drain = async (chunks: AsyncIterable<Uint8Array>) => {
  for await (const _ of chunks);
}

const calls: readonly (readonly [string, string, (storage: Storage) => Promise<unknown>])[] = [
  ['creating', 'writing x', (storage) => storage.write('x', [], { ifAbsent: true })],
  ['replacing', 'writing x', (storage) => storage.write('x', [])],
  ['reading', 'reading x', (storage) => storage.read('x')],
  ['streaming', 'reading x', (storage) => drain(storage.stream('x'))],
  ['listing', 'listing the objects', (storage) => storage.list('')],
  ['deleting', 'deleting x', (storage) => storage.delete('x')],
]

it.each(calls)('says within a few attempts that nobody answers when %s', async (_, action, call) => {
  const url = `http://127.0.0.1:${await freePort()}`
  const access = gcsAccessOf({ STORAGE_EMULATOR_HOST: url })
  await expect(call(openGcsStorage('gs://bucket/mta', { access, ...surroundings }))).rejects.toThrow(
    new RemoteError(
      `storage gs://bucket/mta: ${action} failed after 3 attempts: no answer: connect ECONNREFUSED ` +
        `${new URL(url).host}; check the network and STORAGE_EMULATOR_HOST, and run again`,
    ),
  )
})

it.each(['ftp://host', 'http://', ':4443', 'http://user:secret@'])(
  'refuses the emulator address %s',
  (written) => {
    expect(() => gcsAccessOf({ STORAGE_EMULATOR_HOST: written })).toThrow(
      new ConfigError(
        `STORAGE_EMULATOR_HOST is ${JSON.stringify(written.replace('user:secret@', ''))}: an address such as ` +
          'http://127.0.0.1:4443 is needed; unset it to reach Google Cloud Storage itself',
      ),
    )
  },
)

it('takes empty variables for unset ones, and the inline credentials before the file', () => {
  const { endpoint, isEmulator, keyFile, credentials } = gcsAccessOf({
    STORAGE_EMULATOR_HOST: '',
    [INLINE]: '',
    GOOGLE_APPLICATION_CREDENTIALS: '/key.json',
  })
  expect({ endpoint, isEmulator, keyFile, credentials }).toEqual({
    endpoint: 'https://storage.googleapis.com',
    isEmulator: false,
    keyFile: '/key.json',
    credentials: undefined,
  })
  const both = { [INLINE]: '{"type":"authorized_user"}', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }
  expect(gcsAccessOf(both)).toMatchObject({ keyFile: undefined, credentials: { type: 'authorized_user' } })
})

it.each([
  ['-----BEGIN PRIVATE KEY-----', 'a JSON object'],
  ['"-----BEGIN PRIVATE KEY-----"', 'a JSON object'],
  ['{"private_key":"-----BEGIN"}', 'a JSON object with type'],
  ['{"type":"service_account","private_key":"-----BEGIN"}', 'a JSON object with client_email'],
  ['{"type":"service_account","client_email":"a@b"}', 'a JSON object with private_key'],
])('refuses inline credentials without showing them: %s', (text, needed) => {
  expect(() => gcsAccessOf({ [INLINE]: text })).toThrow(
    new ConfigError(
      `${INLINE} holds no credentials (its value isn't shown): give the whole content of a service account's key file, ${needed}`,
    ),
  )
})

it('says that the key file is not there', async () => {
  const path = join(makeTemporaryDirectory(), 'key.json')
  const access = gcsAccessOf({ GOOGLE_APPLICATION_CREDENTIALS: path })
  await expect(openGcsStorage('gs://bucket', { access, ...surroundings }).read('x')).rejects.toThrow(
    new ConfigError(
      `Google Cloud Storage: no usable credentials (ENOENT: no such file or directory, open '${path}'); ${help}`,
    ),
  )
})

it('says that a key is none, without showing it', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'
  const account = { type: 'service_account', client_email: 'a@b.example', private_key: key }
  const access = gcsAccessOf({ [INLINE]: JSON.stringify(account) })
  const error = await openGcsStorage('gs://bucket', { access, ...surroundings })
    .read('x')
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConfigError)
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain('c2VjcmV0')
})

if ('missing' in server) it.skip(`tells who may do what (skipped: ${server.missing})`, () => {})
else testAccess(server)

function testAccess(server: FakeGcs): void {
  let front: Front
  beforeAll(async () => {
    await server.createBucket('bucket')
    front = await startFront(server.url)
  })
  afterAll(async () => {
    await front.stop()
    await server.stop()
  })

  const behindFront = (bucket = 'bucket') =>
    openGcsStorage(`gs://${bucket}/mta`, {
      access: gcsAccessOf({ STORAGE_EMULATOR_HOST: front.url }),
      policy: patientPolicy,
      ...surroundings,
    })
  const where = (bucket = 'bucket') =>
    `--data-dir (DATA_DIR) or another directory option is gs://${bucket}/mta`
  const refusal = (code: number, message: string): Fault => ({
    status: code,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify({ error: { code, message, errors: [{ reason: 'refused', message }] } }),
  })

  it.each(calls)('says that the bucket is not there when %s', async (_, __, call) => {
    await expect(call(behindFront('nowhere'))).rejects.toThrow(
      new ConfigError(
        `${where('nowhere')}: there is no bucket nowhere (status 404); create it, or give the name of one that exists`,
      ),
    )
  })

  it.each(calls)('says that permission is missing when %s', async (_, action, call) => {
    front.fail(/./, refusal(403, 'a@b.example does not have storage.objects.create access.'))
    await expect(call(behindFront())).rejects.toThrow(
      new ConfigError(
        `${where()}: no permission for ${action} (status 403: a@b.example does not have storage.objects.create ` +
          'access.); give the account the role roles/storage.objectUser on the bucket bucket',
      ),
    )
  })

  it.each(calls)('says that the credentials are refused when %s', async (_, action, call) => {
    front.fail(/./, refusal(401, 'Invalid Credentials'))
    await expect(call(behindFront())).rejects.toThrow(
      new ConfigError(
        `${where()}: the credentials are refused (${action}, status 401: Invalid Credentials); ${help}`,
      ),
    )
  })

  it('counts the attempts of a service that is ill, and tells its own words', async () => {
    front.fail(/./, ...Array.from({ length: 8 }, () => refusal(503, 'Backend Error')))
    await expect(behindFront().read('x')).rejects.toThrow(
      new RemoteError(
        'storage gs://bucket/mta: reading x failed after 8 attempts: status 503: Backend Error; run again later',
      ),
    )
    expect(front.takeRequests().slice(-8)).toEqual(Array(8).fill('GET /storage/v1/b/bucket/o/mta/x'))
    expect(front.pending()).toBe(0)
  })

  it.each(['http://HOST', 'HOST', 'http://HOST/'])(
    'reaches an emulator that the process knows as %s',
    async (form) => {
      const written = form.replace('HOST', new URL(server.url).host)
      vi.stubEnv('STORAGE_EMULATOR_HOST', written)
      onTestFinished(() => void vi.unstubAllEnvs())
      const access = gcsAccessOf(process.env)
      expect(await openGcsStorage('gs://bucket/empty', { access, ...surroundings }).list('')).toEqual([])
    },
  )

  it('sends a token to the service, asks for it once, and shows it nowhere', async () => {
    const { access, asked } = await accessWithToken(front.url, 200)
    const storage = openGcsStorage('gs://bucket/mta', { access, policy: patientPolicy, ...surroundings })
    front.takeAuthorizations()
    await storage.write('x', [new Uint8Array(9_000_001)])
    expect((await storage.read('x'))?.length).toBe(9_000_001)
    expect(asked()).toBe(1)
    expect(new Set(front.takeAuthorizations())).toEqual(new Set(['Bearer ya29.the-token']))
    front.fail(/^GET/, refusal(401, 'Invalid Credentials: Bearer ya29.the-token'))
    const error = await storage.read('x').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('the-token')
  })

  it('hides no project that a refusal names', async () => {
    const { access } = await accessWithToken(front.url, 200)
    front.fail(/^GET/, refusal(401, 'the-project may not be billed for Bearer ya29.the-token'))
    await expect(
      openGcsStorage('gs://bucket/mta', { access, policy: patientPolicy, ...surroundings }).read('x'),
    ).rejects.toThrow(
      new ConfigError(
        `${where()}: the credentials are refused (reading x, status 401: the-project may not be billed for Bearer ` +
          `[token]); ${help}`,
      ),
    )
  })

  it('says that the credentials are not taken where tokens are made', async () => {
    const { access } = await accessWithToken(front.url, 400)
    const error = await openGcsStorage('gs://bucket/mta', { access, ...surroundings })
      .read('x')
      .catch((thrown: unknown) => thrown)
    expect(error).toEqual(
      new ConfigError(
        `Google Cloud Storage: no usable credentials (status 400: Error code invalid_grant: account not found); ${help}`,
      ),
    )
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('the-subject')
  })
}

/** Credentials of a workload identity: the one kind whose token server the credentials themselves name. */
async function accessWithToken(endpoint: string, status: 200 | 400) {
  let asked = 0
  const tokens = createServer((_, answer) => {
    asked++
    const token = { access_token: 'ya29.the-token', expires_in: 3600, token_type: 'Bearer' }
    const refused = { error: 'invalid_grant', error_description: 'account not found' }
    answer.writeHead(status, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(status === 200 ? token : refused))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => tokens.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void tokens.close())
  const subject = join(makeTemporaryDirectory(), 'subject')
  writeFileSync(subject, 'the-subject')
  const credentials = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://127.0.0.1:${port}/token`,
    credential_source: { file: subject },
    quota_project_id: 'the-project',
  }
  const access: GcsAccess = {
    ...gcsAccessOf({ [INLINE]: JSON.stringify(credentials) }),
    endpoint,
  }
  return { access, asked: () => asked }
}
