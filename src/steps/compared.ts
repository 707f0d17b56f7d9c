import type { ComparisonDocument } from '../artifacts/results.ts'
import { commonestPaths, pathRows } from '../comparison/common-paths.ts'
import type { Comparison } from '../comparison/compare-paths.ts'
import { summarizeJourneys } from '../comparison/journeys.ts'
import type { PathTable } from '../comparison/path-table.ts'
import { removalEffectRows, transitionRows } from '../comparison/transition-rows.ts'
import type { MethodRows } from '../tables/attribution.ts'
import { paths, removalEffects, transitions } from '../tables/comparison.ts'
import { type Stamp, tableWrites, type WritingOptions } from '../tables/output-tables.ts'
import type { TableWrite } from '../warehouse/warehouse.ts'

/** What was compared, from touchpoints or from a table of paths. */
export interface Compared {
  readonly comparison: Comparison
  readonly found: PathTable
  /** The vocabulary. */
  readonly channels: readonly string[]
  readonly hasValue: boolean
}

const PATHS_IN_TABLE = 1000
const PATHS_IN_DOCUMENT = 200

/** @returns the rows of all methods. */
export function comparedRows({ methods }: Comparison): readonly MethodRows[] {
  return methods.map(({ method, rows }) => ({ method, rows, channels: null }))
}

/** @returns the writes of the tables of paths, transitions and removal effects that were asked for. */
export function comparedWrites(
  options: WritingOptions<'pathsTable' | 'transitionsTable' | 'removalEffectsTable'>,
  stamp: Stamp,
  { comparison, found, channels, hasValue }: Compared,
): readonly TableWrite[] {
  const commonest = commonestPaths(found, channels, PATHS_IN_TABLE)
  return [
    ...tableWrites(paths, options, stamp, pathRows(commonest, hasValue)),
    ...tableWrites(transitions, options, stamp, transitionRows(comparison, channels)),
    ...tableWrites(removalEffects, options, stamp, removalEffectRows(comparison, channels)),
  ]
}

/** @returns what documents and the output say of a comparison. */
export function comparedFacts(
  { comparison, found, channels, hasValue }: Compared,
  nullPaths: boolean,
): Pick<ComparisonDocument, 'methods' | 'markov' | 'paths' | 'journeys'> {
  const { orders, chosenOrder } = comparison
  const chosen = orders[chosenOrder - 1]
  const commonest = commonestPaths(found, channels, PATHS_IN_DOCUMENT)
  return {
    methods: comparedRows(comparison),
    markov: {
      chosenOrder,
      nullPaths,
      orders: orders.map(({ order, auc, penalisedAuc, states }) => ({ order, auc, penalisedAuc, states })),
      removalEffects: channels.map((channel, place) => ({ channel, effect: chosen?.effects[place] ?? 0 })),
    },
    paths: hasValue ? commonest : commonest.map((path) => ({ ...path, value: null })),
    journeys: summarizeJourneys(found, channels),
  }
}
