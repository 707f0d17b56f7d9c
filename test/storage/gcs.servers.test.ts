import { afterAll, it } from 'vitest'
import { gcsAccessOf } from '../../src/storage/gcs/access.ts'
import { openGcsStorage } from '../../src/storage/gcs/storage.ts'
import { storageContract } from '../contracts/storage.ts'
import { startFront } from '../fakes/gcs/front.ts'
import { surroundings } from '../fakes/gcs/policy.ts'
import { startFakeGcs } from '../fakes/gcs/server.ts'

const server = await startFakeGcs()
const skipped = 'missing' in server ? ` (skipped: ${server.missing})` : ''

if ('missing' in server) it.skip(`stores in a bucket${skipped}`, () => {})
else {
  // Through the front, since the fake ignores conditions on deletes.
  const front = await startFront(server.url)
  afterAll(async () => {
    await front.stop()
    await server.stop()
  })
  await server.createBucket('bucket')
  const access = gcsAccessOf({ STORAGE_EMULATOR_HOST: front.url })
  let opened = 0
  storageContract('a bucket', async () => {
    const location = `gs://bucket/made/when needed/${opened++}`
    return {
      storage: openGcsStorage(location, { access, ...surroundings }),
      reopen: () => openGcsStorage(location, { access, ...surroundings }),
    }
  })
}
