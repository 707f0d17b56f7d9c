import { describe } from 'vitest'
import { warehouseContract } from '../contracts/warehouse.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

describe('treasure data', () => {
  warehouseContract(
    'the fake over HTTP',
    async () => {
      const fake = await startFake()
      return { warehouse: openWarehouse(fake), reopen: async () => openWarehouse(fake) }
    },
    { ownColumns: ['time'], keepsOrder: false, anyName: false },
  )
})
