import type { ExportManifest } from '../artifacts/manifest.ts'
import type { SignalVerdict } from '../artifacts/results.ts'
import type { HeldOut, ModelQuality } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import type { StackedWeight } from '../evidence/stacked-weight.ts'
import type { ConvertingPatterns } from '../examples/pattern.ts'
import type { WeightedPredictions } from '../numerics/weighted-metrics.ts'
import type { OptionsOf } from '../options/option-table.ts'
import type { CampaignSplit, SplitCredits } from '../shapley/campaign-credit.ts'
import type { PatternCredit } from '../shapley/credit.ts'
import type { CreditEstimate } from './credit-estimate.ts'
import type { LearnedModel } from './learned-model.ts'

export const STACKED_METHOD = 'shapley_stacked'
export const BILSTM_METHOD = 'shapley_bilstm'
export const HAZARD_METHOD = 'shapley_hazard'

/** What the models are asked to credit. */
export interface CreditedExamples {
  readonly manifest: ExportManifest
  readonly learned: LearnedModel
  /** Patterns of the conversions to credit. */
  readonly converting: ConvertingPatterns
  /** Undefined where no user was held out. */
  readonly heldOut: HeldOut | undefined
  /** Of the test whether conversions and touches go together: by chance alone, the hazard model learned nothing. */
  readonly signal: Pick<SignalVerdict, 'hasSignal'>
  /** Of the hazard model's credits. */
  readonly noise: CreditNoise
  /** Undefined where there are no campaigns. */
  readonly split: CampaignSplit | undefined
}

/** The credits that one method gives, under its name in the table `attribution`. */
export interface MethodCredits extends SplitCredits {
  readonly method: string
  /** Undefined where it is not known. */
  readonly noise: CreditNoise | undefined
  /** Lower bound of its credits: 0 where they can't be negative. */
  readonly least: number
}

/** What one model says, and whether it learned anything. */
export interface ModelAnswer extends MethodCredits {
  /** Undefined without held-out users. */
  readonly quality: ModelQuality | undefined
  readonly hasLearned: boolean
}

export interface ModelAnswers {
  /** The model of `--model` first: its shares fill `shapley` and `shapley_channel`. */
  readonly models: readonly [ModelAnswer, ...ModelAnswer[]]
  /** The first model's credits of each pattern; none unless asked for. */
  readonly patterns: readonly PatternCredit[]
  /** Of the stacked model; undefined where it was not asked. */
  readonly weight: StackedWeight | undefined
  /** Of the nets' credits; undefined where they are exact. */
  readonly estimate: CreditEstimate | undefined
}

/** A model before it is asked for credits. */
export interface JudgedModel {
  /** Of held-out examples, by fits to other users; undefined without held-out users. */
  readonly predictions: WeightedPredictions | undefined
  readonly quality: ModelQuality | undefined
  readonly hasLearned: boolean
}

/** How models are asked. */
export type CreditOptions = Pick<
  OptionsOf<'shapley'>,
  'model' | 'evaluations' | 'seed' | 'backend' | 'threads'
>
