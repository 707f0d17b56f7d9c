import { defineTable, double, nullable, type RowOf, varchar } from './table.ts'

/** The signal test and the quality of the models' probabilities: one row per measure. */
export const evidence = defineTable({
  option: 'evidenceTable',
  columns: {
    /** Such as `signal_p_value`, `stacked_weight`, `log_loss_bilstm`, `auc_hazard`. */
    measure: varchar,
    value: nullable(double),
    lower: nullable(double),
    upper: nullable(double),
    /** A plain sentence, or null where there is nothing to judge. */
    verdict: nullable(varchar),
  },
})

/** A row of the table `evidence`. */
export type EvidenceRow = RowOf<typeof evidence.columns>

/** @returns the measure of what a method credits to a channel over all days, with its interval. */
export function channelMeasure(method: string, channel: string): string {
  return `channel_conversions_${method}: ${channel}`
}
