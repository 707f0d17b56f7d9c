import type { ExportManifest } from '../artifacts/manifest.ts'
import { ConfigError, DataError } from '../errors.ts'
import type { DatedExperiment, TestedChannels } from '../evidence/calibration.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { describeRow, type ExperimentRow, readExperiments } from '../queries/experiments.ts'
import { maybeTable } from '../tables/output-tables.ts'
import { findUnmatched } from './unmatched-names.ts'
import type { World } from './world.ts'

/** What a run is told about causes. */
export interface KnownCauses {
  /** Rows of the experiments table; none without it. */
  readonly experiments: readonly ExperimentRow[]
  /** Positions of the channels that cause nothing. */
  readonly placebos: readonly number[]
}

/**
 * Reads what is known about causes before any other work: a bad table or name ends the step at once.
 * @throws {ConfigError} {DataError} where it can't be used.
 */
export async function readKnownCauses(
  options: Pick<OptionsOf<'shapley'>, 'db' | 'experimentsTable' | 'placeboChannels'>,
  { warehouse, signal }: World,
  { channels }: Pick<ExportManifest, 'channels'>,
): Promise<KnownCauses> {
  const { placeboChannels } = options
  const unknown = findUnmatched(placeboChannels, channels)
  if (unknown !== undefined) {
    throw new ConfigError(
      `--placebo-channels (PLACEBO_CHANNELS) names channels that no touchpoint has: ${unknown.list}: write them as in the touchpoints`,
    )
  }
  const table = maybeTable(options, 'experimentsTable')
  return {
    experiments: table === undefined ? [] : await readExperiments(warehouse, table, signal),
    placebos: placeboChannels.map((channel) => channels.indexOf(channel)),
  }
}

const MS_PER_DAY = 86_400_000
/** Of an experiment's days that may lie outside the data: the last day of a shop with few rows may have none. */
const MOST_OUTSIDE = 0.05

interface DatedRow extends DatedExperiment {
  readonly row: ExperimentRow
}

/**
 * @param manifest of the export that the model was learned from.
 * @returns the experiments that can be compared with the model, by what they tested, and findings about the others.
 * @throws {DataError} for a row that occurs twice, and for a channel that was tested alone and together with others.
 */
export function testsOf(
  { experiments, placebos }: KnownCauses,
  manifest: Pick<ExportManifest, 'channels' | 'evidence'>,
): { readonly tests: readonly TestedChannels[]; readonly findings: readonly Finding[] } {
  const { channels } = manifest
  const unmatched = findUnmatched(
    new Set(experiments.flatMap(({ channel }) => namesOf(channel, channels))),
    channels,
  )
  const known = experiments.filter(({ channel }) =>
    namesOf(channel, channels).every((name) => channels.includes(name)),
  )
  const dated = known.map((row) => datedRow(row, manifest))
  const inside = dated.filter((one) => isInside(one, manifest))
  const outside = dated.filter((one) => !isInside(one, manifest))
  return {
    tests: groupByChannels(inside, channels, placebos),
    findings: [
      ...(unmatched === undefined
        ? []
        : [
            finding('experiments-without-touches', {
              ...unmatched,
              what: `that no touchpoint has: ${unmatched.list}`,
            }),
          ]),
      ...outsideFindings(outside, manifest),
    ],
  }
}

/** @returns the channels of `a+b`; a channel whose own name has a plus is one. */
function namesOf(channel: string, channels: readonly string[]): readonly string[] {
  return channels.includes(channel) ? [channel] : channel.split('+').map((name) => name.trim())
}

function datedRow(row: ExperimentRow, { evidence }: Pick<ExportManifest, 'evidence'>): DatedRow {
  const dayOf = (date: string) => Date.parse(date) / MS_PER_DAY - evidence.firstDay
  return {
    row,
    fromDay: dayOf(row.from),
    toDay: dayOf(row.to),
    conversions: row.incrementalConversions,
    deviation: row.standardError,
  }
}

function isInside({ fromDay, toDay }: DatedRow, { evidence }: Pick<ExportManifest, 'evidence'>): boolean {
  const first = Math.max(0, (evidence.firstExampleDay ?? evidence.firstDay) - evidence.firstDay)
  const seen = Math.min(toDay, evidence.days) - Math.max(fromDay, first)
  return seen >= (1 - MOST_OUTSIDE) * (toDay - fromDay)
}

function outsideFindings(
  outside: readonly DatedRow[],
  { evidence }: Pick<ExportManifest, 'evidence'>,
): readonly Finding[] {
  const [first] = outside
  if (first === undefined) return []
  const dateOf = (day: number) => new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
  const from = dateOf(Math.max(evidence.firstDay, evidence.firstExampleDay ?? evidence.firstDay))
  const what = `of experiments on days that the data lack, which go from ${from} to ${dateOf(evidence.firstDay + evidence.days - 1)}`
  return [
    finding('experiments-outside-data', { count: outside.length, what, example: describeRow(first.row) }),
  ]
}

function groupByChannels(
  rows: readonly DatedRow[],
  channels: readonly string[],
  placebos: readonly number[],
): readonly TestedChannels[] {
  const groups = new Map<string, { channels: readonly number[]; experiments: DatedRow[] }>()
  for (const one of rows) {
    const tested = namesOf(one.row.channel, channels).map((name) => channels.indexOf(name))
    const sorted = [...new Set(tested)].sort((left, right) => left - right)
    const group = groups.get(sorted.join()) ?? { channels: sorted, experiments: [] }
    groups.set(sorted.join(), group)
    checkNew(one, group.experiments)
    group.experiments.push(one)
  }
  checkDisjoint([...groups.values()], channels, placebos)
  return [...groups.values()]
}

function checkNew({ row }: DatedRow, former: readonly DatedRow[]): void {
  if (!former.some((one) => one.row.from === row.from && one.row.to === row.to)) return
  throw new DataError(
    `--experiments-table (EXPERIMENTS_TABLE): ${describeRow(row)} occurs twice: keep one row of each experiment`,
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
