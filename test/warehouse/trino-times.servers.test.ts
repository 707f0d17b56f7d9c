import { describe, onTestFinished } from 'vitest'
import { timesContract } from '../contracts/times.ts'
import { askForTrino, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  timesContract('Trino', async () => {
    const warehouse = openCatalog(origin, 'extraction')
    onTestFinished(() => warehouse.close())
    return warehouse
  })
})
