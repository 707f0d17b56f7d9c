import type { ExperimentTruth } from './experiment.ts'
import { type SimulationVariant, truthOf } from './worlds.ts'

const MEANING = {
  users: 'users simulated, those without any row included',
  days: 'days simulated',
  seed: 'seed of the random numbers',
  startAtSec: 'start of the first day in Unix seconds',
  rows: 'rows of the touchpoints',
  touches: 'touches: rows with a channel',
  conversions:
    'conversions in all, and below: those with the cause in question, a half where two touches cause one together',
  value: 'sum of the values of these conversions',
  baseline: 'conversions that no touch caused',
  byChannel:
    'conversions that a touch of the channel caused itself, by channel; with the baseline, they add up to all',
  startedConversions:
    'conversions caused by this touch or one that it led to, in any number of steps, by the channel that started the chain',
  daysBefore: 'calendar days (UTC) from the causing touch to the conversion',
  byDaysBefore: 'the same conversions by channel and days before',
  startedBy: 'conversions of the line by the channel that started the chain of touches',
  followUps: 'touches of one channel (to) that touches of another (from) led to',
  parameters: 'everything that determines the rows besides users, days and seed',
} as const

const EXPERIMENT_MEANING = {
  experiment: 'a random part of the users, the control group, never met the channel',
  exposed: 'users who could meet the channel, those without any row included, and their conversions',
  control: 'users who could not, and their conversions',
  incrementalConversions:
    'result of the experiment: conversions per exposed user less those per control user, times exposed users',
  standardError: 'standard error of the result',
  expectedConversions:
    'what the experiment measures, without its chance: conversions of exposed users that would not have been without the ' +
    'channel, so those of touches that it led to are among them, and those that other touches would have caused instead are not',
} as const

const CAMPAIGN_MEANING = {
  byCampaign:
    'the same conversions by campaign and, from 0 on, days before; campaigns of a channel add up to it',
  factor: 'what a touch of the campaign causes, in parts of what one of its channel causes on average',
} as const

/** @returns what the numbers of a truth file are, by the name of the field. */
export function meaningOf(
  variant: SimulationVariant,
  experiment: ExperimentTruth | null,
  hasCampaigns = false,
): Readonly<Record<string, string>> {
  return {
    variant: truthOf(variant),
    ...MEANING,
    ...(experiment === null ? {} : EXPERIMENT_MEANING),
    ...(hasCampaigns ? CAMPAIGN_MEANING : {}),
  }
}
