import { z } from 'zod'
import { column, instant, list, number, tableName, text, timeZoneName, wholeNumber } from './option-kinds.ts'

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
}

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

interface SpecDetails<Shapes> {
  readonly variable?: string
  readonly aliases?: readonly string[]
  readonly defaultText?: string
  readonly shapesExamples?: Shapes
}

/** An entry of the table. */
export function option<
  const Command extends CommandName,
  Type extends z.ZodType,
  Default extends z.output<Type> | undefined,
  const Shapes extends ShapesExamples = undefined,
>(
  usedBy: readonly Command[],
  type: Type,
  defaultValue: Default,
  help: string,
  details: SpecDetails<Shapes> = {},
): OptionSpec<Command, Type, Default, Shapes> {
  const { variable, aliases = [], defaultText, shapesExamples } = details
  const shapes = shapesExamples as Shapes
  return {
    for: usedBy,
    type,
    default: defaultValue,
    help,
    variable,
    aliases,
    defaultText,
    shapesExamples: shapes,
  }
}

const wholeRun = ['run', 'demo'] as const
/** The steps that take what shaped the examples from the export's manifest. */
export const afterExport = ['train', 'shapley', 'compare', 'report'] as const
const warehouseSteps = ['export', 'train', 'shapley', 'compare'] as const
/** Later steps check what shaped the examples against the export's manifest. */
const shaping = ['export', ...afterExport, ...wholeRun, 'doctor'] as const
const training = ['train', ...wholeRun] as const
const crediting = ['shapley', ...wholeRun] as const
const comparing = ['compare', ...wholeRun] as const
/** An export refuses tables that exist before any work is done for them, and the doctor looks for them. */
const allTables = ['export', ...wholeRun, 'doctor'] as const

/** An option that shapes the examples: what an export makes depends on it, and later steps hold to it. */
function shapingOption<Type extends z.ZodType, Default extends z.output<Type> | undefined>(
  type: Type,
  defaultValue: Default,
  help: string,
  details: Omit<SpecDetails<'checked'>, 'shapesExamples'> = {},
) {
  return option(shaping, type, defaultValue, help, { ...details, shapesExamples: 'checked' })
}

const input = {
  warehouse: option(
    [...warehouseSteps, 'run', 'simulate', 'doctor'],
    text('warehouse'),
    'duckdb',
    'where touchpoints are read and tables written: duckdb, duckdb:FILE, td, trino:http(s)://USER@HOST:PORT/CATALOG',
  ),
  input: option(
    ['export', 'shapley', 'compare', 'run', 'doctor'],
    list('file'),
    [],
    'CSV or Parquet files (also patterns such as touches-*.csv) read as the table; duckdb only',
  ),
  db: option(
    [...shaping, 'simulate'],
    text('name'),
    'mta',
    'database (schema) of the touchpoints and of the output tables',
    { shapesExamples: 'checked' },
  ),
  table: option([...shaping, 'simulate'], tableName, 'mock_data', 'table of touchpoints', {
    variable: 'DATA_TABLE',
    shapesExamples: 'checked',
  }),
  userColumn: shapingOption(column, 'user_id', 'column of the user'),
  timeColumn: shapingOption(column, 'time', 'column of the time: unix seconds, timestamp or ISO 8601'),
  actionColumn: shapingOption(column, 'source', 'column of the channel; empty where there is no touch'),
  conversionColumn: shapingOption(column, 'conversion', 'column that is 1 or true where the user converted'),
  valueColumn: shapingOption(column, undefined, 'column of the conversion value (revenue)'),
  conversionTypeColumn: shapingOption(column, undefined, 'column of the kind of conversion'),
  conversionType: shapingOption(text(), undefined, 'the one kind of conversion that counts'),
  spendTable: option(
    ['shapley', 'compare', ...allTables],
    tableName,
    undefined,
    'table of channel, spend and, where it has one, time',
  ),
}

const examples = {
  from: shapingOption(
    instant,
    undefined,
    'start of the examples, unix seconds or ISO 8601; earlier touches in the window are read too',
    { defaultText: 'whole table' },
  ),
  to: shapingOption(instant, undefined, 'end of the examples, not included', { defaultText: 'whole table' }),
  timeZone: shapingOption(timeZoneName, 'UTC', 'time zone in which a day begins'),
  lookbackWindowDays: shapingOption(
    wholeNumber(1, 365),
    5,
    'W: calendar days a touch can count, its own day included',
    { variable: 'LOOKBACK_WINDOW' },
  ),
  maxChannels: shapingOption(
    wholeNumber(1, 1000),
    100,
    'channels kept apart, most touched first; the others become (other)',
  ),
  examples: shapingOption(
    z.enum(['user-days', 'td-mta']),
    'user-days',
    'rule that makes examples; td-mta is the original one',
  ),
  validationFraction: shapingOption(number(0, 0.95), 0.5, 'share of the users held out for validation'),
  userTable: shapingOption(
    tableName,
    undefined,
    'table of users and random numbers in [0,1) that decide the batches',
  ),
  userRndColumn: shapingOption(column, 'ab_rnd', 'column of the random number in the user table'),
  usersPerTfrecord: shapingOption(
    wholeNumber(1, 1e9),
    undefined,
    'users that one query reduces into one TFRecord shard of each class',
    { defaultText: '10000 with a user table, else all' },
  ),
  seed: option(
    [...warehouseSteps, ...wholeRun, 'simulate', 'doctor'],
    wholeNumber(0, 2 ** 31 - 1),
    1,
    'seed of all randomness',
    { shapesExamples: 'recorded' },
  ),
}

