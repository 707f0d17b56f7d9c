import { z } from 'zod'
import { ConfigError, messageOf } from '../errors.ts'
import { outputTables } from '../tables/output-tables.ts'
import type { OutputTable } from '../tables/table.ts'
import { type Calendar, type Times, toInstants } from './instants.ts'
import { parseWritten, tableName } from './option-kinds.ts'
import type { AnyTable, CommandName, OptionSpec } from './option-spec.ts'
import { type Config, type Options, type OptionsOf, optionTable, type Resolved } from './option-table.ts'
import { isDaysBefore } from './parse-instant.ts'

/** Every variable has a name of our own as well, since words such as FROM and MODEL are common in environments. */
export const VARIABLE_PREFIX = 'TD_MTA_'

/** Values as they were written: by flag, by variable, or by name in programs. */
export type Written = Readonly<Record<string, unknown>>

type EveryCommandsOptions = Pick<Options, 'logLevel' | 'format'>

/** @returns `lookback-window-days` of `lookbackWindowDays`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** @returns the environment variable of an option, as help shows it. */
export function variableOf(name: string, spec: Pick<OptionSpec, 'variable'>): string {
  return spec.variable ?? upperSnake(flagOf(name))
}

/** @returns every variable that sets an option, the strongest first. */
export function variablesOf(name: string, spec: Pick<OptionSpec, 'variable' | 'aliases'>): readonly string[] {
  const bare = [variableOf(name, spec), ...spec.aliases.map(upperSnake)]
  return [...bare.map((variable) => VARIABLE_PREFIX + variable), ...bare]
}

function upperSnake(flag: string): string {
  return flag.toUpperCase().replaceAll('-', '_')
}

/** @returns the options that a command uses. */
export function tableOf(command: CommandName): AnyTable {
  return Object.fromEntries(
    Object.entries(optionTable as AnyTable).filter(([, spec]) => spec.for.includes(command)),
  )
}

/**
 * A flag beats the environment, which beats the default; an empty value is unset. Variables of options that the command
 * does not use mean nothing to it, except that `doctor` checks those of every step before a run starts.
 * @param flags by flag, as a command line parser leaves them.
 * @throws {ConfigError} naming the first option that is not as needed.
 */
export function resolveOptions<Command extends CommandName>(
  command: Command,
  flags: Written,
  environment: Written,
): OptionsOf<Command> & EveryCommandsOptions {
  const given = new Set<string>()
  const values: Record<string, unknown> = {}
  const labels: Record<string, string> = {}
  const tables: (readonly [label: string, name: unknown])[] = []
  for (const [name, spec] of Object.entries(optionTable as AnyTable)) {
    const found = findWritten(name, spec, flags, environment)
    const label = found?.label ?? labelOf(name, spec)
    labels[name] = label
    if (spec.type === tableName) tables.push(...tableNames(name, label, found?.written ?? spec.default))
    if (!spec.for.includes(command)) {
      if (command === 'doctor' && found !== undefined && spec.for.includes('run')) parseFound(spec, found)
      continue
    }
    values[name] = found === undefined ? spec.default : parseFound(spec, found)
    if (found !== undefined) given.add(name)
  }
  const options = { ...values, given } as unknown as OptionsOf<Command> & EveryCommandsOptions
  checkTogether(values as Partial<Options>, (name) => labels[name] ?? name)
  checkTableNames(tables)
  return options
}

/**
 * The same for a program's configuration, for any step.
 * @throws {ConfigError} also for a name that is not an option of the steps.
 */
export function resolveConfig(config: Config): Options {
  const known = tableOf('run')
  const unknown = Object.keys(config).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) throw new ConfigError(`${unknown} is not an option: see td-mta run --help`)
  const flags = Object.fromEntries(Object.entries(config).map(([name, value]) => [flagOf(name), value]))
  return resolveOptions('run', flags, {})
}

/**
 * Makes unix seconds of local times and of days before the session. An export does it once, by its own clock; a later
 * step does it by zone and session of that export, so that the same words still mean the same after midnight.
 * @throws {ConfigError} for a range that ends before it begins.
 */
export function resolveInstants<Given extends Times>(options: Given, calendar: Calendar): Resolved<Given> {
  const resolved = toInstants(options, calendar)
  checkRange(resolved, (name) => labelOf(name, optionTable[name]))
  return resolved
}

