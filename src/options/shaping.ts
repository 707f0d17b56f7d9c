import { z } from 'zod'
import { boundary } from './option-kinds.ts'
import type { AnyTable } from './option-spec.ts'
import { optionTable, type ShapingOptions } from './option-table.ts'

/** The options that shaped the examples as an export's manifest holds them, by name; null where one was unset. */
export type RecordedOptions = {
  [Name in keyof ShapingOptions]: undefined extends ShapingOptions[Name]
    ? Exclude<ShapingOptions[Name], undefined> | null
    : ShapingOptions[Name]
}

/** The options that shape the examples, of whatever types. */
export function shapingEntries() {
  return Object.entries(optionTable as AnyTable).filter(([, spec]) => spec.shapesExamples !== undefined)
}

/** @returns the type of the options in a manifest. */
export function recordedOptionsType(): z.ZodType<RecordedOptions> {
  const types = shapingEntries().map(([name, { type, default: value }]) => {
    const recorded = type === boundary ? z.number() : type
    return [name, value === undefined ? recorded.nullable() : recorded]
  })
  return z.strictObject(Object.fromEntries(types)) as unknown as z.ZodType<RecordedOptions>
}

/** @returns the options of an export, for its manifest. */
export function recordOptions(options: ShapingOptions): RecordedOptions {
  const values: Readonly<Record<string, unknown>> = options
  return Object.fromEntries(
    shapingEntries().map(([name]) => [name, values[name] ?? null]),
  ) as unknown as RecordedOptions
}

/** @returns the options that an export was made with. */
export function optionsOfRecord(recorded: RecordedOptions): ShapingOptions {
  const values = Object.entries(recorded).map(([name, value]) => [name, value ?? undefined])
  return Object.fromEntries(values) as ShapingOptions
}
