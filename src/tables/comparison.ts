import { bigint, defineTable, double, nullable, type RowOf, varchar } from './table.ts'

/** The most common paths, the most common one first. */
export const paths = defineTable({
  option: 'pathsTable',
  columns: {
    /** From 1. */
    rank: bigint,
    /** As `email > search`. */
    path: varchar,
    touches: bigint,
    /** Credited conversions. */
    conversions: double,
    /** Of these. Null without a value column. */
    value: nullable(double),
    /** All conversions that were learned from, the credited ones among them. */
    learnedConversions: double,
    /** Paths of these channels, in the time that was learned from, that led to no conversion. */
    nullPaths: double,
    /** Of what was learned from. Null without a touch. */
    conversionRate: nullable(double),
  },
})

/** The Markov chain of order 1. */
export const transitions = defineTable({
  option: 'transitionsTable',
  columns: {
    /** A channel, or `(start)`. */
    fromChannel: varchar,
    /** A channel, `(conversion)` or `(null)`. */
    toChannel: varchar,
    /** `channel` or `start`: a channel may have any name. */
    fromKind: varchar,
    /** `channel`, `conversion` or `null`. */
    toKind: varchar,
    transitions: double,
    probability: double,
    /** Of the channel that the transition comes from; null for the start. */
    removalEffect: nullable(double),
  },
})

/** What the Markov chain of order 1 says of each channel, once. */
export const removalEffects = defineTable({
  option: 'removalEffectsTable',
  onlyWith: 'transitionsTable',
  columns: {
    channel: varchar,
    /** Part of the conversions that are lost without the channel. */
    removalEffect: double,
    /** Credited conversions, in proportion to the removal effects; and their value, null without a value column. */
    conversions: nullable(double),
    value: nullable(double),
    share: nullable(double),
  },
})

/** A row of the table of paths. */
export type PathTableRow = RowOf<typeof paths.columns>
/** A row of the table of removal effects. */
export type RemovalEffectRow = RowOf<typeof removalEffects.columns>
/** A row of the table of transitions. */
export type TransitionRow = RowOf<typeof transitions.columns>
