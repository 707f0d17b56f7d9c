import { type ExportedConversions, gridOf } from '../artifacts/pattern-source.ts'
import type { KnownCausesResult } from '../artifacts/results.ts'
import { calibratedNoise } from '../evidence/calibrated-noise.ts'
import { type CalibratedChannels, calibrate, withoutPlacebos } from '../evidence/calibration.ts'
import { creditTotals } from '../evidence/credit-totals.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { withModelError } from '../evidence/model-error.ts'
import { chooseNext, usersNeeded } from '../evidence/next-experiment.ts'
import type { Estimate } from '../evidence/posterior.ts'
import { INTERVAL_REACH } from '../evidence/quality.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import { OTHER_CHANNEL } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import type { HazardFit } from '../hazard/model.ts'
import { chiSquareTail } from '../numerics/chi-square.ts'
import { daysBeforeExamples } from '../queries/evidence-key.ts'
import { type CampaignSplit, creditSplit } from '../shapley/campaign-credit.ts'
import type { CellCredits } from '../shapley/credit.ts'
import { sumByChannel } from '../shapley/totals.ts'
import type { EvidenceRow } from '../tables/evidence.ts'
import { type KnownCauses, testsOf } from './experiments.ts'
import type { LearnedModel } from './learned-model.ts'
import type { MethodCredits } from './model-answers.ts'

const CALIBRATED_METHOD = 'hazard_calibrated'

/** What is known of causes, and the hazard model's credit as it corrects it. */
export interface CalibratedAnswer {
  /** None where nothing is known. */
  readonly credits: readonly MethodCredits[]
  readonly known: KnownCausesResult
  /** Further rows of the table `evidence`. */
  readonly evidence: readonly EvidenceRow[]
  readonly findings: readonly Finding[]
}

/** What the hazard model says, and what it was learned from. */
export interface HazardAnswer {
  readonly learned: Pick<LearnedModel, 'manifest' | 'model'>
  /** Patterns of the conversions that are learned from and of those that are credited. */
  readonly conversions: ExportedConversions
  /** Of the users that the model was learned from. */
  readonly sample: EvidenceSample
  /** What it credits. */
  readonly credits: CellCredits
  /** Undefined where there are no campaigns. */
  readonly split: CampaignSplit | undefined
  /** Of these credits. */
  readonly noise: CreditNoise
  /** Of what it would credit of all conversions that it was learned from; asked only where there are experiments. */
  readonly learnedNoise: () => Promise<CreditNoise>
}

/**
 * Corrects the hazard model's credit by experiments and placebo channels, and says what to test next.
 * @param effect by cell the part of its credit that touches after conversions leave; absent: all of it.
 */
export async function askCalibrated(
  answer: HazardAnswer,
  known: KnownCauses,
  effect?: Float64Array,
): Promise<CalibratedAnswer> {
  const { learned, conversions } = answer
  const { tests, findings } = testsOf(known, learned.manifest)
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0)
  const ratio = total(conversions.credited.conversions) / total(conversions.learned.conversions)
  const whole = sumByChannel(answer.credits.conversions, gridOf(learned.manifest))
  const isAnythingKnown = tests.length + known.placebos.length > 0
  const corrected = isAnythingKnown
    ? await correct(answer, { tests, placebos: known.placebos, whole, ratio, effect })
    : { credits: [], told: { placebos: [], experiments: [] }, findings: [] }
  const result = { ...corrected.told, next: nextOf(answer, whole, corrected.told, ratio) }
  return {
    credits: corrected.credits,
    known: result,
    evidence: evidenceOf(result),
    findings: [...findings, ...corrected.findings],
  }
}

type Corrected = Pick<CalibratedAnswer, 'credits' | 'findings'> & {
  readonly told: Omit<KnownCausesResult, 'next'>
}

/** What the credits are corrected by. */
interface Corrections {
  readonly tests: ReturnType<typeof testsOf>['tests']
  readonly placebos: KnownCauses['placebos']
  /** The hazard model's credit by channel. */
  readonly whole: ArrayLike<number>
  /** Credited conversions, of those that were learned from. */
  readonly ratio: number
  readonly effect: Float64Array | undefined
}

async function correct(
  answer: HazardAnswer,
  { tests, placebos, whole, ratio, effect }: Corrections,
): Promise<Corrected> {
  const { learned, conversions, sample } = answer
  const { channels } = learned.manifest
  const fit = { ...learned.model.hazard, exposure: Float64Array.from(learned.model.hazard.exposure) }
  const grid = gridOf(learned.manifest)
  const input = {
    fit,
    learned: conversions.learned,
    sample,
    rule: exposureRuleOf(learned.manifest),
    deviations: tests.length > 0 ? await learnedDeviations(answer, fit) : [],
  }
  const { model, part, tested, isReached } = calibrate(input, tests, effect)
  const parts = withoutPlacebos(part, grid, placebos)
  const split = creditSplit(answer.split, (add) => attributeByHazard(model, conversions.credited, add, parts))
  const { credits } = split
  const left = sumByChannel(credits.conversions, grid)
  const noise = withModelError(answer.noise, creditTotals(answer.credits, grid, learned.manifest))
  const calibrated = {
    method: CALIBRATED_METHOD,
    ...split,
    least: 0,
    noise: calibratedNoise({ noise, whole, left, credits: credits.conversions }, grid, tested, ratio),
  }
  const sumOf = (credit: ArrayLike<number>, of: readonly number[]) =>
    of.reduce((sum, channel) => sum + (credit[channel] ?? 0), 0)
  const told = {
    placebos: placebos.map((at) => ({ channel: channels[at] ?? '', conversions: whole[at] ?? 0 })),
    experiments: tested.map(({ channels: of, model, experiment, calibrated }) => ({
      channels: of.map((at) => channels[at] ?? ''),
      model: { conversions: sumOf(whole, of), deviation: model.deviation * ratio },
      experiment: scaled(experiment, ratio),
      // What the rows say: a night may differ from its part of the range, and no credit is below 0 or above what was touched.
      calibrated: { conversions: sumOf(left, of), deviation: calibrated.deviation * ratio },
    })),
  }
  return {
    credits: [calibrated],
    told,
    findings: [
      ...tested.flatMap((one) => experimentFindings(one, tests, channels)),
      ...(isReached ? [] : [tooHighTogether(tested, channels)]),
    ],
  }
}

