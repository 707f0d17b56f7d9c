import type { ComparisonDocument } from '../artifacts/results.ts'
import { comparePaths } from '../comparison/compare-paths.ts'
import { creditPaths, shapesOf, timelessRules } from '../comparison/credit-paths.ts'
import { type PlacedPaths, placePaths } from '../comparison/place-paths.ts'
import { parsePositionWeights } from '../comparison/position-weights.ts'
import { ConfigError, DataError } from '../errors.ts'
import { reservedChannels, similarChannels } from '../examples/channel-names.ts'
import { renamerOf, runRulesOf } from '../examples/channel-rules.ts'
import { localDate } from '../examples/local-days.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { OptionsOf, Resolved } from '../options/option-table.ts'
import { resolveInstants } from '../options/resolve.ts'
import { channelRuleFindings } from '../queries/channel-rule-findings.ts'
import { type ReadRules, readChannelRules } from '../queries/channel-rules.ts'
import { type ReadPathTable, readPathTable } from '../queries/read-path-table.ts'
import { readRuleShares } from '../queries/rule-shares.ts'
import type { PathsPageInput } from '../report/paths-page.ts'
import { attribution, attributionRows } from '../tables/attribution.ts'
import { paths, removalEffects, transitions } from '../tables/comparison.ts'
import { maybeTable, type Stamp, tableWrites } from '../tables/output-tables.ts'
import { nameOf, type TableName, type WrittenTable } from '../warehouse/warehouse.ts'
import { comparedFacts, comparedRows, comparedWrites } from './compared.ts'
import { directPlaces, unknownDirectChannels } from './direct-channels.ts'
import { type Finished, runStep, secondsOf } from './frame.ts'
import { makeStamp } from './run-stamp.ts'
import type { World } from './world.ts'

type PathOptions = Resolved<OptionsOf<'compare'>>

/** What `--paths` compares: methods without days. */
export interface PathTableSummary extends Finished<'paths' | 'methods'> {
  readonly runId: string
  readonly facts: Pick<ComparisonDocument, 'methods' | 'markov' | 'paths' | 'journeys'>
  /** The vocabulary. */
  readonly channels: readonly string[]
  /** Credited conversions, those without a touch among them. */
  readonly conversions: number
  readonly distinctPaths: number
  readonly tables: readonly WrittenTable[]
  /** Of the page. */
  readonly report: { readonly location: string; readonly bytes: number }
}

/** The page's name in the data directory. */
const REPORT_NAME = 'report.html'

/**
 * Compares the methods that need no times on a table of paths with counts, and writes their tables and a page. No earlier
 * step is needed.
 * @throws {ConfigError} {DataError} where the table can't be used, or the data directory holds an export.
 */
export async function comparePathTable(given: OptionsOf<'compare'>, world: World): Promise<PathTableSummary> {
  const options = resolveInstants(given, { timeZone: given.timeZone, sessionSec: world.wallClockSec() })
  const positionWeights = parsePositionWeights(options.positionWeights)
  const { warehouse, storage, findings, signal } = world
  return await runStep(options, world, {
    name: 'compare',
    phases: { paths: 0, methods: 0 },
    read: async () => {
      const table = checkedTable(options)
      await refuseExport(world)
      return { stamp: stampOf(options, world), table, rules: await rulesOf(options, world) }
    },
    tables: [attribution, paths, transitions, removalEffects],
    work: async ({ stamp, table, rules }, time) => {
      const read = await time('paths', () => readPathTable(warehouse, table, nullTextsOf(options), signal))
      findings.add([...rules.findings, ...read.findings])
      const placed = placeByOptions(options, rules, read)
      const named = {
        channels: placed.channels,
        channelRules: runRulesOf(rules.rules, placed.touchesByName.keys()),
      }
      findings.add([
        ...findingsOf(table, rules, placed),
        ...unknownDirectChannels(options.directChannels, named),
      ])
      findings.refuseErrors(options.allowFindings)
      const ruleOptions = {
        positionWeights,
        halfLifeDays: options.halfLifeDays,
        directPlaces: directPlaces(options.directChannels, named),
      }
      const { channels } = placed
      const { hasValue } = read
      const withNullPaths = !options.noMarkovNullPaths
      const cells = await time('methods', async () => {
        const shapes = shapesOf(placed.paths, ruleOptions.directPlaces)
        const shares = await readRuleShares(warehouse, shapes, ruleOptions, signal)
        return creditPaths(placed.paths, channels.length, ruleOptions.directPlaces, shares)
      })
      const credited = { paths: placed.paths, cells, rules: timelessRules }
      const comparison = await time('methods', () =>
        comparePaths(credited, {
          channels,
          seedFormat: false,
          hasValue,
          markovOrders: options.markovOrders,
          withNullPaths,
          orderedShapley: options.orderedShapley,
          seed: options.seed,
        }),
      )
      const compared = { comparison, found: placed.paths, channels, hasValue }
      const writes = [
        ...tableWrites(attribution, options, stamp, attributionRows(comparedRows(comparison))),
        ...comparedWrites(options, stamp, compared),
      ]
      const tables = await warehouse.writeTables(writes, signal)
      const facts = comparedFacts(compared, withNullPaths)
      const { conversions, baselineConversions } = comparison.totals
      const report = await writePage(world, {
        ...stamp,
        ...facts,
        source: nameOf(table),
        conversions: conversions + baselineConversions,
        findings: findings.list,
      })
      return {
        runId: stamp.runId,
        facts,
        channels,
        conversions: conversions + baselineConversions,
        distinctPaths: placed.paths.count,
        tables,
        report: { location: `${storage.location}/${REPORT_NAME}`, bytes: report.bytes },
      }
    },
    message: 'compared methods on paths',
    facts: ({ facts, distinctPaths }) => ({ methods: facts.methods.length, distinctPaths }),
  })
}

