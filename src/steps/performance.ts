import { creditedDays } from '../artifacts/credited-days.ts'
import type { ExportManifest } from '../artifacts/manifest.ts'
import { type PerformanceDocument, readResult, writeResult } from '../artifacts/results.ts'
import { plainChannelName } from '../examples/channel-names.ts'
import { OTHER_CAMPAIGN } from '../examples/leaves.ts'
import { localDaysOf, startOfDay } from '../examples/local-days.ts'
import { OTHER_CHANNEL, otherPositionOf } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import { optionsOfRecord } from '../options/shaping.ts'
import { type CampaignSpend, readSpend, type Spend, type SpendPeriod } from '../queries/spend.ts'
import type { MethodRows } from '../tables/attribution.ts'
import { isSkipped, maybeTable, type NamingOptions } from '../tables/output-tables.ts'
import { type PerformanceRow, performance, performanceRows } from '../tables/performance.ts'
import { nameOf, type WrittenTable } from '../warehouse/warehouse.ts'
import { touchpointSource } from './example-options.ts'
import { type Exported, headOf } from './frame.ts'
import { findUnmatched } from './unmatched-names.ts'
import type { World } from './world.ts'

/** The spend of a run, and what an earlier step of it wrote about it. */
export interface RunSpend {
  readonly spend: Spend
  readonly hasValue: boolean
  readonly former: PerformanceDocument | undefined
}

/**
 * Reads the spend before any other work: a bad table ends the step at once.
 * @returns undefined without `--spend-table`.
 * @throws {ConfigError} {DataError} where it can't be used.
 */
export async function readRunSpend(
  options: NamingOptions<'spendTable'>,
  { warehouse, storage, logger, findings, signal }: World,
  { manifest, crc32c }: Exported,
): Promise<RunSpend | undefined> {
  const table = maybeTable(options, 'spendTable')
  if (table === undefined) return undefined
  const { channels } = manifest
  const keepsAll = otherPositionOf(channels, manifest.options.maxChannels) === undefined
  const folded = keepsAll ? undefined : new Set(channels)
  const read = await readSpend(warehouse, table, spendPeriod(manifest), folded, signal, manifest.channelRules)
  const spend = { ...read, byCampaign: foldedCampaigns(read, manifest) }
  if (spend.withoutChannel > 0) {
    logger.warn({ spend: spend.withoutChannel, table }, 'left out spend of rows without a channel')
  }
  if (spend.ignored > 0) {
    logger.warn({ spend: spend.ignored, table }, 'left out spend of channels that --channel-table leaves out')
  }
  findings.add(
    spend.isMissing
      ? missingSpend(nameOf(table), manifest)
      : unmatchedSpend(nameOf(table), spend, channels, keepsAll),
  )
  if (!spend.isMissing) findings.add(unmatchedCampaigns(nameOf(table), spend, manifest))
  findings.add(timelessSpend(nameOf(table), spend, manifest))
  findings.add(zonelessSpend(nameOf(table), spend, manifest))
  const hasValue = manifest.options.valueColumn !== null
  return { spend, hasValue, former: await readResult(storage, 'performance', crc32c) }
}

/**
 * @param channels the vocabulary.
 * @param keepsAll whether it has all channels. Where it has not, a name that is none of them is one of the others, or none.
 */
function unmatchedSpend(
  table: string,
  { channels: named }: Spend,
  channels: readonly string[],
  keepsAll: boolean,
): readonly Finding[] {
  const kept = channels.filter((channel) => keepsAll || channel !== OTHER_CHANNEL)
  const plain = new Set(kept.map(plainChannelName))
  const checked = keepsAll ? named : named.filter((name) => plain.has(plainChannelName(name)))
  const unmatched = findUnmatched(checked, kept)
  const free = findUnmatched(kept, named)
  return [
    ...(unmatched === undefined
      ? []
      : [
          finding('spend-without-touches', {
            ...unmatched,
            what: `in ${table} without a touch: ${unmatched.list}`,
          }),
        ]),
    ...(free === undefined
      ? []
      : [
          finding('touches-without-spend', {
            ...free,
            what: `of channels without spend in ${table}: ${free.list}`,
          }),
        ]),
  ]
}

