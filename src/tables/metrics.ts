import { bigint, defineTable, double, nullable, type RowOf } from './table.ts'

/** One row per epoch: losses per training example before each step's change, the rest on validating users. */
export const metrics = defineTable({
  option: 'metricsTable',
  columns: {
    /** From 1; 0 is the untrained model, which gives every pattern the base rate. */
    epoch: bigint,
    loss: double,
    rmse: double,
    /** Null, like all that follows from it, where nobody validates. */
    valLoss: nullable(double),
    valRmse: nullable(double),
    auc: nullable(double),
    calibrationError: nullable(double),
    /** Training examples drawn. */
    examples: bigint,
    seconds: double,
  },
})

/** A row of the table `metrics`. */
export type EpochMetrics = RowOf<typeof metrics.columns>