const model = {
  model: option(
    ['train', ...crediting, 'doctor'],
    z.enum(['bilstm', 'hazard']),
    'bilstm',
    'model whose probabilities fill the Shapley tables',
  ),
  backend: option(
    ['train', ...crediting, 'doctor'],
    z.enum(['auto', 'gpu', 'native', 'wasm']),
    'auto',
    'what TensorFlow.js computes on',
  ),
  stepsPerEpoch: option(training, wholeNumber(1, 1e6), 100, 'training batches per epoch'),
  trainEpochs: option(training, wholeNumber(1, 10_000), 5, 'epochs; the best one is kept'),
  trainBatchSize: option(training, wholeNumber(2, 1e5), 1000, 'patterns per training batch'),
  validationBatchSize: option(training, wholeNumber(1, 1e5), 1000, 'patterns per validation batch'),
  shuffleBufferSize: option(training, wholeNumber(1, 1e8), 100_000, 'patterns held in memory for shuffling'),
  dropoutRate: option(training, number(0, 0.95), 0.5, 'share of units dropped while training'),
  modelWidth: option(
    training,
    wholeNumber(1, 1024),
    64,
    'units of each LSTM direction and of the dense layer',
  ),
  refits: option(
    ['train', ...crediting],
    wholeNumber(0, 1000),
    0,
    'BiLSTMs fitted to resampled users, for intervals',
  ),
}

const credit = {
  exactPlayers: option(
    crediting,
    wholeNumber(0, 20),
    12,
    'patterns with at most this many touched cells are credited exactly',
  ),
  signalDraws: option(crediting, wholeNumber(99, 100_000), 199, 'permutations of the signal test'),
  requireSignal: option(crediting, z.boolean(), false, 'exit with code 5 if the data hold no signal'),
}

const comparison = {
  noCompare: option(wholeRun, z.boolean(), false, 'leave out rules of thumb and Markov chains'),
  directChannels: option(comparing, list('name'), [], 'channels that last_non_direct passes over', {
    defaultText: 'direct',
  }),
  positionWeights: option(
    comparing,
    text('first/between/last'),
    '40/20/40',
    'per cent for the first touch, those between and the last',
  ),
  halfLifeDays: option(
    comparing,
    number(0.001, 3650),
    7,
    'days after which a touch counts half in time_decay',
  ),
  markovOrders: option(comparing, wholeNumber(1, 10), 3, 'highest order of the Markov chains'),
  noMarkovNullPaths: option(
    comparing,
    z.boolean(),
    false,
    'leave paths without a conversion out of the Markov chains',
  ),
}

const output = {
  metricsTable: option(
    ['train', ...allTables],
    tableName,
    'metrics',
    'output: one row per epoch of training',
  ),
  shapleyTable: option(
    ['shapley', ...allTables],
    tableName,
    'shapley',
    'output: one row per day before the conversion, one column per channel',
    { aliases: ['shapely-table'] },
  ),
  attributionTable: option(
    ['shapley', 'compare', ...allTables],
    tableName,
    'attribution',
    'output: one row per method, channel and day',
  ),
  evidenceTable: option(
    ['shapley', ...allTables],
    tableName,
    'evidence',
    'output: signal test and quality of the probabilities, one row per measure',
  ),
  performanceTable: option(
    ['shapley', 'compare', ...allTables],
    tableName,
    'performance',
    'output with --spend-table: cost and return, one row per method and channel',
  ),
  creditsTable: option(
    ['shapley', ...allTables],
    tableName,
    undefined,
    'output: one row per conversion and touched cell, made in the warehouse',
  ),
  pathsTable: option(
    ['compare', ...allTables],
    tableName,
    undefined,
    'output: the commonest paths with conversions, rate and value',
  ),
  transitionsTable: option(
    ['compare', ...allTables],
    tableName,
    undefined,
    'output: transitions of the Markov chain of order 1, removal effects',
  ),
  ifExists: option(
    [...warehouseSteps, ...wholeRun, 'simulate', 'doctor'],
    z.enum(['overwrite', 'append', 'error', 'ignore']),
    'overwrite',
    'what to do with output tables that exist; append replaces the rows of the same run id',
  ),
  runId: option([...warehouseSteps, ...wholeRun], text('id'), undefined, 'stamped on every output row', {
    defaultText: 'made by export',
  }),
  sessionTime: option([...warehouseSteps, ...wholeRun], instant, undefined, 'stamped on every output row', {
    defaultText: 'now, at export',
  }),
  noReport: option(wholeRun, z.boolean(), false, 'make no report'),
  format: option(commandNames, z.enum(['text', 'json']), 'text', 'format of the result on standard output'),
}

