import type { ExportManifest } from '../artifacts/manifest.ts'
import { ConfigError, DataError } from '../errors.ts'
import type { DatedExperiment, TestedChannels } from '../evidence/calibration.ts'
import { type RunRules, wholeMeaningBy } from '../examples/channel-rules.ts'
import { OTHER_CHANNEL, otherPositionOf } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { daysBeforeExamples } from '../queries/evidence-key.ts'
import { describeRow, type ExperimentRow, readExperiments } from '../queries/experiments.ts'
import type { ExtractionPlan } from '../queries/extraction-plan.ts'
import { surveyedRules } from '../queries/survey.ts'
import { maybeTable } from '../tables/output-tables.ts'
import { firstExampleDay } from './example-options.ts'
import { findUnmatched } from './unmatched-names.ts'
import type { World } from './world.ts'

/** What a run is told about causes. */
export interface KnownCauses {
  /** Rows of the experiments table; none without it. */
  readonly experiments: readonly ExperimentRow[]
  /** Positions of the channels that cause nothing. */
  readonly placebos: readonly number[]
}

/** Options that say what is known about causes. */
export type CausalOptions = Pick<OptionsOf<'shapley'>, 'db' | 'experimentsTable' | 'placeboChannels'>

/** What experiments and placebo channels are compared with. */
interface Compared {
  readonly channels: readonly string[]
  readonly evidence: Pick<ExportManifest['evidence'], 'firstDay' | 'days' | 'firstExampleDay'>
  readonly options: Pick<ExportManifest['options'], 'maxChannels' | 'conversionType'>
  readonly channelRules?: RunRules | undefined
}

/**
 * Reads what is known about causes before any other work: a bad table ends the step at once. A placebo channel that has no
 * touches in this run is a finding.
 * @param compared the export that the model was learned from.
 * @throws {ConfigError} {DataError} where the table can't be used.
 */
export async function readKnownCauses(
  options: CausalOptions,
  world: World,
  compared: Compared,
): Promise<KnownCauses> {
  world.findings.add(unmatchedFindings('placebos-without-touches', placeboNames(options, compared), compared))
  const experiments = await readOwnExperiments(options, world, compared.options.conversionType)
  return knownAmong(compared, options, experiments)
}

/** @returns the rows about the conversions that count; none without a table. */
export async function readOwnExperiments(
  options: Pick<CausalOptions, 'db' | 'experimentsTable'>,
  { warehouse, logger, signal }: World,
  conversionType: string | null | undefined,
): Promise<readonly ExperimentRow[]> {
  const table = maybeTable(options, 'experimentsTable')
  if (table === undefined) return []
  const { rows, ofOtherKinds } = await readExperiments(warehouse, table, conversionType ?? undefined, signal)
  if (ofOtherKinds > 0) {
    logger.info({ rows: ofOtherKinds, table }, 'left out experiments on other kinds of conversion')
  }
  return rows
}

/**
 * Checks before the examples are made what the credit will need after hours of training.
 * @param compared the export that is to be made, or that of the model of `--model-from`.
 * @returns findings about placebo channels and experiments.
 * @throws {ConfigError} {DataError} as {@link testsOf} does.
 */
export function checkKnownCauses(
  options: Pick<CausalOptions, 'placeboChannels'>,
  experiments: readonly ExperimentRow[],
  compared: Compared,
): readonly Finding[] {
  const { findings } = testsOf(knownAmong(compared, options, experiments), compared)
  const placebos = placeboNames(options, compared)
  return [...unmatchedFindings('placebos-without-touches', placebos, compared), ...findings]
}

/** @returns what {@link checkKnownCauses} compares with, of an export that is only planned. */
export function plannedExport(
  { channels, evidence, rules, survey }: ExtractionPlan,
  { conversionType }: { readonly conversionType?: string | undefined },
): Compared {
  return {
    channels,
    evidence: { ...evidence, firstExampleDay: firstExampleDay(rules) },
    options: { maxChannels: rules.maxChannels, conversionType: conversionType ?? null },
    channelRules: surveyedRules(survey),
  }
}

function knownAmong(
  compared: Compared,
  options: Pick<CausalOptions, 'placeboChannels'>,
  experiments: readonly ExperimentRow[],
): KnownCauses {
  const named = [...placeboNames(options, compared)].map((name) => compared.channels.indexOf(name))
  return { experiments, placebos: named.filter((at) => at >= 0) }
}

/** @returns the channels that cause nothing, by the names that rules give them. */
function placeboNames(
  { placeboChannels }: Pick<CausalOptions, 'placeboChannels'>,
  { channelRules }: Compared,
): ReadonlySet<string> {
  return new Set(placeboChannels.map(wholeMeaningBy(channelRules)))
}

/** Names that no touchpoint has, or only within `(other)`. */
function unmatchedFindings(
  code: 'placebos-without-touches' | 'experiments-without-touches',
  names: ReadonlySet<string>,
  { channels, options, channelRules }: Compared,
): readonly Finding[] {
  const unmatched = findUnmatched(names, channels)
  if (unmatched === undefined) return []
  if (otherPositionOf(channels, options.maxChannels) === undefined) {
    const whose =
      channelRules === undefined
        ? 'no touchpoint has'
        : 'no channel has, by the names that --channel-table gives'
    return [finding(code, { ...unmatched, what: `that ${whose}: ${unmatched.list}` })]
  }
  return [
    finding(code, {
      ...unmatched,
      what: `that no touchpoint has, or only within ${OTHER_CHANNEL}: ${unmatched.list}`,
      remedy:
        'write channels as in the touchpoints; where one is within (other), raise --max-channels (MAX_CHANNELS)',
    }),
  ]
}

