import { isDeepStrictEqual } from 'node:util'
import type { ExportManifest } from '../artifacts/manifest.ts'
import { DataError } from '../errors.ts'
import type { CommonOptions, Resolved } from '../options/option-table.ts'
import { labelOf } from '../options/resolve.ts'
import { shapingEntries } from '../options/shaping.ts'

/** The options that a later step may be given, and that must then be those of the export. */
export type FormerOptions = Resolved<CommonOptions>

/**
 * A later step takes what shaped the examples from the manifest; if it was given something else, it stops.
 * @throws {DataError} naming the option, both values and what to do.
 */
export function checkSameOptions(options: FormerOptions, manifest: ExportManifest): void {
  const here: Readonly<Record<string, unknown>> = { ...options }
  const exported: Readonly<Record<string, unknown>> = manifest.options
  for (const [name, spec] of shapingEntries()) {
    const isSame = isDeepStrictEqual(here[name], exported[name])
    if (spec.shapesExamples !== 'checked' || !options.given.has(name) || isSame) continue
    // The channels are those of the model, whatever the options of the export were.
    if (name === 'maxChannels' && manifest.modelFrom !== undefined) continue
    throw new DataError(
      `the export was made with ${labelOf(name, spec)} ${exported[name] ?? 'unset'}, ` +
        `this step was given ${here[name]}: drop the option here, or export again with it`,
    )
  }
}