const storage = {
  dataDir: option(
    commandNames,
    text('directory'),
    'mta-data',
    'shared storage between the steps: a directory or gs://bucket/prefix',
    { defaultText: './mta-data, or the parent of --positive-tfrecords-dir' },
  ),
  positiveTfrecordsDir: option(
    shaping,
    text('directory'),
    undefined,
    'where the examples with a conversion go',
    { defaultText: 'positive_tfrecords in the data directory' },
  ),
  negativeTfrecordsDir: option(
    shaping,
    text('directory'),
    undefined,
    'where the examples without a conversion go',
    { defaultText: 'negative_tfrecords in the data directory' },
  ),
  modelDir: option(shaping, text('directory'), undefined, 'where the model goes', {
    defaultText: 'model in the data directory',
  }),
}

const treasureData = {
  tdPriority: option(
    [...warehouseSteps, 'run', 'doctor'],
    wholeNumber(-2, 2),
    undefined,
    'priority of the jobs on Treasure Data, from -2 (very low) to 2 (very high)',
    { defaultText: "Treasure Data's" },
  ),
  tdPool: option(
    [...warehouseSteps, 'run', 'doctor'],
    text('name'),
    undefined,
    'resource pool of the jobs on Treasure Data',
    { variable: 'TD_POOL_NAME', defaultText: "the account's" },
  ),
}

const simulation = {
  users: option(['simulate', 'demo'], wholeNumber(1, 1e9), 20_000, 'users to simulate'),
  days: option(['simulate', 'demo'], wholeNumber(1, 3650), 60, 'days to simulate'),
  variant: option(
    ['simulate', 'demo'],
    z.enum(['clean', 'synergy', 'intent', 'seed-format', 'no-effect', 'order-confirmations']),
    'clean',
    'the truth to simulate',
  ),
  output: option(
    ['simulate', 'demo'],
    text('file'),
    undefined,
    'file to write: .csv or .parquet; without it, simulate writes the table of the warehouse',
  ),
  truth: option(['simulate', 'demo'], text('file'), undefined, 'file for the truth', {
    defaultText: 'truth.json in the data directory',
  }),
}

const checks = {
  write: option(['doctor'], z.boolean(), false, 'also create and drop a small table in the output database'),
}

const logging = {
  logLevel: option(
    commandNames,
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    'info',
    'least severe log event shown',
  ),
}

/** The options in the groups and the order that help shows. */
export const optionGroups = {
  Input: input,
  Examples: examples,
  Model: model,
  'Credit and evidence': credit,
  Comparison: comparison,
  Simulation: simulation,
  Checks: checks,
  Output: output,
  Storage: storage,
  'Treasure Data': treasureData,
  Logging: logging,
}

/**
 * The one table of options: flags, environment variables, defaults, `--help` and docs/options.md come from it. The key in
 * camel case is the name in programs; in kebab case it is the flag; in upper snake case the variable.
 */
export const optionTable = {
  ...input,
  ...examples,
  ...model,
  ...credit,
  ...comparison,
  ...simulation,
  ...checks,
  ...output,
  ...storage,
  ...treasureData,
  ...logging,
}

type Table = typeof optionTable

type ValueOf<Spec> =
  Spec extends OptionSpec<infer _Command, infer Type, infer Default>
    ? undefined extends Default
      ? z.output<Type> | undefined
      : z.output<Type>
    : never

/**
 * The options that a command uses, checked and filled with defaults. `given` holds the names of those that a flag, a
 * variable or a program set.
 */
export type OptionsOf<Command extends CommandName> = {
  readonly [Name in keyof Table as Command extends Table[Name]['for'][number] ? Name : never]: ValueOf<
    Table[Name]
  >
} & { readonly given: ReadonlySet<string> }

/** The options of all steps. */
export type Options = OptionsOf<'run'>

type ShapingName = {
  [Name in keyof Table]: Table[Name]['shapesExamples'] extends undefined ? never : Name
}[keyof Table]

/** The options that shape the examples. */
export type ShapingOptions = Pick<Options, ShapingName>

/** What a program may pass: any option of the steps, the rest gets its default. */
export type Config = Partial<Omit<Options, 'given'>>
