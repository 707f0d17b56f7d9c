import type { z } from 'zod'

/** One option: who uses it, what it may be, what it means. */
export interface OptionSpec<
  Command extends CommandName = CommandName,
  Type extends z.ZodType = z.ZodType,
  Default = unknown,
  Shapes = ShapesExamples,
> {
  /** The commands that use it. */
  readonly for: readonly Command[]
  readonly type: Type
  /** The only place where a default stands; undefined where there is none. */
  readonly default: Default
  /** What help shows as default where it is not the value itself. */
  readonly defaultText: string | undefined
  readonly help: string
  /** Environment variable where it is not the upper snake case of the flag. */
  readonly variable: string | undefined
  /** Further spellings of the flag. */
  readonly aliases: readonly string[]
  readonly shapesExamples: Shapes
  /** Of an option that shapes the examples: it says where the rows are, or which, not what an example means. */
  readonly describesRows: boolean
}

/** Options by name, before their types are known. */
export type AnyTable = Readonly<Record<string, OptionSpec>>

/**
 * What an option that shapes the examples means to later steps. They take it from the export's manifest and refuse
 * another value where it is `checked`; where it is `recorded`, they may have a value of their own.
 */
export type ShapesExamples = 'checked' | 'recorded' | undefined

export const commandNames = [
  'run',
  'export',
  'train',
  'shapley',
  'compare',
  'report',
  'simulate',
  'demo',
  'doctor',
] as const
export type CommandName = (typeof commandNames)[number]

export interface SpecDetails<Shapes> {
  readonly variable?: string
  readonly aliases?: readonly string[]
  readonly defaultText?: string
  readonly shapesExamples?: Shapes
  readonly describesRows?: boolean
}

/** @returns what makes the entries of options that these commands use. */
export function usedBy<const Command extends CommandName>(...commands: readonly Command[]) {
  return <
    Type extends z.ZodType,
    Default extends z.output<Type> | undefined,
    const Shapes extends ShapesExamples = undefined,
  >(
    type: Type,
    defaultValue: Default,
    help: string,
    { variable, aliases = [], defaultText, shapesExamples, describesRows = false }: SpecDetails<Shapes> = {},
  ): OptionSpec<Command, Type, Default, Shapes> => {
    const texts = { help, defaultText, variable, aliases, describesRows }
    return { for: commands, type, default: defaultValue, ...texts, shapesExamples: shapesExamples as Shapes }
  }
}
