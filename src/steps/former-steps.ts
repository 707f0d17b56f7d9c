import type { ExportManifest } from '../artifacts/manifest.ts'
import { DataError } from '../errors.ts'
import type { OptionsOf } from '../options/option-table.ts'

/** Options that shaped the examples: a later step that was given another value must not go on. */
const shapingOptions: readonly (readonly [
  keyof FormerOptions & string,
  string,
  (manifest: ExportManifest) => unknown,
])[] = [
  [
    'lookbackWindowDays',
    '--lookback-window-days (LOOKBACK_WINDOW)',
    (manifest) => manifest.options.lookbackDays,
  ],
  ['maxChannels', '--max-channels (MAX_CHANNELS)', (manifest) => manifest.options.maxChannels],
  ['examples', '--examples (EXAMPLES)', (manifest) => manifest.options.examples],
  ['timeZone', '--time-zone (TIME_ZONE)', (manifest) => manifest.options.timeZone],
  ['from', '--from (FROM)', (manifest) => manifest.options.from],
  ['to', '--to (TO)', (manifest) => manifest.options.to],
  [
    'validationFraction',
    '--validation-fraction (VALIDATION_FRACTION)',
    (manifest) => manifest.options.validationFraction,
  ],
  [
    'conversionType',
    '--conversion-type (CONVERSION_TYPE)',
    (manifest) => manifest.options.conversionType ?? undefined,
  ],
  ['db', '--db (DB)', (manifest) => manifest.options.database],
  ['table', '--table (DATA_TABLE)', (manifest) => manifest.options.table],
]

/** The options that a later step may be given, and that must then be those of the export. */
export type FormerOptions = OptionsOf<'report'>

/**
 * A later step takes what shaped the examples from the manifest; where it was told something else, it stops.
 * @throws {DataError} naming the option, both values and what to do.
 */
export function checkSameOptions(options: FormerOptions, manifest: ExportManifest): void {
  for (const [name, label, exported] of shapingOptions) {
    const found = exported(manifest)
    if (!options.given.has(name) || options[name] === found) continue
    throw new DataError(
      `the export was made with ${label} ${found ?? 'unset'}, this step was given ${String(options[name])}: ` +
        'drop the option here, or export again with it',
    )
  }
}
