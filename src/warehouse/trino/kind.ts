import type { WarehouseKind } from '../warehouse-kind.ts'

/** A Trino server. */
export const trino: WarehouseKind = {
  spelled: 'trino:http://USER@HOST:PORT/CATALOG',
  variables: ['TRINO_CA_FILE', 'TRINO_INSECURE_TLS'],
  secrets: ['TRINO_PASSWORD'],
  matches: (location) => /^trino:/i.test(location),
  open: async ({ location, environment, inputTable, logger, wallClockSec, uniqueSuffix, attempts }) => {
    const { openTrino } = await import('./warehouse.ts')
    const policy = attempts === undefined ? {} : { attempts }
    return openTrino({
      warehouse: location,
      environment,
      inputTable,
      logger,
      wallClockSec,
      uniqueSuffix,
      policy,
    })
  },
  inspect: async (warehouse, { location, environment }) => {
    const { inspectTrino } = await import('./inspection.ts')
    return inspectTrino(warehouse, { warehouse: location, environment })
  },
}
