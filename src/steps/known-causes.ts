import type { ExportManifest } from '../artifacts/manifest.ts'
import { type ExportedConversions, gridOf } from '../artifacts/pattern-source.ts'
import type { KnownCausesResult } from '../artifacts/results.ts'
import { type CalibratedChannels, calibrate, withoutPlacebos } from '../evidence/calibration.ts'
import type { CreditNoise } from '../evidence/intervals.ts'
import { chooseNext, usersNeeded } from '../evidence/next-experiment.ts'
import type { Estimate } from '../evidence/posterior.ts'
import { INTERVAL_REACH } from '../evidence/quality.ts'
import type { EvidenceSample } from '../evidence/sample.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { exposureRuleOf } from '../hazard/exposure.ts'
import { attributeByHazard } from '../hazard/hazard-credit.ts'
import { chiSquareTail } from '../numerics/chi-square.ts'
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
  /** Of its credits. */
  readonly noise: CreditNoise
}

/**
 * Corrects the hazard model's credit by experiments and placebo channels, and says what to test next.
 * @param effect by cell the part of its credit that touches after conversions leave; absent: all of it.
 */
export function askCalibrated(
  answer: HazardAnswer,
  known: KnownCauses,
  effect?: Float64Array,
): CalibratedAnswer {
  const { learned, conversions, sample, noise } = answer
  const { channels } = learned.manifest
  const { tests, findings } = testsOf(known, learned.manifest)
  const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0)
  const ratio = total(conversions.credited.conversions) / total(conversions.learned.conversions)
  const fit = { ...learned.model.hazard, exposure: Float64Array.from(learned.model.hazard.exposure) }
  const deviations = noise.channels.map((deviation) => (ratio > 0 ? deviation / ratio : 0))
  const input = {
    fit,
    learned: conversions.learned,
    sample,
    rule: exposureRuleOf(learned.manifest),
    deviations,
  }
  const { model, part, tested } = calibrate(input, tests, effect)
  const grid = gridOf(learned.manifest)
  const whole = sumByChannel(attributeByHazard(fit, conversions.credited).conversions, grid)
  const parts = withoutPlacebos(part, grid, known.placebos)
  const credits = attributeByHazard(model, conversions.credited, undefined, parts)
  const calibrated = {
    method: CALIBRATED_METHOD,
    credits,
    least: 0,
    noise: noiseOf(credits.conversions, parts, answer, tested, ratio),
  }
  const together = (of: readonly number[]) => of.reduce((sum, channel) => sum + (whole[channel] ?? 0), 0)
  const told = {
    placebos: known.placebos.map((at) => ({ channel: channels[at] ?? '', conversions: whole[at] ?? 0 })),
    experiments: tested.map(({ channels: of, model, experiment, calibrated }) => ({
      channels: of.map((at) => channels[at] ?? ''),
      model: { conversions: together(of), deviation: model.deviation * ratio },
      experiment: scaled(experiment, ratio),
      calibrated: scaled(calibrated, ratio),
    })),
  }
  const result = { ...told, next: nextOf(answer, whole, told) }
  return {
    credits: tests.length + known.placebos.length > 0 ? [calibrated] : [],
    known: result,
    evidence: evidenceOf(result, learned.manifest),
    findings: [...findings, ...tested.flatMap((one) => experimentFindings(one, tests, channels))],
  }
}

function scaled({ conversions, deviation }: Estimate, ratio: number): Estimate {
  return { conversions: conversions * ratio, deviation: deviation * ratio }
}

/** Of tested channels the error of model and experiment together; of the others that of the model. */
function noiseOf(
  credits: Float64Array,
  parts: Float64Array,
  { noise, sample: { grid } }: HazardAnswer,
  tested: readonly CalibratedChannels[],
  ratio: number,
): CreditNoise {
  const byChannel = sumByChannel(credits, grid)
  const cells = noise.cells.map((deviation, cell) => deviation * (parts[cell] ?? 1))
  const channels = noise.channels.map((deviation, channel) => deviation * Math.min(1, parts[channel] ?? 1))
  let squares = 0
  for (const { channels: of, calibrated } of tested) {
    const deviation = calibrated.deviation * ratio
    squares += deviation ** 2
    const together = of.reduce((sum, channel) => sum + (byChannel[channel] ?? 0), 0)
    for (const channel of of) {
      const own = byChannel[channel] ?? 0
      channels[channel] = together > 0 ? (deviation * own) / together : deviation / of.length
      for (let cell = channel; cell < cells.length; cell += grid.channelCount) {
        if (own > 0)
          cells[cell] = Math.hypot(cells[cell] ?? 0, ((credits[cell] ?? 0) * (channels[channel] ?? 0)) / own)
      }
    }
  }
  const wider = (deviation: number) => Math.hypot(deviation, Math.sqrt(squares))
  return { cells, channels, allChannels: wider(noise.allChannels), baseline: wider(noise.baseline) }
}

function nextOf(
  { learned: { manifest }, sample, noise }: HazardAnswer,
  credits: Float64Array,
  { placebos, experiments }: Omit<KnownCausesResult, 'next'>,
): KnownCausesResult['next'] {
  const known = [
    ...placebos.map(({ channel }) => channel),
    ...experiments.flatMap(({ channels }) => channels),
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
  if (next === undefined) return null
  const users = usersNeeded(next.conversions, sample)
  return { channel: manifest.channels[next.channel] ?? '', conversions: next.conversions, users }
}

function evidenceOf(
  { placebos, experiments, next }: KnownCausesResult,
  { evidence }: Pick<ExportManifest, 'evidence'>,
): readonly EvidenceRow[] {
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
      : [{ measure: 'next_experiment', value: next.users, ...none, verdict: adviceOf(next, evidence.days) }]),
  ]
}

/** @returns which channel to test next, and how. */
export function adviceOf(
  { channel, conversions, users }: NonNullable<KnownCausesResult['next']>,
  days: number,
): string {
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
            count: Math.round(experiment.conversions),
            what: `caused by ${name} as experiments say, while ${rounded(most)} have a touch of it`,
            example: name,
          }),
        ]
      : []),
  ]
}

/** @returns the amount with a decimal below 10. */
function rounded(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: Math.abs(amount) < 10 ? 1 : 0 })
}
