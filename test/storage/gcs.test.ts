import { afterAll, it } from 'vitest'
import { gcsAccessOf } from '../../src/storage/gcs/client.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import { storageContract } from '../contracts/storage.ts'
import { startFakeGcs } from '../fakes/gcs/server.ts'

const server = await startFakeGcs()
const skipped = 'missing' in server ? ` (skipped: ${server.missing})` : ''

if ('missing' in server) it.skip(`stores in a bucket${skipped}`, () => {})
else {
  afterAll(() => server.stop())
  await server.createBucket('bucket')
  const access = gcsAccessOf({ STORAGE_EMULATOR_HOST: server.url })
  let opened = 0
  storageContract('a bucket', async () => {
    const location = `gs://bucket/made/when needed/${opened++}`
    return {
      storage: openGcsStorage(location, { access }),
      reopen: () => openGcsStorage(location, { access }),
    }
  })
}
