import { ConfigError, messageOf } from '../errors.ts'
import { type NamingOptions, outputTables } from '../tables/output-tables.ts'
import { badOption, type OptionSpec, optionLabel } from './option-kinds.ts'
import {
  type Config,
  type Options,
  type OwnOptions,
  type OwnTable,
  optionTable,
  ownOptionTables,
} from './option-table.ts'

/** Options of any table by name, before their types are known. */
type AnyTable = Readonly<Record<string, OptionSpec<unknown>>>

/** Values as they were written: by flag name, variable name or name in programs. */
export type Written = Readonly<Record<string, unknown>>

/** @returns `lookback-window-days` of `lookbackWindowDays`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** @returns the environment variable of an option. */
export function variableOf(name: string, spec: OptionSpec<unknown>): string {
  return spec.variable ?? flagOf(name).toUpperCase().replaceAll('-', '_')
}

/**
 * Flag beats environment beats default; an empty value is unset.
 * @param flags by flag, as a command line parser leaves them.
 * @throws {ConfigError} naming the first option that is not as needed.
 */
export function resolveOptions(flags: Written, environment: Written): Options {
  const { values, given } = resolveTable(optionTable as AnyTable, flags, environment)
  return checkTogether({ ...(values as Omit<Options, 'given'>), given })
}

/**
 * The same for the options that only some commands take.
 * @param own the table that the command takes; the variables of the others mean nothing to it.
 */
export function resolveOwnOptions(
  own: OwnTable | undefined,
  flags: Written,
  environment: Written,
): OwnOptions {
  const tables = Object.entries(ownOptionTables).map(([name, table]) => {
    return resolveTable(table as AnyTable, flags, name === own ? environment : {}).values as object
  })
  return Object.assign({}, ...tables) as OwnOptions
}

/**
 * The same for a program's configuration.
 * @throws {ConfigError} also for a name that is no option.
 */
export function resolveConfig(config: Config): Options {
  const unknown = Object.keys(config).find((name) => !Object.hasOwn(optionTable, name))
  if (unknown !== undefined) throw new ConfigError(`${unknown} is no option: see td-mta run --help`)
  const flags = Object.fromEntries(Object.entries(config).map(([name, value]) => [flagOf(name), value]))
  return resolveOptions(flags, {})
}

function resolveTable(table: AnyTable, flags: Written, environment: Written) {
  const given = new Set<string>()
  const values = Object.entries(table).map(([name, spec]) => {
    const written = writtenValue(name, spec, flags, environment)
    if (written === undefined) return [name, spec.defaultValue]
    given.add(name)
    return [name, parseWritten(name, spec, written)]
  })
  return { values: Object.fromEntries(values) as unknown, given }
}

function writtenValue(
  name: string,
  spec: OptionSpec<unknown>,
  flags: Written,
  environment: Written,
): unknown {
  const spellings = [flagOf(name), ...spec.aliases]
  const values = [
    ...spellings.map((flag) => flags[flag]),
    environment[variableOf(name, spec)],
    ...spec.aliases.map((alias) => environment[alias.toUpperCase().replaceAll('-', '_')]),
  ]
  return values.find(
    (value) => value !== undefined && value !== '' && !(Array.isArray(value) && !value.length),
  )
}

function parseWritten(name: string, spec: OptionSpec<unknown>, written: unknown): unknown {
  const flag = flagOf(name)
  const variable = variableOf(name, spec)
  if (Array.isArray(written) && !spec.repeatable) {
    throw new ConfigError(`${optionLabel(flag, variable)} was given ${written.length} times: give it once`)
  }
  try {
    return spec.parse(written)
  } catch (error) {
    throw badOption(flag, variable, written, messageOf(error))
  }
}

/** Rules between options. */
function checkTogether(options: Options): Options {
  if (options.from !== undefined && options.to !== undefined && options.from >= options.to) {
    throw new ConfigError('--from (FROM) is not before --to (TO): give an earlier start or a later end')
  }
  if (options.input.length > 0 && !/^duckdb(:|$)/.test(options.warehouse)) {
    throw new ConfigError(
      `--input (INPUT) needs --warehouse duckdb; --warehouse (WAREHOUSE) is "${options.warehouse}"`,
    )
  }
  checkConversionType(options)
  checkTableNames(options)
  return options
}

function checkConversionType({ conversionType, conversionTypeColumn }: Options): void {
  if ((conversionType === undefined) === (conversionTypeColumn === undefined)) return
  throw new ConfigError(
    '--conversion-type (CONVERSION_TYPE) and --conversion-type-column (CONVERSION_TYPE_COLUMN) need each other: ' +
      `${conversionType === undefined ? 'the kind' : 'the column'} is missing`,
  )
}

type NamedTable = keyof NamingOptions | 'table' | 'userTable'

/** No two tables that are read or written have one name. */
function checkTableNames(options: Options): void {
  const names = [
    { option: 'table' as const },
    ...outputTables,
    { option: 'spendTable' as const },
    { option: 'userTable' as const },
  ].map(({ option, suffix = '' }: { option: NamedTable; suffix?: string }) => {
    const label = optionLabel(flagOf(option), variableOf(option, optionTable[option]))
    const name = options[option] === undefined ? undefined : `${options[option]}${suffix}`
    return [suffix === '' ? label : `${label} with ${suffix}`, name] as const
  })
  const seen = new Map<string, string>()
  for (const [label, name] of names) {
    if (name === undefined) continue
    const other = seen.get(name.toLowerCase())
    if (other !== undefined)
      throw new ConfigError(`${label} and ${other} are both "${name}": give them different names`)
    seen.set(name.toLowerCase(), label)
  }
}
