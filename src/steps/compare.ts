import type { ExportManifest } from '../artifacts/manifest.ts'
import {
  type ComparisonDocument,
  readResult,
  type ShapleyDocument,
  writeResult,
} from '../artifacts/results.ts'
import { type Comparison, comparePaths } from '../comparison/compare-paths.ts'
import type { PathTable } from '../comparison/path-table.ts'
import { parsePositionWeights } from '../comparison/position-weights.ts'
import type { RuleOptions } from '../comparison/rules-of-thumb.ts'
import { finding } from '../findings/finding.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { type PathsAndCredits, readPaths } from '../queries/read-paths.ts'
import { attribution, attributionRows, type MethodRows } from '../tables/attribution.ts'
import { paths, removalEffects, transitions } from '../tables/comparison.ts'
import { isSkipped, optionsToRewrite, tableWrites } from '../tables/output-tables.ts'
import { type PerformanceRow, performance } from '../tables/performance.ts'
import type { TableWrite, WrittenTable } from '../warehouse/warehouse.ts'
import { withSegments } from './compare-segments.ts'
import { type Compared, comparedFacts, comparedRows, comparedWrites } from './compared.ts'
import { directPlaces, unknownDirectChannels } from './direct-channels.ts'
import { readExportedTouchpoints } from './exported-touchpoints.ts'
import { type Exported, type Finished, headOf, readExported, runStep } from './frame.ts'
import { leavePerformance, performanceOf, type RunSpend, readRunSpend } from './performance.ts'
import { readTwinTables, wasSkipped } from './twin-step.ts'
import type { World } from './world.ts'

/** Paths instead of touchpoints are another step. */
type CompareOptions = Omit<OptionsOf<'compare'>, 'paths'>

export interface CompareSummary extends Finished<'paths' | 'methods'> {
  readonly manifest: ExportManifest
  readonly document: ComparisonDocument
  /** Conversions to credit in the touchpoints now; not the manifest's number where the table has changed. */
  readonly conversions: number
  readonly distinctPaths: number
  readonly tables: readonly WrittenTable[]
}

/**
 * Credits the conversions by rules of thumb, simplified Shapley values and Markov chains, from one query, and writes
 * their rows beside those of `shapley` in `attribution`. Running it again with the same run id gives the same tables.
 * @throws {DataError} where there is no export. @throws {ConfigError} for position weights that can't be used.
 */
export async function compareMethods(options: CompareOptions, world: World): Promise<CompareSummary> {
  const positionWeights = parsePositionWeights(options.positionWeights)
  return await runStep(options, world, {
    name: 'compare',
    phases: { paths: 0, methods: 0 },
    read: () => readFormerSteps(options, world),
    tables: [attribution, paths, transitions, removalEffects, performance],
    alreadyWritten: ({ twins }) => twins.map(({ table }) => table),
    work: async (former, time) => {
      const { manifest } = former
      const { halfLifeDays, directChannels } = options
      const direct = placesOfTouches(directPlaces(directChannels, manifest), manifest)
      const rules = { positionWeights, halfLifeDays, directPlaces: direct }
      world.findings.add(unknownDirectChannels(directChannels, manifest))
      const read = await time('paths', () => readExportedPaths(world, manifest, rules))
      const comparison = await time('methods', () =>
        withSegments(compare(options, manifest, read), manifest, rules, world),
      )
      const conversions = checkConversions(world, manifest, read.paths, comparison)
      world.findings.refuseErrors(options.allowFindings)
      const hasValue = manifest.options.valueColumn !== null
      const compared = { comparison, found: read.paths, channels: manifest.channels, hasValue }
      const methods = [...(former.explained?.methods ?? []), ...comparedRows(comparison)]
      const costs = performanceOf(methods, former.spend)
      const writes = tableWritesOf(options, former, methods, costs, compared)
      const tables = await world.warehouse.writeTables(writes, world.signal)
      await leavePerformance(options, world, former, costs, tables)
      const document = {
        ...headOf(former),
        kind: 'comparison' as const,
        ...comparedFacts(compared, !options.noMarkovNullPaths),
        findings: world.findings.list,
        attributionSkipped: isSkipped(attribution, options, tables),
      }
      await writeResult(world.storage, document)
      return { manifest, document, conversions, distinctPaths: read.paths.count, tables }
    },
    message: 'compared methods',
    facts: ({ document, distinctPaths }) => {
      const { methods, markov } = document
      return { methods: methods.length, distinctPaths, chosenOrder: markov.chosenOrder }
    },
  })
}

