import { bigint, defineTable, double, nullable, type RowOf } from './table.ts'

/** One row per epoch: training losses before each step's update, the other measures on validation users. */
export const metrics = defineTable({
  option: 'metricsTable',
  columns: {
    /** From 1; 0 is the untrained model, which gives every pattern the base rate. */
    epoch: bigint,
    loss: double,
    rmse: double,
    /** Null, like the other validation measures, without validation users. */
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
