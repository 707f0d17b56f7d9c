import { describe } from 'vitest'
import { dashboardsContract } from '../contracts/dashboards.ts'
import { lastRunsContract } from '../contracts/last-runs.ts'
import { warehouseContract } from '../contracts/warehouse.ts'
import { askForTrino, emptySchema, openCatalog } from '../fakes/trino/trino-under-test.ts'

const { origin = '', skipped } = await askForTrino()

describe.skipIf(skipped !== '')(`trino${skipped}`, () => {
  const underTest = async () => {
    const open = () => openCatalog(origin, 'contract')
    const warehouse = open()
    await emptySchema(warehouse, 'mta')
    const reopen = async () => {
      await warehouse.close()
      return open()
    }
    return { warehouse, reopen }
  }
  dashboardsContract(underTest)
  lastRunsContract(underTest)
  warehouseContract('a catalog', underTest)
})
