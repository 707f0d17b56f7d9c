import type { PathsAndCredits } from '../queries/read-paths.ts'
import { chooseOrder, type OrderQuality, orderQualities } from './chain-order.ts'
import { buildMarkovChain, type MarkovChain } from './markov-chain.ts'
import { channelRows, type NamedRows, type RowContext, ruleRows, totalsOf } from './method-rows.ts'
import { creditsByEffects, removalEffects } from './removal-effects.ts'
import { simplifiedShapley } from './simplified-shapley.ts'

/** How paths are compared. */
export interface ComparisonOptions {
  readonly channels: readonly string[]
  readonly seedFormat: boolean
  readonly hasValue: boolean
  /** Chains of order 1 up to this. */
  readonly markovOrders: number
  readonly withNullPaths: boolean
  readonly seed: number
}

/** The chain of one order. */
export interface OrderResult extends OrderQuality {
  /** Without the start and the ends. */
  readonly states: number
  /** Part of the conversions that goes lost without each channel, by place. */
  readonly effects: Float64Array
}

export interface Comparison {
  readonly methods: readonly NamedRows[]
  readonly orders: readonly OrderResult[]
  readonly chosenOrder: number
  /** That of order 1. */
  readonly firstChain: MarkovChain
  readonly totals: RowContext['totals']
}

/** @returns the rows of all methods: rules of thumb, simplified Shapley, Markov chains of each order. */
export function comparePaths({ paths, cells }: PathsAndCredits, options: ComparisonOptions): Comparison {
  const { channels, markovOrders, withNullPaths, seed } = options
  const context: RowContext = { ...options, totals: totalsOf(paths) }
  const chains = Array.from({ length: markovOrders }, (_, at) =>
    solveOrder(buildMarkovChain(paths, at + 1, withNullPaths), context),
  )
  const qualities = orderQualities(paths, markovOrders, seed)
  return {
    methods: [
      ...ruleRows(cells, context),
      channelRows('simplified_shapley', simplifiedShapley(paths, channels.length), context),
      ...chains.map(({ rows }) => rows),
    ],
    orders: qualities.map((quality, at) => ({
      ...quality,
      states: chains[at]!.chain.stateCount - 1,
      effects: chains[at]!.effects,
    })),
    chosenOrder: chooseOrder(qualities),
    firstChain: chains[0]!.chain,
    totals: context.totals,
  }
}

function solveOrder(chain: MarkovChain, context: RowContext) {
  const effects = removalEffects(chain, context.channels.length, context.hasValue)
  const credits = creditsByEffects(effects, context.totals)
  return { chain, effects: effects.conversions, rows: channelRows(`markov_${chain.order}`, credits, context) }
}
