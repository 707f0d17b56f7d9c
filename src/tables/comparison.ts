import { type CommonPath, pathText } from '../comparison/common-paths.ts'
import type { Comparison } from '../comparison/compare-paths.ts'
import type { MarkovChain } from '../comparison/markov-chain.ts'
import type { Options } from '../options/option-table.ts'
import type { OutputColumn, TableName, TableWrite, Value } from '../warehouse/warehouse.ts'
import { type Stamp, stampedWrite } from './output-tables.ts'

/** @returns the tables that were asked for: `--paths-table` and `--transitions-table`. */
export function askedTables({ db, pathsTable, transitionsTable }: Options): {
  readonly paths: TableName | undefined
  readonly transitions: TableName | undefined
} {
  const named = (table: string | undefined) => (table === undefined ? undefined : { database: db, table })
  return { paths: named(pathsTable), transitions: named(transitionsTable) }
}

const pathColumns: readonly OutputColumn[] = [
  { name: 'rank', type: 'bigint' },
  { name: 'path', type: 'varchar' },
  { name: 'touches', type: 'bigint' },
  { name: 'conversions', type: 'double' },
  { name: 'null_paths', type: 'double' },
  { name: 'conversion_rate', type: 'double' },
  { name: 'value', type: 'double' },
]

/** @returns the write of the commonest paths, the first one being the commonest. Without a touch there is no rate. */
export function pathsWrite(
  options: Options,
  stamp: Stamp,
  table: TableName,
  paths: readonly CommonPath[],
  hasValue: boolean,
): TableWrite {
  const rows = paths.map(({ channels, conversions, nullPaths, value }, at): Value[] => [
    at + 1,
    pathText(channels),
    channels.length,
    conversions,
    nullPaths,
    channels.length === 0 ? null : conversions / (conversions + nullPaths),
    hasValue ? value : null,
  ])
  return stampedWrite(options, stamp, table, pathColumns, rows)
}

const transitionColumns: readonly OutputColumn[] = [
  { name: 'from_channel', type: 'varchar' },
  { name: 'to_channel', type: 'varchar' },
  { name: 'transitions', type: 'double' },
  { name: 'probability', type: 'double' },
  { name: 'removal_effect', type: 'double' },
]

/** @returns the write of the chain of order 1, with the removal effect of the channel that a transition comes from. */
export function transitionsWrite(
  options: Options,
  stamp: Stamp,
  table: TableName,
  { firstChain, orders }: Comparison,
  channels: readonly string[],
): TableWrite {
  const effects = orders[0]?.effects
  const rows = Array.from({ length: firstChain.stateCount }, (_, state) => state)
    .sort((left, right) => firstChain.newest[left]! - firstChain.newest[right]!)
    .flatMap((state) => {
      const place = firstChain.newest[state]!
      const steps = stepsFrom(firstChain, state, channels)
      const all = steps.reduce((sum, [, count]) => sum + count, 0)
      const from = place < 0 ? '(start)' : channels[place]!
      const effect = place < 0 ? null : (effects?.[place] ?? null)
      return steps.map(([to, count]): Value[] => [from, to, count, count / all, effect])
    })
  return stampedWrite(options, stamp, table, transitionColumns, rows)
}

/** Where a path goes from a state, and how often: channels by place, then the ends. */
function stepsFrom(chain: MarkovChain, state: number, channels: readonly string[]): [string, number][] {
  const transitions: [number, number][] = []
  for (let at = chain.rowStarts[state]!; at < chain.rowStarts[state + 1]!; at++) {
    transitions.push([chain.newest[chain.targets[at]!]!, chain.counts[at]!])
  }
  const ends: [string, number][] = [
    ['(conversion)', chain.conversions[state]!],
    ['(null)', chain.nullPaths[state]!],
  ]
  return [
    ...transitions
      .sort(([left], [right]) => left - right)
      .map(([place, count]): [string, number] => [channels[place]!, count]),
    ...ends.filter(([, count]) => count > 0),
  ]
}
