import { drawFactor } from '../numerics/distributions.ts'
import type { Random } from '../numerics/random.ts'
import type { CampaignPicker } from './campaigns.ts'
import { ConversionGenerator, type SimulatedConversion } from './conversions.ts'
import type { ExperimentLedger } from './experiment.ts'
import { drawIntents } from './intents.ts'
import type { SimulationParameters } from './parameters.ts'
import { type Period, SECONDS_PER_DAY } from './rhythm.ts'
import { happens, type Touch, TouchGenerator } from './touches.ts'
import type { TruthLedger } from './truth.ts'

/** One row of a touchpoints table. */
export interface TouchpointRow {
  readonly userId: string
  /** Unix seconds. */
  readonly atSec: number
  /** Null on the row of a conversion that is not a touch. */
  readonly channel: string | null
  /** Absent where there are no campaigns. */
  readonly campaign?: string | undefined
  readonly conversion: 0 | 1
  /** Conversion value; 0 without a conversion. */
  readonly value: number
}

const SHORTEST_CONFIRMATION_SEC = 120
const CONFIRMATION_SPREAD_SEC = 480

/** Simulates the rows of one user after the other. */
export class UserSimulator {
  private readonly parameters: SimulationParameters
  private readonly random: Random
  private readonly span: Period
  private readonly touches: TouchGenerator
  private readonly conversions: ConversionGenerator
  private readonly ledger: TruthLedger
  private readonly experiment: ExperimentLedger | undefined
  private readonly campaigns: CampaignPicker | undefined

  /** @param experiment records the result of the holdout of `parameters`, if there is one. */
  constructor(
    span: Period,
    parameters: SimulationParameters,
    random: Random,
    ledger: TruthLedger,
    experiment: ExperimentLedger | undefined,
    campaigns?: CampaignPicker,
  ) {
    this.parameters = parameters
    this.random = random
    this.span = span
    this.touches = new TouchGenerator(parameters, random, campaigns)
    this.conversions = new ConversionGenerator(parameters, random)
    this.ledger = ledger
    this.experiment = experiment
    this.campaigns = campaigns
  }

  /** Appends one user's rows to the batch and records their causes. */
  simulate(userId: string, batch: TouchpointRow[]): void {
    const { random, parameters, span, experiment } = this
    const group = experiment?.drawGroup(random)
    const intents = drawIntents(random, parameters, span)
    const planned = this.touches.draw(span, intents, group === 'control' ? experiment?.channel : undefined)
    const baselinePerDay = parameters.baselinePerDay * drawFactor(random, parameters.baselineSpread)
    const conversions = this.conversions.draw(planned, baselinePerDay, span, intents)
    const touches = planned.filter(happens)
    if (experiment !== undefined && group !== undefined) {
      const without = () => this.conversions.countAgain(experiment.touchesWithout(touches), span)
      experiment.add(group, conversions.length, without)
    }
    for (const conversion of conversions) recordCauses(conversion, this.ledger)
    const allTouches = this.addConfirmations(touches, conversions)
    for (const touch of allTouches) this.ledger.countTouch(touch)
    this.appendRows(userId, allTouches, conversions, batch)
  }

  private appendRows(
    userId: string,
    touches: readonly Touch[],
    conversions: readonly SimulatedConversion[],
    batch: TouchpointRow[],
  ): void {
    let next = 0
    for (const touch of touches) {
      for (; next < conversions.length && conversions[next]!.atSec < touch.atSec; next++) {
        batch.push(conversionRow(userId, conversions[next]!))
      }
      const converts = conversions[next]?.onTouch === touch ? conversions[next++] : undefined
      batch.push({
        userId,
        atSec: touch.atSec,
        channel: this.parameters.channels[touch.channel]!.channel,
        ...(touch.campaign === undefined
          ? {}
          : { campaign: this.parameters.campaigns?.[touch.campaign]?.campaign }),
        conversion: converts === undefined ? 0 : 1,
        value: converts?.value ?? 0,
      })
    }
    for (; next < conversions.length; next++) batch.push(conversionRow(userId, conversions[next]!))
  }

  /** E-mails after most conversions: touches that can't have caused what they confirm, and cause nothing later. */
  private addConfirmations(
    touches: readonly Touch[],
    conversions: readonly SimulatedConversion[],
  ): readonly Touch[] {
    const { confirmations, channels } = this.parameters
    if (confirmations === null) return touches
    const channel = channels.findIndex((candidate) => candidate.channel === confirmations.channel)
    const sent = conversions
      .filter(() => this.random.uniform() < confirmations.probability)
      .map(({ atSec }) => ({
        atSec: atSec + SHORTEST_CONFIRMATION_SEC + this.random.below(CONFIRMATION_SPREAD_SEC),
        channel,
      }))
      .filter(({ atSec }) => atSec < this.span.toSec)
      .map((touch) => ({ ...touch, campaign: this.campaigns?.pick(channel, touch.atSec) }))
    return [...touches, ...sent].sort((left, right) => left.atSec - right.atSec)
  }
}

function conversionRow(userId: string, { atSec, value }: SimulatedConversion): TouchpointRow {
  return { userId, atSec, channel: null, conversion: 1, value }
}

function recordCauses({ atSec, value, causes }: SimulatedConversion, ledger: TruthLedger): void {
  ledger.countConversion(value)
  if (causes.length === 0) ledger.creditBaseline(value)
  for (const touch of causes) {
    const daysBefore = Math.floor(atSec / SECONDS_PER_DAY) - Math.floor(touch.atSec / SECONDS_PER_DAY)
    ledger.creditTouch(touch, daysBefore, 1 / causes.length, value)
  }
}
