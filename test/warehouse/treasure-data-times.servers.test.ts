import { timesContract } from '../contracts/times.ts'
import { openWarehouse, startFake } from './treasure-data-under-test.ts'

timesContract('Treasure Data', async () => openWarehouse(await startFake()))
