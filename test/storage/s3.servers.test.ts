import { afterAll, expect, it } from 'vitest'
import { checkRoundTrip } from '../../src/commands/doctor/round-trip.ts'
import { ConfigError, RemoteError } from '../../src/errors.ts'
import { s3AccessOf } from '../../src/storage/s3/access.ts'
import { openS3Storage } from '../../src/storage/s3/storage.ts'
import { storageContract } from '../contracts/storage.ts'
import { startFront } from '../fakes/gcs/front.ts'
import { hastyPolicy, patientPolicy, surroundings } from '../fakes/gcs/policy.ts'
import { startFakeS3 } from '../fakes/s3/server.ts'

const server = await startFakeS3()

if ('missing' in server) it.skip(`stores in a bucket of S3 (skipped: ${server.missing})`, () => {})
else {
  afterAll(() => server.stop())
  await server.createBucket('bucket')
  const keys = { AWS_ACCESS_KEY_ID: 'key-id', AWS_SECRET_ACCESS_KEY: 'key-that-nobody-may-see' }
  const accessAt = (url: string) => s3AccessOf({ ...keys, AWS_ENDPOINT_URL_S3: url })
  const access = accessAt(server.url)
  let opened = 0
  storageContract('a bucket of S3', async () => {
    const location = `s3://bucket/made/when needed/${opened++}`
    return {
      storage: openS3Storage(location, { access, ...surroundings }),
      reopen: () => openS3Storage(location, { access, ...surroundings }),
      isVersionOfBytes: true,
    }
  })

  it('finds its own work again where the answer to a write got lost', async () => {
    const front = await startFront(server.url)
    const options = { access: accessAt(front.url), ...surroundings, policy: patientPolicy }
    const storage = openS3Storage('s3://bucket/lost', options)
    try {
      front.fail(/^PUT/, 'reset after')
      await storage.write('lock', [Buffer.from('ours')], { ifAbsent: true })
      front.fail(/^PUT/, 'reset after')
      await storage.write('lock', [Buffer.from('ours again')])
      expect(Buffer.from((await storage.read('lock')) ?? '').toString()).toBe('ours again')
    } finally {
      await front.stop()
    }
  })

  it('obeys the conditions that the doctor tries', async () => {
    const storage = openS3Storage('s3://bucket/tried', { access, ...surroundings })
    const { found } = await checkRoundTrip(storage, '123')
    expect(found).toBe('s3://bucket/tried: wrote, read, listed and deleted doctor-123.txt')
    expect(await storage.list('')).toEqual([])
  })

  it('tells a bucket that is not there', async () => {
    const storage = openS3Storage('s3://nobody/one', { access, ...surroundings })
    const missing = new ConfigError(
      '--data-dir (DATA_DIR) or another directory option is s3://nobody/one: there is no bucket nobody (status 404); ' +
        'create it, or give the name of one that exists',
    )
    await expect(storage.read('x')).rejects.toThrow(missing)
    await expect(storage.write('x', [])).rejects.toThrow(missing)
  })

  it('tells what HEAD can not say: why the credentials are refused', async () => {
    const front = await startFront(server.url)
    const options = { access: accessAt(front.url), ...surroundings, policy: hastyPolicy }
    const storage = openS3Storage('s3://bucket/refused', options)
    const said = (code: string) => `<Error><Code>${code}</Code><Message>No.</Message></Error>`
    try {
      front.fail(/^HEAD/, { status: 400 })
      front.fail(/^GET .*list-type/, { status: 400, body: said('ExpiredToken') })
      await expect(storage.read('x')).rejects.toThrow(
        /the credentials are refused \(reading x, status 400: ExpiredToken: No\.\); set AWS_ACCESS_KEY_ID/,
      )
      front.fail(/^HEAD/, { status: 403 })
      front.fail(/^GET .*list-type/, { status: 403, body: said('SignatureDoesNotMatch') })
      await expect(storage.read('x')).rejects.toThrow(/the credentials are refused .*SignatureDoesNotMatch/)
      front.fail(/^HEAD/, { status: 403 })
      await expect(storage.read('x')).rejects.toThrow(/no permission for reading x \(status 403/)
      expect(front.pending()).toBe(0)
    } finally {
      await front.stop()
    }
  })

  it('tells an address where nobody answers', async () => {
    const options = { access: accessAt('http://127.0.0.1:1'), ...surroundings, policy: hastyPolicy }
    const failed = openS3Storage('s3://bucket/one', options).read('x')
    await expect(failed).rejects.toThrow(RemoteError)
    await expect(failed).rejects.toThrow(
      /ECONNREFUSED.*check the network and AWS_ENDPOINT_URL_S3, and run again$/,
    )
  })
}
