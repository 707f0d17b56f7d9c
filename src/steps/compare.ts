import { type ExportManifest, readExportManifest } from '../artifacts/manifest.ts'
import { type ComparisonDocument, type PathRow, readResult, writeResult } from '../artifacts/results.ts'
import { commonestPaths, pathRows } from '../comparison/common-paths.ts'
import { type Comparison, comparePaths } from '../comparison/compare-paths.ts'
import type { PathTable } from '../comparison/path-table.ts'
import { parsePositionWeights } from '../comparison/position-weights.ts'
import { transitionRows } from '../comparison/transition-rows.ts'
import type { Options } from '../options/option-table.ts'
import { pathSql } from '../queries/path-sql.ts'
import { type PathsAndCredits, readPaths } from '../queries/read-paths.ts'
import type { RuleOptions } from '../queries/rule-sql.ts'
import { acquireRunLock } from '../storage/run-lock.ts'
import { attribution, attributionRows } from '../tables/attribution.ts'
import { paths, transitions } from '../tables/comparison.ts'
import {
  ifExistsAgain,
  refuseExistingTables,
  type Stamp,
  tablesOf,
  tableWrites,
} from '../tables/output-tables.ts'
import { performance } from '../tables/performance.ts'
import type { WrittenTable } from '../warehouse/warehouse.ts'
import { readExportedTouchpoints } from './exported-touchpoints.ts'
import { checkSameOptions, stampOf } from './former-steps.ts'
import { readRunSpend, runPerformanceRows, writePerformance } from './performance.ts'
import { timed, type World } from './world.ts'

export interface CompareSummary {
  readonly manifest: ExportManifest
  readonly document: ComparisonDocument
  /** Conversions that the touchpoints have now; another number than the manifest's where the table has changed. */
  readonly conversions: number
  readonly distinctPaths: number
  readonly tables: readonly WrittenTable[]
  readonly seconds: { readonly paths: number; readonly methods: number; readonly total: number }
}

const PATHS_IN_TABLE = 1000
const PATHS_IN_DOCUMENT = 50

/**
 * Credits the conversions by rules of thumb, simplified Shapley values and Markov chains, from one query, and writes
 * their rows beside those of `shapley` in `attribution`. Running it again with the same run id gives the same tables.
 * @throws {DataError} where there is no export. @throws {ConfigError} for position weights that are none.
 */
export async function compareMethods(options: Options, world: World): Promise<CompareSummary> {
  const startedMs = world.now()
  const positionWeights = parsePositionWeights(options.positionWeights)
  const { manifest, crc32c } = await readExportManifest(world.storage)
  checkSameOptions(options, manifest)
  const explained = await readResult(world.storage, 'shapley', crc32c)
  const spend = await readRunSpend(options, world, manifest, crc32c)
  const alreadyWritten = [
    ...(explained === undefined ? [] : [attribution]),
    ...(spend?.former === undefined ? [] : [performance]),
  ]
  const ownTables = tablesOf(options, 'compare', alreadyWritten)
  await refuseExistingTables(world.warehouse, options.ifExists, ownTables)
  const stamp = stampOf(options, manifest)
  const release = await acquireRunLock(world.storage, { ...world, runId: stamp.runId, step: 'compare' })
  try {
    const ruleOptions = {
      positionWeights,
      halfLifeDays: options.halfLifeDays,
      directPlaces: directPlaces(options, manifest),
    }
    const read = await timed(world.now, () => readExportedPaths(options, world, manifest, ruleOptions))
    const compared = await timed(world.now, async () => compare(options, manifest, read.result))
    const comparison = compared.result
    checkConversions(world, manifest, comparison)
    const document = buildDocument(options, stamp, crc32c, manifest, read.result.paths, comparison)
    const methods = [...(explained?.methods ?? []), ...document.methods]
    const costs = runPerformanceRows(methods, spend)
    const { channels } = manifest
    const commonest = commonestPaths(read.result.paths, channels, PATHS_IN_TABLE)
    const hasValue = manifest.options.valueColumn !== null
    const again = (wasSkipped: boolean | undefined) => ({
      ...options,
      ifExists: ifExistsAgain(options.ifExists, wasSkipped),
    })
    const writes = [
      ...tableWrites(attribution, again(explained?.attributionSkipped), stamp, attributionRows(methods)),
      ...tableWrites(paths, options, stamp, pathRows(commonest, hasValue)),
      ...tableWrites(transitions, options, stamp, transitionRows(comparison, channels)),
      ...tableWrites(performance, again(spend?.former && (spend.former.tableSkipped ?? false)), stamp, costs),
    ]
    const tables = await world.warehouse.writeTables(writes, world.signal)
    await writePerformance(options, world, stamp, costs, spend, tables)
    await writeResult(world.storage, document)
    const seconds = {
      paths: read.seconds,
      methods: compared.seconds,
      total: (world.now() - startedMs) / 1000,
    }
    const distinctPaths = read.result.paths.count
    world.logger.info(
      { methods: document.methods.length, distinctPaths, chosenOrder: comparison.chosenOrder, seconds },
      'compared methods',
    )
    return { manifest, document, conversions: allConversions(comparison), distinctPaths, tables, seconds }
  } finally {
    await release()
  }
}

