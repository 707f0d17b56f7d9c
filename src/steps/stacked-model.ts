import { gridOf } from '../artifacts/pattern-source.ts'
import { creditTotals } from '../evidence/credit-totals.ts'
import { measureModel } from '../evidence/held-out.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { mixedNoise } from '../evidence/mixed-noise.ts'
import {
  chooseStackedWeight,
  hazardAlone,
  type StackedWeight,
  stackPredictions,
} from '../evidence/stacked-weight.ts'
import { HazardTerms } from '../hazard/terms.ts'
import type { CampaignSums, SplitCredits } from '../shapley/campaign-credit.ts'
import type { PatternCredit } from '../shapley/credit.ts'
import { KnownCredits, mixCredits } from '../shapley/stacked.ts'
import { type CreditedExamples, type JudgedModel, type ModelAnswer, STACKED_METHOD } from './model-answers.ts'

/**
 * The mixture of hazard model and BiLSTM whose weight the held-out users decide. It takes the credits that the BiLSTM gives
 * to each pattern as they come: no coalition is evaluated again.
 */
export class StackedModel {
  readonly weight: StackedWeight
  private readonly examples: CreditedExamples
  private readonly hazard: JudgedModel
  private readonly biLstm: JudgedModel
  private readonly terms: HazardTerms
  private readonly credits: KnownCredits
  private readonly sums: CampaignSums | undefined
  private readonly onPattern: (one: PatternCredit) => void

  /** @param onPattern gets the credit of each pattern. */
  constructor(
    examples: CreditedExamples,
    hazard: JudgedModel,
    biLstm: JudgedModel,
    onPattern: (one: PatternCredit) => void,
  ) {
    this.examples = examples
    this.hazard = hazard
    this.biLstm = biLstm
    this.weight = weigh(hazard, biLstm)
    this.terms = new HazardTerms(examples.learned.model.hazard, gridOf(examples.manifest))
    this.credits = new KnownCredits(examples.converting)
    this.sums = examples.split?.sums()
    this.onPattern = onPattern
  }

  /** @param biLstm what the BiLSTM credits after one pattern. */
  add(biLstm: PatternCredit): void {
    const hazard = this.terms.creditOf(biLstm.pattern, biLstm.cells)
    const mixed = mixCredits(hazard, biLstm, this.weight.weight)
    this.credits.add(mixed)
    this.sums?.add(mixed)
    this.onPattern(mixed)
  }

  /** @returns the answer when the credits of all patterns were added. With weight 0, the hazard model's to the last bit. */
  answer(hazard: ModelAnswer, biLstm: ModelAnswer): ModelAnswer {
    const { weight } = this.weight
    return {
      method: STACKED_METHOD,
      ...this.split(hazard, biLstm),
      noise: weight === 0 ? hazard.noise : this.noise(hazard, biLstm),
      least: weight === 0 ? hazard.least : biLstm.least,
      quality: this.quality(),
      hasLearned: hazard.hasLearned || (weight > 0 && biLstm.hasLearned),
    }
  }

  private split(hazard: ModelAnswer, biLstm: ModelAnswer): SplitCredits {
    if (this.weight.weight === 0) return { credits: hazard.credits, campaigns: hazard.campaigns }
    const whole = this.credits.totals(biLstm.credits)
    return this.sums?.totals(whole) ?? { credits: whole, campaigns: undefined }
  }

  /** A BiLSTM whose noise is not known is taken to vary as the hazard model does. */
  private noise(hazard: ModelAnswer, biLstm: ModelAnswer): CreditNoise | undefined {
    if (hazard.noise === undefined) return undefined
    const { manifest } = this.examples
    const grid = gridOf(manifest)
    const first = { totals: creditTotals(hazard.credits, grid, manifest), noise: hazard.noise }
    const noise = biLstm.noise ?? hazard.noise
    const second = { totals: creditTotals(biLstm.credits, grid, manifest), noise }
    return mixedNoise(first, second, this.weight.weight)
  }

  private quality(): ModelAnswer['quality'] {
    const { heldOut } = this.examples
    const [hazard, biLstm] = [this.hazard.predictions, this.biLstm.predictions]
    if (heldOut === undefined || hazard === undefined || biLstm === undefined) return undefined
    return measureModel('stacked', heldOut, stackPredictions(hazard, biLstm, this.weight.weight))
  }
}

function weigh(hazard: JudgedModel, biLstm: JudgedModel): StackedWeight {
  if (!biLstm.hasLearned) return hazardAlone('the BiLSTM learned nothing')
  if (hazard.predictions === undefined || biLstm.predictions === undefined) {
    return hazardAlone('no users were held out to weigh the BiLSTM against it')
  }
  return chooseStackedWeight(hazard.predictions, biLstm.predictions)
}
