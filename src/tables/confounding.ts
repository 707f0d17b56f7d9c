import { defineTable, double, nullable, type RowOf, varchar } from './table.ts'

/** What each channel's touches after conversions say, which can't have caused them. */
export const confounding = defineTable({
  option: 'confoundingTable',
  columns: {
    channel: varchar,
    /** Null where the examples don't allow the test. */
    likelihoodRatio: nullable(double),
    /** For all channels together. */
    pValue: nullable(double),
    /** Conversions of the hazard model's credit that `hazard_adjusted` takes off. */
    suspectedConversions: nullable(double),
  },
})

/** A row of the table `confounding`. */
export type ConfoundingRow = RowOf<typeof confounding.columns>
