import type { ExportManifest } from '../artifacts/manifest.ts'
import { readSegments } from '../artifacts/segments.ts'
import { type Comparison, compareSegment } from '../comparison/compare-paths.ts'
import type { RuleOptions } from '../comparison/rules-of-thumb.ts'
import { readPathsBySegment } from '../queries/read-paths.ts'
import { OF_ALL } from '../tables/attribution.ts'
import { readExportedTouchpoints } from './exported-touchpoints.ts'
import type { World } from './world.ts'

/**
 * @returns the comparison with each method's rows by the segments that the export tells apart; as it is where it tells none.
 * @throws {DataError} where the export's segments are missing.
 */
export async function withSegments(
  comparison: Comparison,
  manifest: ExportManifest,
  ruleOptions: RuleOptions,
  { warehouse, storage, signal }: World,
): Promise<Comparison> {
  if (manifest.options.segmentColumn === null) return comparison
  const keptSegments = [...(await readSegments(storage, manifest.runId)).keys()]
  const touchpoints = await readExportedTouchpoints(warehouse, manifest)
  const { segment } = touchpoints.columns
  if (segment === undefined) return comparison
  const leaves = manifest.campaigns?.leaves
  const parts = { ...touchpoints, leaves, ruleOptions, segment, keptSegments }
  const found = await readPathsBySegment(warehouse, parts, signal)
  const { channels, seedFormat, options } = manifest
  const context = { channels, leaves, seedFormat, hasValue: options.valueColumn !== null }
  const ofSegments = [...found].map(([name, paths]) => ({
    name,
    methods: compareSegment(paths, comparison, context),
  }))
  const methods = comparison.methods.map(({ method, rows }) => {
    const more = ofSegments.flatMap(({ name, methods }) =>
      methods
        .filter((one) => one.method === method)
        .flatMap((one) => one.rows.map((row) => ({ ...row, ...OF_ALL, segment: name }))),
    )
    return { method, rows: [...rows, ...more] }
  })
  return { ...comparison, methods }
}
