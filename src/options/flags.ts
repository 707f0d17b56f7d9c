import { z } from 'zod'
import { ConfigError } from '../errors.ts'
import { nearestName } from './nearest-name.ts'
import { shownType } from './option-kinds.ts'
import type { AnyTable, CommandName, OptionSpec } from './option-spec.ts'
import { afterExport, optionGroups, optionTable } from './option-table.ts'
import { flagOf, variableOf } from './resolve.ts'

/** A flag as help shows it. */
export interface ShownFlag {
  readonly flag: string
  readonly aliases: readonly string[]
  readonly variable: string
  /** Such as `<integer 1..365>`; empty for a switch, which takes no value. */
  readonly type: string
  readonly isRepeatable: boolean
  /** Empty where there is no default. */
  readonly defaultText: string
  readonly help: string
  readonly usedBy: readonly CommandName[]
}

/** Where help lists what a step takes from the export, and accepts only to check it. */
const CHECKED_GROUP = 'Taken from the export; another value is an error'

/** @returns the groups of options, each with those of its flags that a command uses; all of them without a command. */
export function flagGroups(command?: CommandName): ReadonlyMap<string, readonly ShownFlag[]> {
  const groups = new Map<string, ShownFlag[]>()
  const checked: ShownFlag[] = []
  for (const [group, table] of Object.entries(optionGroups)) {
    const own: ShownFlag[] = []
    for (const [name, spec] of Object.entries(table as AnyTable)) {
      if (command !== undefined && !spec.for.includes(command)) continue
      const flags = command !== undefined && isOnlyChecked(name, spec, command) ? checked : own
      flags.push(shownFlag(name, spec))
    }
    if (own.length > 0) groups.set(group, own)
  }
  return checked.length > 0 ? groups.set(CHECKED_GROUP, checked) : groups
}

/** The database is also where tables go. */
function isOnlyChecked(name: string, { shapesExamples }: OptionSpec, command: CommandName): boolean {
  return afterExport.some((step) => step === command) && shapesExamples === 'checked' && name !== 'db'
}

function shownFlag(name: string, spec: OptionSpec): ShownFlag {
  const { aliases, type, help } = spec
  const isShown = spec.default !== undefined && spec.default !== false && !Array.isArray(spec.default)
  return {
    flag: flagOf(name),
    aliases,
    variable: variableOf(name, spec),
    type: shownType(type),
    isRepeatable: type instanceof z.ZodArray,
    defaultText: spec.defaultText ?? (isShown ? String(spec.default) : ''),
    help,
    usedBy: spec.for,
  }
}

/**
 * @param flags names of the flags on the command line.
 * @throws {ConfigError} for one that the command does not use, naming the commands that do, or the flag that was meant.
 */
export function refuseUnusedFlags(command: CommandName, flags: readonly string[]): void {
  const users = new Map(
    Object.entries(optionTable as AnyTable).flatMap(([name, spec]) =>
      [flagOf(name), ...spec.aliases].map((flag) => [flag, spec.for] as const),
    ),
  )
  for (const flag of flags) {
    const usedBy = users.get(flag)
    if (usedBy?.includes(command)) continue
    const own = [...users].filter(([, commands]) => commands.includes(command)).map(([known]) => known)
    const nearest = nearestName(flag, own)
    const hint =
      usedBy !== undefined
        ? `it is used by ${usedBy.join(', ')}`
        : nearest === undefined
          ? `see td-mta ${command} --help`
          : `did you mean --${nearest}?`
    throw new ConfigError(`${flag.length === 1 ? '-' : '--'}${flag} is not an option of ${command}; ${hint}`)
  }
}