const MS_PER_DAY = 86_400_000
/** Part of an experiment's days that may lie outside the data: the last day of a shop with few rows may have none. */
const MOST_OUTSIDE = 0.05
/** Of an experiment this long or longer, one day may, however little 5 % is. */
const WEEK = 7

interface DatedRow extends DatedExperiment {
  readonly row: ExperimentRow
}

/**
 * @param manifest of the export that the model was learned from.
 * @returns the experiments that can be compared with the model, by what they tested, and findings about the others.
 * @throws {DataError} for rows of one channel that share days, and for a channel that was tested alone and together with others.
 */
export function testsOf(
  { experiments, placebos }: KnownCauses,
  manifest: Compared,
): { readonly tests: readonly TestedChannels[]; readonly findings: readonly Finding[] } {
  const { channels } = manifest
  const named = new Set(experiments.flatMap(({ channel }) => namesOf(channel, manifest)))
  const known = experiments.filter(({ channel }) =>
    namesOf(channel, manifest).every((name) => channels.includes(name)),
  )
  const dated = known.map((row) => datedRow(row, manifest))
  const inside = dated.filter((one) => isInside(one, manifest))
  const outside = dated.filter((one) => !isInside(one, manifest))
  return {
    tests: groupByChannels(inside, manifest, placebos),
    findings: [
      ...unmatchedFindings('experiments-without-touches', named, manifest),
      ...outsideFindings(outside, manifest),
    ],
  }
}

/** @returns the channels of `a+b`, by the names that rules give them; a channel whose own name has a plus is one. */
function namesOf(channel: string, { channels, channelRules }: Compared): readonly string[] {
  const meaning = wholeMeaningBy(channelRules)
  return channels.includes(meaning(channel))
    ? [meaning(channel)]
    : channel.split('+').map((name) => meaning(name.trim()))
}

function datedRow(row: ExperimentRow, { evidence }: Pick<Compared, 'evidence'>): DatedRow {
  const dayOf = (date: string) => Date.parse(date) / MS_PER_DAY - evidence.firstDay
  return {
    row,
    fromDay: dayOf(row.from),
    toDay: dayOf(row.to),
    conversions: row.incrementalConversions,
    deviation: row.standardError,
  }
}

function isInside({ fromDay, toDay }: DatedRow, { evidence }: Pick<Compared, 'evidence'>): boolean {
  const first = daysBeforeExamples(evidence)
  const days = toDay - fromDay
  const unseen = days - (Math.min(toDay, evidence.days) - Math.max(fromDay, first))
  return unseen <= Math.max(days < WEEK ? 0 : 1, MOST_OUTSIDE * days)
}

function outsideFindings(
  outside: readonly DatedRow[],
  { evidence }: Pick<Compared, 'evidence'>,
): readonly Finding[] {
  const [first] = outside
  if (first === undefined) return []
  const dateOf = (day: number) => new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
  const from = dateOf(evidence.firstDay + daysBeforeExamples(evidence))
  const what = `of experiments on days that the data lack, which go from ${from} to ${dateOf(evidence.firstDay + evidence.days - 1)}`
  return [
    finding('experiments-outside-data', { count: outside.length, what, example: describeRow(first.row) }),
  ]
}

function groupByChannels(
  rows: readonly DatedRow[],
  compared: Compared,
  placebos: readonly number[],
): readonly TestedChannels[] {
  const groups = new Map<string, { channels: readonly number[]; experiments: DatedRow[] }>()
  for (const one of rows) {
    const tested = namesOf(one.row.channel, compared).map((name) => compared.channels.indexOf(name))
    const sorted = [...new Set(tested)].sort((left, right) => left - right)
    const group = groups.get(sorted.join()) ?? { channels: sorted, experiments: [] }
    groups.set(sorted.join(), group)
    checkApart(one, group.experiments)
    group.experiments.push(one)
  }
  checkDisjoint([...groups.values()], compared.channels, placebos)
  return [...groups.values()]
}

/** A conversion counts once: two rows about one day would count as two independent experiments. */
function checkApart({ row, fromDay, toDay }: DatedRow, former: readonly DatedRow[]): void {
  const other = former.find((one) => one.fromDay < toDay && fromDay < one.toDay)?.row
  if (other === undefined) return
  const isSame = other.from === row.from && other.to === row.to
  throw new DataError(
    `--experiments-table (EXPERIMENTS_TABLE): ${describeRow(row)} ${
      isSame
        ? 'occurs twice: keep one row of each experiment'
        : `shares days with ${describeRow(other)}: keep one of them, or make them one row`
    }`,
  )
}

function checkDisjoint(
  groups: readonly { readonly channels: readonly number[] }[],
  names: readonly string[],
  placebos: readonly number[],
): void {
  const seen = new Set<number>()
  for (const channel of groups.flatMap(({ channels }) => channels)) {
    const name = JSON.stringify(names[channel])
    if (seen.has(channel)) {
      throw new DataError(
        `--experiments-table (EXPERIMENTS_TABLE): ${name} was tested alone and together with other channels, or with ` +
          'different ones: keep the experiments of one kind',
      )
    }
    if (placebos.includes(channel)) {
      throw new ConfigError(
        `--placebo-channels (PLACEBO_CHANNELS): ${name} is in the experiments table, too: what it causes is either known to be ` +
          'nothing or what the experiment found; leave one of them out',
      )
    }
    seen.add(channel)
  }
}