function directPlaces({ directChannels }: Options, { channels }: ExportManifest): readonly number[] {
  const direct = new Set(directChannels.length === 0 ? ['direct'] : directChannels)
  return channels.flatMap((channel, place) => (direct.has(channel) ? [place] : []))
}

async function readExportedPaths(
  options: Options,
  world: World,
  manifest: ExportManifest,
  ruleOptions: RuleOptions,
): Promise<PathsAndCredits> {
  const touchpoints = await readExportedTouchpoints(options, world.warehouse, manifest)
  return await readPaths(world.warehouse, pathSql({ ...touchpoints, ruleOptions }), world.signal)
}

function compare(options: Options, manifest: ExportManifest, read: PathsAndCredits): Comparison {
  return comparePaths(read, {
    channels: manifest.channels,
    seedFormat: manifest.seedFormat,
    hasValue: manifest.options.valueColumn !== null,
    markovOrders: options.markovOrders,
    withNullPaths: !options.noMarkovNullPaths,
    seed: options.seed,
  })
}

function allConversions({ totals }: Comparison): number {
  return totals.conversions + totals.baselineConversions
}

/** The table is read once more, and may have changed meanwhile. */
function checkConversions(world: World, manifest: ExportManifest, comparison: Comparison): void {
  const { conversions } = manifest.counts
  const found = allConversions(comparison)
  if (found === conversions) return
  world.logger.warn(
    { conversions, found },
    'found other conversions than the export did: the touchpoints have changed, export again to compare like with like',
  )
}

function buildDocument(
  options: Options,
  stamp: Stamp,
  exportCrc32c: number,
  manifest: ExportManifest,
  paths: PathTable,
  comparison: Comparison,
): ComparisonDocument {
  const { channels } = manifest
  const hasValue = manifest.options.valueColumn !== null
  const chosen = comparison.orders[comparison.chosenOrder - 1]
  return {
    schemaVersion: 1,
    kind: 'comparison',
    runId: stamp.runId,
    sessionTime: stamp.sessionTime,
    exportCrc32c,
    methods: comparison.methods.map(({ method, rows }) => ({ method, rows, channels: null })),
    markov: {
      chosenOrder: comparison.chosenOrder,
      nullPaths: !options.noMarkovNullPaths,
      orders: comparison.orders.map(({ order, auc, penalisedAuc, states }) => {
        return { order, auc, penalisedAuc, states }
      }),
      removalEffects: channels.map((channel, place) => ({ channel, effect: chosen?.effects[place] ?? 0 })),
    },
    paths: commonestPaths(paths, channels, PATHS_IN_DOCUMENT).map(
      (path): PathRow => ({ ...path, value: hasValue ? path.value : null }),
    ),
  }
}
