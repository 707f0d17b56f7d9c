import { describe } from 'vitest'
import { dashboardsContract } from '../contracts/dashboards.ts'
import { lastRunsContract } from '../contracts/last-runs.ts'
import { warehouseContract } from '../contracts/warehouse.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

describe('treasure data', () => {
  const underTest = async () => {
    const fake = await startFake()
    return { warehouse: openWarehouse(fake), reopen: async () => openWarehouse(fake) }
  }
  dashboardsContract(underTest)
  lastRunsContract(underTest)
  const traits = { ownColumns: ['time'], keepsOrder: false, anyName: false }
  warehouseContract('the fake over HTTP', underTest, traits)
})
