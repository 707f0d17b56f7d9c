import type { Argv } from 'yargs'
import { ConfigError } from '../errors.ts'
import type { CommandName } from '../options/option-spec.ts'
import type { OptionsOf } from '../options/option-table.ts'
import { version } from '../version.ts'
import type { CommandResult, Effects } from './effects.ts'

interface Command<Name extends CommandName> {
  readonly aliases?: readonly string[]
  readonly describe: string
  readonly load: () => Promise<(options: OptionsOf<Name>, effects: Effects) => Promise<CommandResult>>
}

/** A file each, loaded when called, so that help needs nothing heavy. */
export const commands: { readonly [Name in CommandName]: Command<Name> } = {
  run: {
    describe: 'export, train, shapley, compare and report in one process',
    load: async () => (await import('./run.ts')).runAll,
  },
  export: {
    aliases: ['save_tfrecords'],
    describe: 'reduce touchpoints to patterns with counts, as TFRecords',
    load: async () => (await import('./export.ts')).runExport,
  },
  train: {
    aliases: ['train_model'],
    describe: 'fit the conversion probability to the exported patterns',
    load: async () => (await import('./train.ts')).runTrain,
  },
  shapley: {
    aliases: ['calculate_shapely', 'calculate_shapley'],
    describe: 'credit conversions to channels and days, write the tables',
    load: async () => (await import('./shapley.ts')).runShapley,
  },
  compare: {
    describe: 'credit conversions by rules of thumb and Markov chains, beside the learned ones',
    load: async () => (await import('./compare.ts')).runCompare,
  },
  report: {
    describe: 'write one HTML file that shows the results, from storage alone',
    load: async () => (await import('./report.ts')).runReport,
  },
  simulate: {
    describe: 'write touchpoints whose true causes are known',
    load: async () => (await import('./simulate.ts')).runSimulate,
  },
  demo: {
    describe: 'simulate, run, and show the answer beside the truth',
    load: async () => (await import('./demo.ts')).runDemo,
  },
  doctor: {
    describe: 'check credentials, tables, storage and backend before a run',
    load: async () => (await import('./doctor.ts')).runDoctor,
  },
}

/** What the command line asks for: a command with its flags, or a text (help, version) to print. */
export type Invocation =
  | {
      readonly kind: 'command'
      readonly command: CommandName
      readonly flags: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'text'; readonly text: string }

/**
 * @param words the command line after the program's name.
 * @param columns width of the terminal, for help.
 * @throws {ConfigError} for unknown commands, flags that the command does not use, flags without their value, and
 *   superfluous words.
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
    .strictCommands()
    .locale('en')
    .exitProcess(false)
    .epilogue(
      'Each option can also be set by the environment variable in brackets, or by that name after TD_MTA_, which beats ' +
        'the bare name; a flag beats both.',
    )
  // yargs lays out a command's help whether it is asked for or not, which takes longer than all else here.
  const isHelpAsked = words.some((word) => /^(-h|--help)/.test(word))
  for (const [name, { aliases = [], describe }] of Object.entries(commands)) {
    const add = async (sub: Argv) => addOptions(sub, name as CommandName, isHelpAsked)
    parser.command([name, ...aliases], describe, add)
  }
  const parsed = await parse(parser, words)
  if (typeof parsed === 'string') return { kind: 'text', text: parsed }
  const {
    _: [word],
    $0: _program,
    help: _help,
    h: _h,
    version: _version,
    ...flags
  } = parsed
  const command = commandNamed(String(word))
  const { refuseUnusedFlags } = await import('../options/flags.ts')
  refuseUnusedFlags(command, Object.keys(flags))
  return { kind: 'command', command, flags }
}

/**
 * The table of options is loaded here, and zod with it: the list of commands needs neither.
 * @param isDescribed whether the options are in the help.
 */
async function addOptions(parser: Argv, command: CommandName, isDescribed: boolean): Promise<Argv> {
  const { flagGroups } = await import('../options/flags.ts')
  for (const [group, flags] of flagGroups(command)) {
    for (const { flag, aliases, type, isRepeatable, defaultText, variable, help } of flags) {
      const fallback = defaultText === '' ? '' : ` (default: ${defaultText})`
      parser.option(flag, {
        group: `${group}:`,
        alias: [...aliases],
        ...(type === '' ? { type: 'boolean' } : { requiresArg: true }),
        ...(isRepeatable ? { array: true } : {}),
        hidden: !isDescribed,
        describe: `${type === '' ? '' : `${type} `}${help}${fallback} [${variable}]`,
      })
    }
  }
  return parser
}

function commandNamed(word: string): CommandName {
  const isNamed = ([name, { aliases }]: [string, { aliases?: readonly string[] }]) =>
    name === word || aliases?.includes(word)
  const [name] = Object.entries(commands).find(isNamed) ?? []
  return name as CommandName
}

interface Parsed {
  readonly _: readonly (string | number)[]
  readonly [flag: string]: unknown
}

/** @returns the words as flags, or the text (help, version) that they ask for. */
function parse(parser: Argv, words: readonly string[]): Promise<Parsed | string> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error) => reject(new ConfigError(`${error.message}: see td-mta --help`))
    const parsed = parser.parse(words.length > 0 ? [...words] : ['--help'], {}, (error, argv, output) => {
      if (error) refuse(error)
      else resolve(output === '' ? (argv as Parsed) : output)
    })
    // A flag without its value is not handed to the callback where options are added asynchronously.
    Promise.resolve(parsed).catch(refuse)
  })
}
