import type { Random } from '../numerics/random.ts'
import type { SimulationParameters } from './parameters.ts'
import { SECONDS_PER_DAY } from './rhythm.ts'
import type { Touch } from './touches.ts'

/** The users and conversions of one group of an experiment. */
export interface GroupTotal {
  readonly users: number
  readonly conversions: number
}

/** What the experiment of the `holdout` world finds, and what it would find without chance. */
export interface ExperimentTruth {
  readonly channel: string
  /** First day, and the day after the last one, as dates (UTC). */
  readonly from: string
  readonly to: string
  readonly exposed: GroupTotal
  readonly control: GroupTotal
  /** Conversions per exposed user less those per control user, times exposed users; null where a group has less than two users. */
  readonly incrementalConversions: number | null
  /** Of `incrementalConversions`. */
  readonly standardError: number | null
  /** Conversions of the exposed users that would not have been without the channel. */
  readonly expectedConversions: number
}

/** @returns the result of an experiment, for people. */
export function describeExperiment(experiment: ExperimentTruth): string {
  const { channel, from, to, incrementalConversions, standardError, expectedConversions } = experiment
  const result =
    incrementalConversions === null || standardError === null
      ? 'too few users for a result'
      : `${incrementalConversions.toFixed(0)} conversions by it, standard error ${standardError.toFixed(0)}`
  return `a random part of the users never gets ${channel}; from ${from} up to ${to}: ${result} (${expectedConversions} in truth)`
}

type Group = 'exposed' | 'control'

/** Places of a group's numbers in a ledger. */
const USERS = 0
const CONVERSIONS = 1
const SQUARES = 2
const GROUP_NUMBERS = 3

/** Adds up one group's conversions per user and their squares. */
class GroupSums {
  private readonly numbers: Float64Array

  constructor(numbers: Float64Array) {
    this.numbers = numbers
  }

  add(conversions: number): void {
    this.numbers[USERS]!++
    this.numbers[CONVERSIONS]! += conversions
    this.numbers[SQUARES]! += conversions ** 2
  }

  get users(): number {
    return this.numbers[USERS]!
  }

  get mean(): number {
    return this.numbers[CONVERSIONS]! / this.users
  }

  /** @returns the squared standard error of the mean. */
  get variance(): number {
    return (this.numbers[SQUARES]! / this.users - this.mean ** 2) / (this.users - 1)
  }

  get total(): GroupTotal {
    return { users: this.users, conversions: this.numbers[CONVERSIONS]! }
  }
}

/** Assigns users to the groups of an experiment, and adds up its result while they are simulated. */
export class ExperimentLedger {
  /** Index of the channel that the control group never meets. */
  readonly channel: number
  private readonly name: string
  private readonly controlFraction: number
  /** All that it knows: those of several ledgers add up. */
  readonly numbers = new Float64Array(2 * GROUP_NUMBERS + 1)
  private readonly groups = {
    exposed: new GroupSums(this.numbers.subarray(0, GROUP_NUMBERS)),
    control: new GroupSums(this.numbers.subarray(GROUP_NUMBERS)),
  }

  constructor({ channels, holdout }: SimulationParameters) {
    this.name = holdout?.channel ?? ''
    this.controlFraction = holdout?.controlFraction ?? 0
    this.channel = channels.findIndex(({ channel }) => channel === this.name)
  }

  drawGroup(random: Random): Group {
    return random.uniform() < this.controlFraction ? 'control' : 'exposed'
  }

  /** @returns the touches that are left where the channel is not met: neither its own nor what they led to. */
  touchesWithout(touches: readonly Touch[]): readonly Touch[] {
    return touches.filter((touch) => !this.stemsFromChannel(touch))
  }

  /** @param countWithout counts the conversions that the same user would have had without the channel. */
  add(group: Group, conversions: number, countWithout: () => number): void {
    this.groups[group].add(conversions)
    if (group === 'exposed') this.numbers[2 * GROUP_NUMBERS]! += conversions - countWithout()
  }

  /** @returns the result. */
  truth({ startAtSec, days }: { readonly startAtSec: number; readonly days: number }): ExperimentTruth {
    const { exposed, control } = this.groups
    const isTooSmall = Math.min(exposed.users, control.users) < 2
    return {
      channel: this.name,
      from: dateOf(startAtSec),
      to: dateOf(startAtSec + days * SECONDS_PER_DAY),
      exposed: exposed.total,
      control: control.total,
      incrementalConversions: isTooSmall ? null : exposed.users * (exposed.mean - control.mean),
      standardError: isTooSmall ? null : exposed.users * Math.sqrt(exposed.variance + control.variance),
      expectedConversions: this.numbers[2 * GROUP_NUMBERS]!,
    }
  }

  private stemsFromChannel({ channel, ledBy }: Touch): boolean {
    return channel === this.channel || (ledBy !== undefined && this.stemsFromChannel(ledBy))
  }
}

function dateOf(atSec: number): string {
  return new Date(atSec * 1000).toISOString().slice(0, 10)
}
