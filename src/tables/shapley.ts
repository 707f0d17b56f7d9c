import { bigint, defineTable, double, each, named, nullable, type RowOf } from './table.ts'

/** Shares of all cells' credit: one row per day before the conversion, one column per channel. */
export const shapley = defineTable({
  option: 'shapleyTable',
  columns: {
    /** 0 .. lookback - 1. */
    daysBefore: named('days_before_conversion', bigint),
    /** In the vocabulary's order; null where there is no credit to share. */
    shares: each(nullable(double)),
  },
})

/** The column sums of `shapley`, in one row. */
export const shapleyChannel = defineTable({
  option: 'shapleyTable',
  suffix: '_channel',
  columns: { shares: shapley.columns.shares },
})

/** A row of the table `shapley`. */
export type ShapleyRow = RowOf<typeof shapley.columns>
