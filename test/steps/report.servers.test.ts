import { afterAll, describe, expect, it } from 'vitest'
import { writeExportManifest } from '../../src/artifacts/manifest.ts'
import { writeResult } from '../../src/artifacts/results.ts'
import { openStorage } from '../../src/commands/adapters.ts'
import { silentLogger } from '../../src/logger.ts'
import { resolveConfig } from '../../src/options/resolve.ts'
import { writeReport } from '../../src/steps/report.ts'
import { surroundings } from '../fakes/gcs/policy.ts'
import { startFakeGcs } from '../fakes/gcs/server.ts'
import { CREDITS, manifestOf, shapleyOf } from '../report/fixtures.ts'

const server = await startFakeGcs()
const url = 'missing' in server ? '' : server.url
const skipped = 'missing' in server ? ` (skipped: ${server.missing})` : ''
if (!('missing' in server)) {
  afterAll(() => server.stop())
  await server.createBucket('bucket')
}

describe.skipIf(skipped !== '')(`the report in a bucket${skipped}`, () => {
  it('lies beside the results, as a page that a browser opens', async () => {
    const storage = openStorage('gs://bucket/mta', {
      environment: { STORAGE_EMULATOR_HOST: url },
      ...surroundings,
    })
    const { crc32c } = await writeExportManifest(storage, manifestOf(CREDITS))
    const shapley = JSON.parse(JSON.stringify(shapleyOf(CREDITS)))
    const stamp = {
      schemaVersion: 1,
      kind: 'shapley',
      exportCrc32c: crc32c,
      attributionSkipped: false,
    } as const
    await writeResult(storage, { ...shapley, ...stamp })
    const signal = new AbortController().signal
    const world = { storage, logger: silentLogger, now: () => performance.now(), signal }
    const { location, bytes } = await writeReport(resolveConfig({}), world)
    expect(location).toBe('gs://bucket/mta/report.html')
    const answer = await fetch(
      `${url}/storage/v1/b/bucket/o/${encodeURIComponent('mta/report.html')}?alt=media`,
    )
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect((await answer.arrayBuffer()).byteLength).toBe(bytes)
  })
})