/** The export, and what earlier steps of the run left with it. */
interface FormerSteps extends Exported {
  readonly explained: ShapleyDocument | undefined
  readonly spend: RunSpend | undefined
  /** The tables that `shapley` of this run has written, too. */
  readonly twins: Awaited<ReturnType<typeof readTwinTables>>
}

async function readFormerSteps(options: CompareOptions, world: World): Promise<FormerSteps> {
  const exported = await readExported(options, world.storage)
  const explained = await readResult(world.storage, 'shapley', exported.crc32c)
  const spend = await readRunSpend(options, world, exported)
  const twins = await readTwinTables(options, world, exported, explained, spend?.former)
  return { ...exported, explained, spend, twins }
}

/** @returns the places that touches of these channels have: with campaigns, those of their campaigns. */
function placesOfTouches(channels: readonly number[], { campaigns }: ExportManifest): readonly number[] {
  if (campaigns === undefined) return channels
  return campaigns.leaves.flatMap(({ channel }, leaf) => (channels.includes(channel) ? [leaf] : []))
}

async function readExportedPaths(
  { warehouse, signal }: World,
  manifest: ExportManifest,
  ruleOptions: RuleOptions,
): Promise<PathsAndCredits> {
  const touchpoints = await readExportedTouchpoints(warehouse, manifest)
  const leaves = manifest.campaigns?.leaves
  return await readPaths(warehouse, { ...touchpoints, leaves, ruleOptions }, signal)
}

function compare(options: CompareOptions, manifest: ExportManifest, read: PathsAndCredits): Comparison {
  return comparePaths(read, {
    channels: manifest.channels,
    leaves: manifest.campaigns?.leaves,
    seedFormat: manifest.seedFormat,
    hasValue: manifest.options.valueColumn !== null,
    markovOrders: options.markovOrders,
    withNullPaths: !options.noMarkovNullPaths,
    orderedShapley: options.orderedShapley,
    seed: options.seed,
  })
}

/** The table is read again, and may have changed meanwhile. @returns the conversions that it has now. */
function checkConversions(
  { findings }: World,
  { counts }: ExportManifest,
  paths: PathTable,
  { totals }: Comparison,
): number {
  const credited = totals.conversions + totals.baselineConversions
  const learned = paths.conversions.reduce((sum, conversions) => sum + conversions, 0)
  const more = learned - counts.conversions || credited - counts.credited.conversions
  if (more !== 0) {
    const what = `${more > 0 ? 'more' : 'fewer'} than in the export`
    findings.add([finding('changed-touchpoints', { count: Math.abs(more), what })])
  }
  return credited
}

function tableWritesOf(
  options: CompareOptions,
  { stamp, twins }: FormerSteps,
  methods: readonly MethodRows[],
  costs: readonly PerformanceRow[],
  compared: Compared,
): readonly TableWrite[] {
  const forAttribution = optionsToRewrite(options, wasSkipped(twins, attribution))
  const forPerformance = optionsToRewrite(options, wasSkipped(twins, performance))
  return [
    ...tableWrites(attribution, forAttribution, stamp, attributionRows(methods)),
    ...comparedWrites(options, stamp, compared),
    ...tableWrites(performance, forPerformance, stamp, costs),
  ]
}