/** @throws {ConfigError} where touchpoints are given, too. */
function checkedTable(options: PathOptions): TableName {
  const table = maybeTable(options, 'paths')
  if (table === undefined) throw new ConfigError('--paths (PATHS) is missing')
  if (options.input.length === 0) return table
  throw new ConfigError(
    '--paths (PATHS) and --input (INPUT) are both given: paths need no touchpoints; leave one of them out',
  )
}

/** The tables and the page of a run are not replaced by those of something else. */
async function refuseExport({ storage }: World): Promise<void> {
  const manifest = await storage.read('manifest.json')
  if (manifest === undefined) return
  throw new DataError(
    `${storage.location} holds the export of a run, whose tables and report --paths (PATHS) would replace: ` +
      'give the paths a --data-dir (DATA_DIR) of their own',
  )
}

/** Paths have no days. */
function stampOf(options: PathOptions, world: World): Stamp {
  const run = makeStamp(options, world)
  const sessionDate = localDate(options.timeZone, secondsOf(run.sessionTime))
  return { ...run, sessionDate, creditedFrom: null, creditedTo: null, conversionType: null }
}

async function rulesOf(options: PathOptions, { warehouse, signal }: World): Promise<ReadRules> {
  const table = maybeTable(options, 'channelTable')
  if (table === undefined) return { rules: [], findings: [] }
  return await readChannelRules(warehouse, table, nullTextsOf(options), signal)
}

function nullTextsOf({ nullTexts }: PathOptions): readonly string[] {
  return nullTexts.map((text) => text.toLowerCase())
}

function placeByOptions(
  { maxChannels }: PathOptions,
  { rules }: ReadRules,
  read: ReadPathTable,
): PlacedPaths {
  const placed = placePaths(read.paths, { rename: renamerOf(rules), maxChannels })
  if (placed.channels.length > 0) return placed
  throw new DataError(
    '--channel-table (CHANNEL_TABLE) leaves out all touches of --paths (PATHS): keep some of the channels',
  )
}

function findingsOf(
  table: TableName,
  { rules }: ReadRules,
  { touchesByName, touchesByChannel, paths }: PlacedPaths,
): readonly Finding[] {
  const similar = similarChannels(touchesByChannel.keys())
  const reserved = reservedChannels(touchesByChannel.keys())
  const listed = (names: readonly string[]) =>
    names
      .slice(0, 6)
      .map((name) => JSON.stringify(name))
      .join(', ')
  const where = `in the paths of ${nameOf(table)}`
  const conversions = paths.conversions.reduce((sum, count) => sum + count, 0)
  return [
    ...channelRuleFindings(rules, touchesByName),
    ...(similar.length === 0
      ? []
      : [
          finding('similar-channels', {
            count: similar.length,
            what: `${where} that are alike but for case or blanks: ${listed(similar)}`,
            example: similar[0],
          }),
        ]),
    ...(reserved.length === 0
      ? []
      : [
          finding('reserved-channels', {
            count: reserved.length,
            what: `${where} that rows of the output tables have: ${listed(reserved)}`,
            example: reserved[0],
          }),
        ]),
    ...(paths.nullPaths.some((count) => count > 0)
      ? []
      : [
          finding('paths-without-null-paths', {
            count: conversions,
            what: `${where}, and no path without one`,
          }),
        ]),
  ]
}

async function writePage(
  { storage, signal }: World,
  input: PathsPageInput,
): Promise<{ readonly bytes: number }> {
  const { buildPathsPage } = await import('../report/paths-page.ts')
  return await storage.write(REPORT_NAME, [new TextEncoder().encode(buildPathsPage(input))], { signal })
}
