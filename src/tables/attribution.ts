import { bigint, defineTable, double, named, nullable, type RowOf, varchar } from './table.ts'

/** The channel that stands for conversions that no touch caused. */
export const BASELINE_CHANNEL = '(baseline)'

/** Columns of rows that are part of another row; results of earlier versions lack them. */
export const childColumns = {
  /** Null for what the channel has in all. */
  campaign: nullable(varchar),
  /** Null for all users. */
  segment: nullable(varchar),
}

/** What rows of whole channels and all users have in the columns of their parts. */
export const OF_ALL = { campaign: null, segment: null }

/** The columns of `attribution` after the method. */
export const creditColumns = {
  channel: varchar,
  ...childColumns,
  /** Null for the baseline, and for methods without days. */
  daysBefore: named('days_before_conversion', nullable(bigint)),
  /** Null where the channels' total credit is not positive and so can't be scaled. */
  conversions: nullable(double),
  /** Conversion value; null without a value column. */
  value: nullable(double),
  /** Share of all channels' credit; null for the baseline, and where there is none to share. */
  share: nullable(double),
  /** Standard error of `conversions` that comes from sampling coalitions; null for the baseline. */
  standardError: nullable(double),
  /** Ends of the 95% interval of `conversions` by sampling noise; null where it is not known. */
  lower: nullable(double),
  upper: nullable(double),
}

/** Conversions by method, channel and day. Each step that writes the table writes the rows of all methods so far. */
export const attribution = defineTable({
  option: 'attributionTable',
  columns: {
    /** Such as `shapley_stacked` or `markov_2`. */
    method: varchar,
    ...creditColumns,
  },
})

/** A row of the table `attribution`, without the method. */
export type AttributionRow = RowOf<typeof creditColumns>

/** @returns the rows of whole channels and all users, which others are parts of. O(rows). */
export function totalRows(rows: readonly AttributionRow[]): readonly AttributionRow[] {
  return rows.filter(({ campaign, segment }) => campaign === null && segment === null)
}

/** Ends of the 95% interval of what a channel has over all its days; sums of the days' intervals would be too wide. */
export const channelInterval = { channel: varchar, lower: double, upper: double }

export type ChannelInterval = RowOf<typeof channelInterval>

/** The same of a campaign. */
export const campaignInterval = { ...channelInterval, campaign: varchar }

export type CampaignInterval = RowOf<typeof campaignInterval>

/** The rows of one method in `attribution`. */
export interface MethodRows {
  readonly method: string
  readonly rows: readonly AttributionRow[]
  /** Null where sampling noise is not known. */
  readonly channels: readonly ChannelInterval[] | null
  /** Absent where there are no campaigns, or what they vary by is not known. */
  readonly campaigns?: readonly CampaignInterval[] | undefined
}

/** @returns the rows of the table. */
export function attributionRows(
  methods: readonly MethodRows[],
): readonly RowOf<typeof attribution.columns>[] {
  return methods.flatMap(({ method, rows }) => rows.map((row) => ({ method, ...row })))
}