/** A value as it was written, and what it was written to: `--from (FROM)`. */
interface Found {
  readonly written: unknown
  readonly label: string
}

function findWritten(
  name: string,
  spec: OptionSpec,
  flags: Written,
  environment: Written,
): Found | undefined {
  const flag = [flagOf(name), ...spec.aliases].map((spelling) => flags[spelling]).find(isSet)
  if (flag !== undefined) return { written: flag, label: labelOf(name, spec) }
  const variable = variablesOf(name, spec).find((spelling) => isSet(environment[spelling]))
  if (variable === undefined) return undefined
  return { written: environment[variable], label: `--${flagOf(name)} (${variable})` }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
}

/** @returns `--lookback-window-days (LOOKBACK_WINDOW)`, how messages name an option. */
export function labelOf(name: string, spec: OptionSpec): string {
  return `--${flagOf(name)} (${variableOf(name, spec)})`
}

function parseFound({ type }: OptionSpec, { written, label }: Found): unknown {
  if (Array.isArray(written) && !(type instanceof z.ZodArray)) {
    throw new ConfigError(`${label} was given ${written.length} times: give it once`)
  }
  try {
    return parseWritten(type, written)
  } catch (error) {
    const shown = Array.isArray(written) ? written.join(', ') : String(written)
    throw new ConfigError(`${label} is "${shown}": ${messageOf(error)}`)
  }
}

type Labels = (name: keyof typeof optionTable) => string

/** Rules between options. */
function checkTogether(options: Partial<Options>, label: Labels): void {
  const { input = [], warehouse = '', conversionType, conversionTypeColumn } = options
  const { from, to, creditFrom, sessionTime, timeZone = 'UTC' } = options
  const times = [from, to, creditFrom].filter((time) => time !== undefined)
  // Others are compared by the step, which knows the session.
  if (sessionTime !== undefined || new Set(times.map(isDaysBefore)).size < 2) {
    checkRange(toInstants({ from, to, creditFrom, sessionTime }, { timeZone, sessionSec: 0 }), label)
  }
  if (input.length > 0 && !/^duckdb(:|$)/.test(warehouse)) {
    throw new ConfigError(
      `${label('input')} needs --warehouse duckdb; ${label('warehouse')} is "${warehouse}"`,
    )
  }
  if ((conversionType === undefined) !== (conversionTypeColumn === undefined)) {
    throw new ConfigError(
      `${label('conversionType')} and ${label('conversionTypeColumn')} need each other: ` +
        `${conversionType === undefined ? 'the kind' : 'the column'} is missing`,
    )
  }
}

function checkRange({ from, to, creditFrom }: Resolved<Times>, label: Labels): void {
  if (from !== undefined && to !== undefined && from >= to) {
    throw new ConfigError(
      `${label('from')} is not before ${label('to')}: give an earlier start or a later end`,
    )
  }
  if (creditFrom === undefined) return
  if (from !== undefined && creditFrom < from) {
    throw new ConfigError(
      `${label('creditFrom')} is before ${label('from')}: what is credited is learned from, too: ` +
        'give an earlier start, or credit later conversions',
    )
  }
  if (to !== undefined && creditFrom >= to) {
    throw new ConfigError(
      `${label('creditFrom')} is not before ${label('to')}: no conversion would be credited`,
    )
  }
}

/** @returns the tables that an option names: some outputs have a second one beside the first. */
function tableNames(option: string, label: string, name: unknown) {
  if (name === undefined) return []
  const suffixes = outputTables.flatMap((table: OutputTable) =>
    table.option === option ? (table.suffix ?? []) : [],
  )
  const others = suffixes.map((suffix) => [`${label} with ${suffix}`, `${name}${suffix}`] as const)
  return [[label, name] as const, ...others]
}

/** Tables of one run must not overwrite each other, whichever steps write them. */
function checkTableNames(names: readonly (readonly [label: string, name: unknown])[]): void {
  const labels = new Map<string, string>()
  for (const [label, name] of names) {
    const key = String(name).toLowerCase()
    const former = labels.get(key)
    if (former !== undefined) {
      throw new ConfigError(`${label} and ${former} are both "${name}": give them different names`)
    }
    labels.set(key, label)
  }
}
