import type { Leaf } from '../examples/leaves.ts'
import { CompensatedSums } from '../numerics/compensated-sum.ts'
import type { PathsAndCredits } from '../queries/read-paths.ts'
import { cellsOfChannels, withCampaigns } from './campaign-rows.ts'
import { chooseOrder, type OrderQuality, orderQualities } from './chain-order.ts'
import { buildMarkovChain, type MarkovChain } from './markov-chain.ts'
import {
  type ChannelCredits,
  channelRows,
  type NamedRows,
  type RowContext,
  ruleRows,
  totalsOf,
} from './method-rows.ts'
import { orderedShapley } from './ordered-shapley.ts'
import { type PathTable, placesOf } from './path-table.ts'
import { creditsByEffects, removalEffects } from './removal-effects.ts'

/** What a comparison of methods depends on besides the paths. */
export interface ComparisonOptions {
  readonly channels: readonly string[]
  readonly seedFormat: boolean
  readonly hasValue: boolean
  /** Chains of order 1 up to this. */
  readonly markovOrders: number
  readonly withNullPaths: boolean
  /** Adds `ordered_shapley`, over that many last channels per path (0: all); absent: it is left out. */
  readonly orderedShapley?: number | undefined
  readonly seed: number
  /** The campaigns whose places cells have; absent: cells are those of channels. */
  readonly leaves?: readonly Leaf[] | undefined
}

/** The chain of one order. */
export interface OrderResult extends OrderQuality {
  /** Excluding the start and the ends. */
  readonly states: number
  /** Fraction of the conversions lost without each channel, by place. */
  readonly effects: Float64Array
}

export interface Comparison {
  readonly methods: readonly NamedRows[]
  readonly orders: readonly OrderResult[]
  readonly chosenOrder: number
  /** The removal effects of each order. */
  readonly solved: readonly { readonly order: number; readonly effects: ReturnType<typeof removalEffects> }[]
  /** The chain of order 1. */
  readonly firstChain: MarkovChain
  readonly totals: RowContext['totals']
}

/**
 * Chains are made of all paths; credited are the conversions to credit, which may be some of them.
 * @returns the rows of all methods: rules of thumb, simplified Shapley, and the Markov chain of each order.
 */
export function comparePaths(
  { paths, cells: found, rules }: PathsAndCredits,
  options: ComparisonOptions,
): Comparison {
  const { channels, markovOrders, withNullPaths, seed, leaves } = options
  const cells = cellsByChannel(found, leaves)
  const context: RowContext = { ...options, totals: totalsOf(paths) }
  const chains = Array.from({ length: markovOrders }, (_, at) =>
    solveOrder(buildMarkovChain(paths, at + 1, withNullPaths), context),
  )
  const qualities = orderQualities(paths, markovOrders, seed)
  const methods = [
    ...ruleRows({ cells, rules }, context),
    channelRows('simplified_shapley', simplifiedShapley(paths, channels.length), context),
    ...orderedRows(paths, options, context),
    ...chains.map(({ rows }) => rows),
  ]
  return {
    methods:
      leaves === undefined ? methods : withCampaigns(methods, { cells: found, rules }, leaves, context),
    orders: qualities.map((quality, at) => ({
      ...quality,
      states: chains[at]!.chain.stateCount - 1,
      effects: chains[at]!.effects,
    })),
    chosenOrder: chooseOrder(qualities),
    solved: chains.map(({ chain, removal }) => ({ order: chain.order, effects: removal })),
    firstChain: chains[0]!.chain,
    totals: context.totals,
  }
}

/**
 * @param ofSegment its credited conversions. @param all the comparison of all users.
 * @returns the rows of a segment, which add up to those of all: rules and simplified Shapley credit each path by itself, and its conversions
 *   are divided by the removal effects that the channels have in the chains of all users.
 */
export function compareSegment(
  { paths, cells: found, rules }: PathsAndCredits,
  all: Pick<Comparison, 'solved'>,
  options: Pick<ComparisonOptions, 'channels' | 'leaves' | 'seedFormat' | 'hasValue'>,
): readonly NamedRows[] {
  const cells = cellsByChannel(found, options.leaves)
  const context: RowContext = { ...options, totals: totalsOf(paths) }
  return [
    ...ruleRows({ cells, rules }, context),
    channelRows('simplified_shapley', simplifiedShapley(paths, options.channels.length), context),
    ...all.solved.map(({ order, effects }) =>
      channelRows(`markov_${order}`, creditsByEffects(effects, context.totals), context),
    ),
  ]
}

function cellsByChannel(found: PathsAndCredits['cells'], leaves: readonly Leaf[] | undefined) {
  return leaves === undefined ? found : cellsOfChannels(found, leaves)
}

function orderedRows(
  paths: PathTable,
  { channels, orderedShapley: last }: ComparisonOptions,
  context: RowContext,
): readonly NamedRows[] {
  if (last === undefined) return []
  return [channelRows('ordered_shapley', orderedShapley(paths, channels.length, last), context)]
}

function solveOrder(chain: MarkovChain, context: RowContext) {
  const effects = removalEffects(chain, context.channels.length, context.hasValue)
  const credits = creditsByEffects(effects, context.totals)
  return {
    chain,
    removal: effects,
    effects: effects.conversions,
    rows: channelRows(`markov_${chain.order}`, credits, context),
  }
}

/**
 * Shapley values of the game in which a coalition of channels is worth the conversions of paths that touch no other
 * channel (Zhao et al. 2018, https://arxiv.org/abs/1804.05327): each conversion is split equally between the distinct
 * channels of its path.
 * @param channelCount length of the vocabulary.
 *
 * O(touches of the distinct paths).
 */
export function simplifiedShapley(paths: PathTable, channelCount: number): ChannelCredits {
  const conversions = new CompensatedSums(channelCount)
  const value = new CompensatedSums(channelCount)
  for (let path = 0; path < paths.count; path++) {
    const distinct = new Set(placesOf(paths, path))
    for (const place of distinct) {
      conversions.add(place, paths.creditedConversions[path]! / distinct.size)
      value.add(place, paths.creditedValue[path]! / distinct.size)
    }
  }
  return { conversions: conversions.totals(), value: value.totals() }
}
