import { createRandom } from '../numerics/random.ts'
import { CampaignPicker, drawCampaigns } from './campaigns.ts'
import { ExperimentLedger } from './experiment.ts'
import type { SimulationParameters } from './parameters.ts'
import { SECONDS_PER_DAY } from './rhythm.ts'
import { type SimulationTruth, TruthLedger } from './truth.ts'
import { type TouchpointRow, UserSimulator } from './user-simulator.ts'
import { type SimulationVariant, simulationParameters } from './worlds.ts'

export interface SimulationOptions {
  readonly users: number
  readonly days: number
  readonly seed: number
  readonly variant: SimulationVariant
  /** Start of the first day in Unix seconds; must be midnight UTC. */
  readonly startAtSec: number
  /** Those of the variant, unless given. */
  readonly parameters?: SimulationParameters
  /** Campaigns of all channels together; absent: there are none. */
  readonly campaigns?: number | undefined
}

export interface Simulation {
  /** User by user, each user's rows in time order, in batches of a few thousand. Can be iterated once. */
  readonly rows: Iterable<readonly TouchpointRow[]>
  /**
   * @returns what caused the conversions.
   * @throws Error before `rows` has been read to the end.
   */
  truth(): SimulationTruth
}

const USERS_PER_BATCH = 500

/** Users are simulated in blocks, each with random numbers of its own, so that several threads can do it. */
const USERS_PER_BLOCK = 50_000

/** @returns how many blocks the users are in. */
export function blocksOf({ users }: Pick<SimulationOptions, 'users'>): number {
  return Math.ceil(users / USERS_PER_BLOCK)
}

/**
 * Simulates touchpoints whose causes are known. Conversions are arrivals of Poisson
 * processes: the user's baseline, and what each touch adds to it or, in one world, multiplies it by, which decays. In most worlds
 * a conversion uses up the touches before it; in some they go on working. Touches lead to further touches; users and hours differ. With the
 * default parameters, 20,000 users over 60 days have about 220,000 touches and 7000 conversions.
 * @throws RangeError unless users and days are whole numbers from 1, and the first day starts at midnight.
 *
 * Deterministic in the options. Memory does not grow with the number of users; about a million rows per second.
 */
export function simulateTouchpoints(options: SimulationOptions): Simulation {
  checkOptions(options)
  const sum = new BlockSum(options)
  function* rows() {
    for (let block = 0; block < blocksOf(options); block++) {
      const simulated = simulateBlock(options, block)
      yield* simulated.rows
      sum.add(simulated.numbers)
    }
  }
  return { rows: rows(), truth: () => sum.truth() }
}

/** The touchpoints of one block of users. */
export interface SimulatedBlock {
  /** As those of a simulation. */
  readonly rows: Iterable<readonly TouchpointRow[]>
  /** What is known of causes once all rows have been read: that of all blocks adds up. */
  readonly numbers: BlockNumbers
}

/** The numbers of ledgers. */
export interface BlockNumbers {
  readonly truth: Float64Array
  readonly experiment: Float64Array | undefined
}

/** @param block from 0 on; the same rows whatever the other blocks, and whoever simulates them. */
export function simulateBlock(options: SimulationOptions, block: number): SimulatedBlock {
  const ledgers = openLedgers(options)
  return { rows: makeRows(options, block, ledgers), numbers: numbersOf(ledgers) }
}

/** Adds up what is known of the causes in blocks, in their order. */
export class BlockSum {
  private readonly options: SimulationOptions
  private readonly ledgers: Ledgers
  private blocks = 0

  constructor(options: SimulationOptions) {
    this.options = options
    this.ledgers = openLedgers(options)
  }

  add(numbers: BlockNumbers): void {
    const sums = numbersOf(this.ledgers)
    addTo(sums.truth, numbers.truth)
    if (sums.experiment && numbers.experiment) addTo(sums.experiment, numbers.experiment)
    this.blocks++
  }

  /** @returns what caused the conversions. @throws Error before all blocks have been added. */
  truth(): SimulationTruth {
    const { options, ledgers } = this
    if (this.blocks < blocksOf(options))
      throw new Error('simulation: the truth is known only after the last row; read all rows first')
    return ledgers.truth.truth(options, parametersOf(options), ledgers.experiment?.truth(options) ?? null)
  }
}

interface Ledgers {
  readonly truth: TruthLedger
  readonly experiment: ExperimentLedger | undefined
}

function openLedgers(options: SimulationOptions): Ledgers {
  const parameters = parametersOf(options)
  return {
    truth: new TruthLedger(parameters.channels.length, options.days, parameters.campaigns?.length),
    experiment: parameters.holdout === null ? undefined : new ExperimentLedger(parameters),
  }
}

function numbersOf({ truth, experiment }: Ledgers): BlockNumbers {
  return { truth: truth.numbers, experiment: experiment?.numbers }
}

function addTo(sums: Float64Array, numbers: Float64Array): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += numbers[at]!
}

function parametersOf(options: SimulationOptions): SimulationParameters {
  const { parameters = simulationParameters(options.variant), campaigns, days, seed } = options
  if (campaigns === undefined) return parameters
  return { ...parameters, campaigns: drawCampaigns(parameters, campaigns, days, seed) }
}

function checkOptions(options: SimulationOptions): void {
  for (const name of ['users', 'days'] as const) {
    if (Number.isInteger(options[name]) && options[name] >= 1) continue
    throw new RangeError(`simulation: ${name} is ${options[name]}, must be a whole number from 1`)
  }
  if (!(options.startAtSec >= 0 && options.startAtSec % SECONDS_PER_DAY === 0)) {
    throw new RangeError(
      `simulation: startAtSec is ${options.startAtSec}, must be midnight UTC, a multiple of ${SECONDS_PER_DAY}`,
    )
  }
}

function* makeRows(
  options: SimulationOptions,
  block: number,
  { truth, experiment }: Ledgers,
): Generator<readonly TouchpointRow[]> {
  const { startAtSec, days, seed } = options
  const span = { fromSec: startAtSec, toSec: startAtSec + days * SECONDS_PER_DAY }
  const random = createRandom(seed, block === 0 ? 'simulation' : `simulation:${block}`)
  const parameters = parametersOf(options)
  const { campaigns, channels } = parameters
  const picker =
    campaigns &&
    new CampaignPicker(
      campaigns,
      channels.length,
      { startAtSec, days },
      createRandom(seed, `campaigns:${block}`),
    )
  const simulator = new UserSimulator(span, parameters, random, truth, experiment, picker)
  const end = Math.min(options.users, (block + 1) * USERS_PER_BLOCK)
  let batch: TouchpointRow[] = []
  for (let user = block * USERS_PER_BLOCK; user < end; user++) {
    simulator.simulate(`user-${user}`, batch)
    if ((user + 1) % USERS_PER_BATCH !== 0 && user + 1 < end) continue
    truth.countRows(batch.length)
    yield batch
    batch = []
  }
}