function scaled({ conversions, deviation }: Estimate, ratio: number): Estimate {
  return { conversions: conversions * ratio, deviation: deviation * ratio }
}

/** @returns by channel how much the model's credit of all that it was learned from may be off. */
async function learnedDeviations(
  { learned, conversions, learnedNoise }: HazardAnswer,
  fit: HazardFit,
): Promise<Float64Array> {
  const grid = gridOf(learned.manifest)
  const totals = creditTotals(attributeByHazard(fit, conversions.learned), grid, learned.manifest)
  return withModelError(await learnedNoise(), totals).channels
}

function nextOf(
  { learned: { manifest }, sample, noise }: HazardAnswer,
  credits: ArrayLike<number>,
  { placebos, experiments }: Omit<KnownCausesResult, 'next'>,
  ratio: number,
): KnownCausesResult['next'] {
  const known = [
    ...placebos.map(({ channel }) => channel),
    ...experiments.flatMap(({ channels }) => channels),
    // Nobody can withhold what it is made of.
    OTHER_CHANNEL,
  ]
  const untested = manifest.channels
    .map((_, channel) => ({
      channel,
      conversions: credits[channel] ?? 0,
      deviation: noise.channels[channel] ?? 0,
    }))
    .filter(({ channel }) => !known.includes(manifest.channels[channel] ?? ''))
  const biases = experiments.flatMap(({ model, calibrated }) =>
    model.conversions > 0 ? [1 - calibrated.conversions / model.conversions] : [],
  )
  const next = chooseNext(untested, biases)
  if (next === undefined || !(ratio > 0)) return null
  // The experiment is as long as what was learned from.
  const conversions = next.conversions / ratio
  const channel = manifest.channels[next.channel] ?? ''
  const days = manifest.evidence.days - daysBeforeExamples(manifest.evidence)
  const users = usersNeeded(conversions, sample)
  return users === undefined ? null : { channel, conversions, users, days }
}

function evidenceOf({ placebos, experiments, next }: KnownCausesResult): readonly EvidenceRow[] {
  const none = { lower: null, upper: null }
  return [
    ...placebos.map(({ channel, conversions }) => ({
      measure: `placebo_${channel}`,
      value: conversions,
      ...none,
      verdict: `known error: ${channel} causes nothing, the hazard model credits it with ${rounded(conversions)} conversions`,
    })),
    ...experiments.map(({ channels, model, experiment, calibrated }) => ({
      measure: `experiment_${channels.join('+')}`,
      value: calibrated.conversions,
      lower: Math.max(0, calibrated.conversions - INTERVAL_REACH * calibrated.deviation),
      upper: calibrated.conversions + INTERVAL_REACH * calibrated.deviation,
      verdict:
        `${channels.join(' and ')}: ${rounded(model.conversions)} conversions by the hazard model, ` +
        `${rounded(experiment.conversions)} ± ${rounded(experiment.deviation)} by experiment, ${rounded(calibrated.conversions)} by both`,
    })),
    ...(next === null
      ? []
      : [{ measure: 'next_experiment', value: next.users, ...none, verdict: adviceOf(next) }]),
  ]
}

/** @returns which channel to test next, and how. */
export function adviceOf({
  channel,
  conversions,
  users,
  days,
}: NonNullable<KnownCausesResult['next']>): string {
  return (
    `test ${channel} next: most is at stake there; ${rounded(users)} users over ${rounded(days)} days, half of them without it, ` +
    `show an effect of ${rounded(conversions)} conversions with a probability of 80 %`
  )
}

/** Below this p-value experiments contradict each other. */
const CONTRADICTION = 0.01

function experimentFindings(
  { channels: of, experiment, spread, most }: CalibratedChannels,
  tests: ReturnType<typeof testsOf>['tests'],
  channels: readonly string[],
): readonly Finding[] {
  const name = of.map((at) => channels[at] ?? '').join('+')
  const rows = tests.find((test) => test.channels === of)?.experiments.length ?? 0
  const isTooMuch = experiment.conversions - INTERVAL_REACH * experiment.deviation > most
  return [
    ...(rows > 1 && chiSquareTail(spread, rows - 1) < CONTRADICTION
      ? [
          finding('contradicting-experiments', {
            count: rows,
            what: `on ${name} contradict each other`,
            example: name,
          }),
        ]
      : []),
    ...(isTooMuch
      ? [
          finding('experiment-above-conversions', {
            // What is below one conversion is found, too.
            count: Math.max(1, Math.round(experiment.conversions)),
            what: `caused by ${name} as experiments say, while ${rounded(most)} have a touch of it`,
            example: name,
          }),
        ]
      : []),
  ]
}

function tooHighTogether(tested: readonly CalibratedChannels[], channels: readonly string[]): Finding {
  const names = tested.map(({ channels: of }) => of.map((at) => channels[at] ?? '').join('+'))
  const what = `on ${names.join(', ')} can't be right together: too few conversions have a touch of them, so none raises its channel's credit`
  return finding('contradicting-experiments', { count: tested.length, what })
}

/** @returns the amount with a decimal below 10. */
function rounded(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: Math.abs(amount) < 10 ? 1 : 0 })
}
