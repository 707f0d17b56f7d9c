import { ConfigError } from '../errors.ts'
import type { OptionSpec } from '../options/option-kinds.ts'
import {
  type Options,
  type OwnOptions,
  type OwnTable,
  optionTable,
  ownOptionTables,
} from '../options/option-table.ts'
import { flagOf, variableOf } from '../options/resolve.ts'
import { version } from '../version.ts'
import type { CommandResult, Effects } from './effects.ts'

type Run = (options: Options, effects: Effects, own: OwnOptions) => Promise<CommandResult>

interface Command {
  readonly name: string
  readonly aliases: readonly string[]
  readonly describe: string
  /** The table of options that only such commands take. */
  readonly own: OwnTable | undefined
  readonly load: () => Promise<Run>
}

/** A file each, loaded when called, so that help needs nothing heavy. */
const commands: readonly Command[] = [
  {
    name: 'run',
    aliases: [],
    describe: 'export, train, shapley, compare and report in one process',
    own: undefined,
    load: async () => (await import('./run.ts')).runAll,
  },
  {
    name: 'export',
    aliases: ['save_tfrecords'],
    describe: 'reduce touchpoints to patterns with counts, as TFRecords',
    own: undefined,
    load: async () => (await import('./export.ts')).runExport,
  },
  {
    name: 'train',
    aliases: ['train_model'],
    describe: 'fit the conversion probability to the exported patterns',
    own: undefined,
    load: async () => (await import('./train.ts')).runTrain,
  },
  {
    name: 'shapley',
    aliases: ['calculate_shapely', 'calculate_shapley'],
    describe: 'credit conversions to channels and days, write the tables',
    own: undefined,
    load: async () => (await import('./shapley.ts')).runShapley,
  },
  {
    name: 'compare',
    aliases: [],
    describe: 'credit conversions by rules of thumb and Markov chains, beside the learned ones',
    own: undefined,
    load: async () => (await import('./compare.ts')).runCompare,
  },
  {
    name: 'report',
    aliases: [],
    describe: 'write one HTML file that shows the results, from storage alone',
    own: undefined,
    load: async () => (await import('./report.ts')).runReport,
  },
  {
    name: 'simulate',
    aliases: [],
    describe: 'write touchpoints whose truth is known',
    own: 'simulation',
    load: async () => (await import('./simulate.ts')).runSimulate,
  },
  {
    name: 'demo',
    aliases: [],
    describe: 'simulate, run, and show the answer beside the truth',
    own: 'simulation',
    load: async () => (await import('./demo.ts')).runDemo,
  },
  {
    name: 'doctor',
    aliases: [],
    describe: 'check credentials, tables, storage and backend before a run',
    own: 'doctor',
    load: async () => (await import('./doctor.ts')).runDoctor,
  },
]

/** What the command line asks for: a command with its flags, or a text (help, version) to print. */
export type Invocation =
  | { readonly kind: 'command'; readonly command: string; readonly flags: Readonly<Record<string, unknown>> }
  | { readonly kind: 'text'; readonly text: string }

/** @throws {ConfigError} for a name that is no command. */
export function commandOf(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name || candidate.aliases.includes(name))
  if (command === undefined) {
    throw new ConfigError(
      `"${name}" is no command: use one of ${commands.map((known) => known.name).join(', ')}`,
    )
  }
  return command
}

/**
 * @param words the command line after the program's name.
 * @param columns width of the terminal, for help.
 * @throws {ConfigError} for unknown commands and flags, flags without their value, and words too many.
 */
export async function parseArguments(words: readonly string[], columns = 100): Promise<Invocation> {
  const { default: yargs } = await import('yargs')
  const parser = yargs()
    .scriptName('td-mta')
    .usage('$0 <command> [options]\n\nWhich channels, how many days before, caused how many conversions.')
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false, 'boolean-negation': false })
    .version(version)
    .help()
    .alias({ help: 'h' })
    .wrap(Math.min(Math.max(columns, 80), 120))
    .demandCommand(1, 1, 'a command is needed', 'one command at a time')
    .strict()
    .strictCommands()
    .locale('en')
    .exitProcess(false)
    .epilogue('Each option can be set by the environment variable in brackets; a flag beats it.')
  for (const command of commands) {
    parser.command([command.name, ...command.aliases], command.describe, (sub) => {
      const own = command.own === undefined ? {} : ownOptionTables[command.own]
      const table = { ...own, ...optionTable }
      for (const [name, spec] of Object.entries(table)) {
        sub.option(flagOf(name), yargsOption(name, spec as OptionSpec<unknown>))
      }
    })
  }
  return parse(parser, words)
}

interface Parser {
  parse(
    words: readonly string[],
    context: object,
    callback: (error: Error | undefined | null, argv: Record<string, unknown>, output: string) => void,
  ): unknown
}

function parse(parser: Parser, words: readonly string[]): Promise<Invocation> {
  return new Promise((resolve, reject) => {
    parser.parse(words.length > 0 ? words : ['--help'], {}, (error, argv, output) => {
      if (error) reject(new ConfigError(`${error.message}: see td-mta --help`))
      else if (output !== '') resolve({ kind: 'text', text: output })
      else resolve({ kind: 'command', command: String((argv._ as unknown[])[0]), flags: argv })
    })
  })
}

function yargsOption(name: string, spec: OptionSpec<unknown>) {
  const shownDefault =
    spec.defaultText ?? (Array.isArray(spec.defaultValue) || !spec.takesValue ? undefined : spec.defaultValue)
  const fallback = shownDefault === undefined ? '' : ` (default: ${shownDefault})`
  const words = spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`
  return {
    type: spec.takesValue ? ('string' as const) : ('boolean' as const),
    requiresArg: spec.takesValue,
    describe: `${spec.help}${words}${fallback} [${variableOf(name, spec)}]`,
    ...(spec.repeatable ? { array: true as const } : {}),
    ...(spec.aliases.length > 0 ? { alias: [...spec.aliases] } : {}),
  }
}
