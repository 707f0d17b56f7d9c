import { bigint, defineTable, double, named, nullable, type RowOf, timestamp, varchar } from './table.ts'

/** One row per conversion and touched cell, and one for its baseline. A query makes them in the warehouse. */
export const credits = defineTable({
  option: 'creditsTable',
  columns: {
    userId: varchar,
    conversionTime: timestamp,
    channel: varchar,
    /** Null without campaigns, and for the baseline. */
    campaign: nullable(varchar),
    /** Null for the baseline. */
    daysBefore: named('days_before_conversion', nullable(bigint)),
    influencedCredit: nullable(double),
    incrementalCredit: nullable(double),
    /** Null without a value column. */
    value: nullable(double),
  },
})

/** A row of the table `credits`. */
export type CreditRow = RowOf<typeof credits.columns>
