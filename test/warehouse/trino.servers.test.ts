import { describe } from 'vitest'
import { warehouseContract } from '../contracts/warehouse.ts'
import { askForTrino, emptySchema, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  warehouseContract('a catalog', async () => {
    const open = () => openCatalog(origin, 'contract')
    const warehouse = open()
    await emptySchema(warehouse, 'mta')
    const reopen = async () => {
      await warehouse.close()
      return open()
    }
    return { warehouse, reopen }
  })
})