/** Campaigns of a channel that are not kept apart are `(other)`; without campaigns in the touchpoints, spend has none. */
function foldedCampaigns(
  { byCampaign }: Spend,
  { campaigns, channels }: ExportManifest,
): Spend['byCampaign'] {
  if (byCampaign === undefined || campaigns === undefined) return undefined
  const names = new Set(campaigns.leaves.map((leaf) => keyOf(channels[leaf.channel], leaf.campaign)))
  const sums = new Map<string, CampaignSpend>()
  for (const { channel, campaign, spend } of byCampaign) {
    const hasOthers = names.has(keyOf(channel, OTHER_CAMPAIGN))
    const name = hasOthers && !names.has(keyOf(channel, campaign)) ? OTHER_CAMPAIGN : campaign
    const key = keyOf(channel, name)
    sums.set(key, { channel, campaign: name, spend: spend + (sums.get(key)?.spend ?? 0) })
  }
  return [...sums.values()]
}

function keyOf(channel: string | undefined, campaign: string): string {
  return JSON.stringify([channel, campaign])
}

/** Spend of channels without touches is found anyway. */
function unmatchedCampaigns(
  table: string,
  { byCampaign = [] }: Spend,
  { campaigns, channels }: ExportManifest,
): readonly Finding[] {
  const leaves = campaigns?.leaves ?? []
  const names = new Set(leaves.map((leaf) => keyOf(channels[leaf.channel], leaf.campaign)))
  const unmatched = byCampaign
    .filter(({ channel, campaign }) => channels.includes(channel) && !names.has(keyOf(channel, campaign)))
    .map(({ channel, campaign }) => `${channel} / ${campaign}`)
  if (unmatched.length === 0) return []
  const list = unmatched.slice(0, CAMPAIGNS_SHOWN).map((name) => JSON.stringify(name))
  const others = unmatched.length > CAMPAIGNS_SHOWN ? ' and others' : ''
  const what = `in ${table} without a touch: ${list.join(', ')}${others}`
  return [finding('campaigns-without-touches', { count: unmatched.length, what, example: unmatched[0] })]
}

const CAMPAIGNS_SHOWN = 6

function missingSpend(table: string, manifest: ExportManifest): readonly Finding[] {
  const { creditedFrom, creditedTo } = creditedDays(manifest)
  const count = (Date.parse(creditedTo) - Date.parse(creditedFrom)) / 86_400_000 + 1
  const what = `that ${table} lacks, from ${creditedFrom} to ${creditedTo}`
  return [finding('days-without-spend', { count, what })]
}

function timelessSpend(
  table: string,
  { hasTime }: Pick<Spend, 'hasTime'>,
  { options }: ExportManifest,
): readonly Finding[] {
  if (hasTime || options.creditFrom === null) return []
  return [finding('spend-without-time', { count: 1, what: `missing in ${table}: time`, example: 'time' })]
}

function zonelessSpend(table: string, { zoneless }: Spend, { options }: ExportManifest): readonly Finding[] {
  if (zoneless.rows === 0 || options.timeZone === 'UTC' || options.inputTimeZone !== null) return []
  const what = `in ${table} with a time that names no zone, while days are those of ${options.timeZone}`
  return [finding('zoneless-times', { count: zoneless.rows, example: zoneless.example, what })]
}

/** The credited days; where the range is open, the days of the data, the first and last of which may be incomplete. */
function spendPeriod({ options, period }: ExportManifest): SpendPeriod {
  const { timeZone, inputTimeZone, to } = options
  const creditFrom = options.creditFrom ?? options.from
  const days = localDaysOf(timeZone, period.firstAtSec, period.lastAtSec)
  const learnedFromSec = options.from ?? startOfDay(timeZone, days.dayOf(period.firstAtSec))
  const fromSec = creditFrom ?? learnedFromSec
  const lastAtSec = Math.max(period.lastAtSec, fromSec)
  return {
    fromSec,
    toSec: to ?? startOfDay(timeZone, localDaysOf(timeZone, lastAtSec, lastAtSec).dayOf(lastAtSec) + 1),
    learnedFromSec,
    inputTimeZone: inputTimeZone ?? undefined,
    nullTexts: touchpointSource(optionsOfRecord(options)).nullTexts,
  }
}

/**
 * @param methods of all steps so far, as in the table `attribution`.
 * @returns what they cost and brought; none without spend.
 */
export function performanceOf(
  methods: readonly MethodRows[],
  runSpend: RunSpend | undefined,
): readonly PerformanceRow[] {
  return runSpend === undefined ? [] : performanceRows(methods, runSpend.spend, runSpend.hasValue)
}

/** Leaves the rows for later steps; nothing without spend. */
export async function leavePerformance(
  options: NamingOptions<'spendTable' | 'performanceTable'>,
  { storage }: World,
  exported: Exported,
  rows: readonly PerformanceRow[],
  written: readonly WrittenTable[],
): Promise<void> {
  if (options.spendTable === undefined) return
  const tableSkipped = isSkipped(performance, options, written)
  await writeResult(storage, { ...headOf(exported), kind: 'performance', rows, tableSkipped })
}
