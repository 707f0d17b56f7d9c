import { z } from 'zod'
import { findingCode } from '../findings/finding.ts'
import { SIMULATION_VARIANTS } from '../simulation/worlds.ts'
import {
  boundary,
  column,
  delimiter,
  directory,
  encoding,
  file,
  instant,
  list,
  number,
  positionWeights,
  tableName,
  text,
  timeZoneName,
  wholeNumber,
} from './option-kinds.ts'
import { type CommandName, commandNames, type OptionSpec, type SpecDetails, usedBy } from './option-spec.ts'
import type { DaysBefore, LocalTime } from './parse-instant.ts'

/** The steps that take what shaped the examples from the export's manifest. */
export const afterExport = ['train', 'shapley', 'compare', 'report'] as const

const everywhere = usedBy(...commandNames)
const storing = usedBy('export', ...afterExport, 'run', 'demo', 'doctor')
const locating = usedBy('export', ...afterExport, 'run', 'demo', 'doctor', 'simulate')
const writing = usedBy('export', 'train', 'shapley', 'compare', 'run', 'demo', 'doctor', 'simulate')
const connecting = usedBy('export', ...afterExport, 'run', 'doctor')
const opening = usedBy('export', ...afterExport, 'run', 'doctor', 'simulate')
const reading = usedBy('export', 'shapley', 'compare', 'run', 'doctor')
const stamping = usedBy('export', 'train', 'shapley', 'compare', 'run', 'demo')
const inSession = usedBy('export', 'train', 'shapley', 'compare', 'run', 'demo', 'doctor')
const modelling = usedBy('train', 'shapley', 'run', 'demo', 'doctor')
const modelUsing = usedBy('export', 'train', 'shapley', 'run', 'doctor')
const training = usedBy('train', 'run', 'demo')
const crediting = usedBy('shapley', 'run', 'demo')
const finding = usedBy('export', 'shapley', 'compare', 'run', 'demo', 'doctor')
const comparing = usedBy('compare', 'run', 'demo')
const running = usedBy('run', 'demo')
const reporting = usedBy('report', 'run')
const simulating = usedBy('simulate', 'demo')
const simulatingOnly = usedBy('simulate')
const checking = usedBy('doctor')
// An export refuses tables that exist before any work is done for them, and the doctor looks for them.
const tableOfTrain = usedBy('train', 'export', 'run', 'demo', 'doctor')
const tableOfShapley = usedBy('shapley', 'export', 'run', 'demo', 'doctor')
const tableOfCompare = usedBy('compare', 'export', 'run', 'demo', 'doctor')
// A report of several runs reads what these hold.
const tableOfReport = usedBy('report', 'shapley', 'export', 'run', 'demo', 'doctor')
const tableOfBothAndReport = usedBy('report', 'shapley', 'compare', 'export', 'run', 'demo', 'doctor')
const tableOfBoth = usedBy('shapley', 'compare', 'export', 'run', 'demo', 'doctor')

/** What an export makes depends on it; later steps compare it with the export's manifest. */
function shaping<Type extends z.ZodType, Default extends z.output<Type> | undefined>(
  type: Type,
  defaultValue: Default,
  help: string,
  details: Omit<SpecDetails<'checked'>, 'shapesExamples'> = {},
) {
  return storing(type, defaultValue, help, { ...details, shapesExamples: 'checked' })
}

const input = {
  warehouse: opening(
    text('warehouse'),
    'duckdb',
    'where touchpoints are read and tables written: duckdb, duckdb:FILE, td, trino:http(s)://USER@HOST:PORT/CATALOG',
  ),
  input: reading(
    list(file),
    [],
    'CSV or Parquet files (also patterns such as touches-*.csv) read as the table; duckdb only',
  ),
  inputEncoding: reading(
    encoding,
    undefined,
    'encoding of the CSV files, such as shift_jis, windows-1252 or utf-16le',
    { defaultText: 'utf-8' },
  ),
  inputDelimiter: reading(delimiter, undefined, 'what separates the fields of the CSV files: , ; | or tab', {
    defaultText: 'found in the first line',
  }),
  db: locating(text('name'), 'mta', 'database (schema) of the touchpoints and of the output tables', {
    shapesExamples: 'checked',
    describesRows: true,
  }),
  table: locating(tableName, 'mock_data', 'table of touchpoints', {
    variable: 'DATA_TABLE',
    shapesExamples: 'checked',
    describesRows: true,
  }),
  userColumn: shaping(column, 'user_id', 'column of the user'),
  timeColumn: shaping(column, 'time', 'column of the time: unix seconds, timestamp or ISO 8601', {
    describesRows: true,
  }),
  timeUnit: shaping(
    z.enum(['s', 'ms', 'us', 'ns']),
    's',
    'what numbers in the time column count, since 1970',
    { describesRows: true },
  ),
  inputTimeZone: shaping(timeZoneName, undefined, 'time zone of times and dates in the data that name none', {
    defaultText: 'UTC',
    describesRows: true,
  }),
  actionColumn: shaping(column, 'source', 'column of the channel; empty where there is no touch'),
  channelTable: shaping(
    tableName,
    undefined,
    'table of rules that rename, merge or leave out channels: pattern (* for any characters), channel (or ignore); the first that matches counts',
    { describesRows: true },
  ),
  campaignColumn: shaping(column, undefined, 'column of the campaign, whose credit is part of its channel', {
    describesRows: true,
  }),
  conversionColumn: shaping(column, 'conversion', 'column that is 1 or true where the user converted'),
  conversionCounts: shaping(
    z.boolean(),
    false,
    'the conversion column says how many conversions a row has, such as 2 purchases',
    { describesRows: true },
  ),
  valueColumn: shaping(column, undefined, 'column of the conversion value (revenue)', {
    describesRows: true,
  }),
  conversionTypeColumn: shaping(column, undefined, 'column of the kind of conversion'),
  conversionType: shaping(text(), undefined, 'the one kind of conversion that counts'),
  conversionIdColumn: shaping(
    column,
    undefined,
    'column of the id of a conversion: one conversion an id, on its last row',
  ),
  segmentColumn: shaping(
    column,
    undefined,
    'column of the segment (country, device, new or returning) by which the credits are divided; docs/segments.md',
    { describesRows: true },
  ),
  nullTexts: shaping(
    list('text'),
    ['\\N', 'NULL', '(null)', 'nan', 'None', 'undefined'],
    'texts that stand for NULL as user, channel, campaign, conversion id or segment, in any case',
  ),
  allowFindings: finding(
    z.array(findingCode),
    [],
    'findings that are accepted although they make the answer wrong (docs/data.md lists them)',
  ),
  spendTable: tableOfBoth(
    tableName,
    undefined,
    'table of channel, spend and, where it has them, campaign and time',
  ),
}

const examples = {
  from: shaping(
    boundary,
    undefined,
    'start of the examples: ISO 8601, unix seconds, or days before the session (-90d); earlier touches in the window are read too',
    { defaultText: 'whole table', describesRows: true },
  ),
  to: shaping(
    boundary,
    undefined,
    "end of the examples, not included; 0d is the start of the session's day",
    {
      defaultText: 'whole table',
      describesRows: true,
    },
  ),
  creditFrom: shaping(
    boundary,
    undefined,
    'conversions from here on, up to --to, are credited, those before it only learned from; -1d with --to 0d is yesterday',
    { defaultText: '--from', describesRows: true },
  ),
  timeZone: shaping(timeZoneName, 'UTC', 'time zone of days, and of times in options that name none'),
  lookbackWindowDays: shaping(
    wholeNumber(1, 365),
    5,
    'W: calendar days for which a touch counts, its own day included',
    { variable: 'LOOKBACK_WINDOW' },
  ),
  maxChannels: shaping(
    wholeNumber(1, 1000),
    100,
    'channels reported separately, the most touched first; the others become (other)',
    { describesRows: true },
  ),
  examples: shaping(
    z.enum(['user-days', 'td-mta']),
    'user-days',
    'rule for building examples; td-mta is that of the original',
  ),
  afterConversion: shaping(
    z.enum(['keep', 'used-up']),
    undefined,
    'touches after a conversion: they keep working until they leave the window, or are used up by it',
    { defaultText: 'keep; used-up with td-mta and in the seed format' },
  ),
  validationFraction: shaping(number(0, 0.95), 0.5, 'share of the users held out for validation', {
    describesRows: true,
  }),
  userTable: shaping(
    tableName,
    undefined,
    'table of users and random numbers in [0,1) that decide the batches',
    { describesRows: true },
  ),
  userRndColumn: shaping(column, 'ab_rnd', 'column of the random number in the user table', {
    describesRows: true,
  }),
  usersPerTfrecord: shaping(
    wholeNumber(1, 1e9),
    undefined,
    'users that one query reduces into one TFRecord shard of each class',
    { defaultText: '10000 with a user table, else all', describesRows: true },
  ),
  negativePatterns: shaping(
    wholeNumber(1, 1e12),
    2_000_000,
    'patterns of days without a conversion that are enough: of more, a sample of users is taken',
    { describesRows: true },
  ),
  seed: writing(wholeNumber(0, 2 ** 31 - 1), 1, 'seed of all randomness', { shapesExamples: 'recorded' }),
}

const model = {
  model: modelling(
    z.enum(['stacked', 'bilstm', 'hazard']),
    'stacked',
    'model that fills the Shapley tables; stacked mixes both as held-out users decide',
  ),
  modelFrom: modelUsing(
    directory,
    undefined,
    'data directory of another run, whose model credits the conversions: nothing is trained',
    { defaultText: 'own model' },
  ),
  backend: modelling(
    z.enum(['auto', 'gpu', 'native', 'wasm']),
    'auto',
    'what computes the BiLSTM: TensorFlow on a GPU or the processor (native), or our own WebAssembly; auto: the first that is installed',
  ),
  threads: writing(
    wholeNumber(1, 256),
    undefined,
    'threads of the BiLSTM (wasm: 10 MB each, and 5 to 65 MB for each of --nets, up to 1 GB where it is wide and W long), of DuckDB and of simulate; results do not depend on them',
    { defaultText: 'the processors that the process may use' },
  ),
  stepsPerEpoch: training(wholeNumber(1, 1e6), 100, 'training batches per epoch'),
  trainEpochs: training(wholeNumber(1, 10_000), 5, 'epochs; the best one is kept'),
  trainBatchSize: training(wholeNumber(2, 1e5), 1000, 'patterns per training batch'),
  validationBatchSize: training(wholeNumber(1, 1e5), 1000, 'patterns per validation batch'),
  shuffleBufferSize: training(wholeNumber(1, 1e8), 100_000, 'patterns held in memory for shuffling'),
  dropoutRate: training(number(0, 0.95), 0.5, 'share of units dropped while training'),
  modelWidth: training(wholeNumber(1, 1024), 64, 'units of each LSTM direction and of the dense layer'),
  nets: training(
    wholeNumber(1, 100),
    1,
    'BiLSTMs fitted to all users, averaged with the one that held-out users judge',
  ),
}

const credit = {
  evaluations: crediting(
    wholeNumber(1, 1e8),
    undefined,
    'sub-patterns that a BiLSTM is asked about at most, 20 to 100 microseconds each; what they do not pay for is estimated by orders of the touches',
    { defaultText: '1000000, more only where each pattern could not be estimated' },
  ),
  signalDraws: crediting(wholeNumber(99, 100_000), 199, 'permutations of the signal test'),
  placeboChannels: tableOfShapley(
    list('name'),
    [],
    'channels that cause nothing: hazard_calibrated gives their credit to the baseline',
  ),
  experimentsTable: tableOfShapley(
    tableName,
    undefined,
    'table of experiments that correct hazard_calibrated: channel, from, to, incremental_conversions, standard_error',
  ),
  requireSignal: crediting(z.boolean(), false, 'exit with code 5 if the data hold no signal'),
}

const comparison = {
  paths: usedBy('compare')(
    tableName,
    undefined,
    'CSV or Parquet file, or table, of paths instead of touchpoints: path, conversions, value, nulls; needs no export',
  ),
  noCompare: running(z.boolean(), false, 'leave out rules of thumb and Markov chains'),
  directChannels: comparing(list('name'), [], 'channels that last_non_direct passes over', {
    defaultText: 'direct and (direct), in any case',
  }),
  positionWeights: comparing(
    positionWeights,
    '40/20/40',
    'per cent for the first touch, those between and the last',
  ),
  halfLifeDays: comparing(number(0.001, 3650), 7, 'days after which a touch counts half in time_decay'),
  markovOrders: comparing(wholeNumber(1, 10), 3, 'highest order of the Markov chains'),
  orderedShapley: comparing(
    wholeNumber(0, 15),
    undefined,
    "adds ordered_shapley, td-ml-mta's figure for this day: over that many last channels per path, 0 for all (docs/from-td-ml-mta.md)",
    { defaultText: 'left out' },
  ),
  noMarkovNullPaths: comparing(
    z.boolean(),
    false,
    'leave paths without a conversion out of the Markov chains',
  ),
}

const output = {
  metricsTable: tableOfTrain(tableName, 'metrics', 'output: one row per epoch of training'),
  shapleyTable: tableOfShapley(
    tableName,
    'shapley',
    'output: one row per day before the conversion, one column per channel',
    { aliases: ['shapely-table'] },
  ),
  attributionTable: tableOfBothAndReport(
    tableName,
    'attribution',
    'output: one row per method, channel and day',
  ),
  evidenceTable: tableOfReport(
    tableName,
    'evidence',
    'output: signal test and quality of the probabilities, one row per measure',
  ),
  confoundingTable: tableOfShapley(
    tableName,
    'confounding',
    'output: association without effect, seen from touches after conversions, one row per channel',
  ),
  performanceTable: tableOfBoth(
    tableName,
    'performance',
    'output with --spend-table: cost and return, one row per method and channel',
  ),
  creditsTable: tableOfShapley(
    tableName,
    undefined,
    'output: one row per conversion and touched cell, made in the warehouse',
  ),
  pathsTable: tableOfCompare(
    tableName,
    undefined,
    'output: the commonest paths with conversions, rate and value',
  ),
  transitionsTable: tableOfCompare(
    tableName,
    undefined,
    'output: transitions of the Markov chain of order 1',
  ),
  removalEffectsTable: tableOfCompare(
    tableName,
    'removal_effects',
    'output with --transitions-table: removal effect and credit of each channel in that chain',
  ),
  ifExists: writing(
    z.enum(['overwrite', 'append', 'error', 'ignore']),
    'overwrite',
    'what to do with output tables that exist; append replaces the rows of the same run id',
  ),
  runId: stamping(text('id'), undefined, 'stamped on every output row', {
    defaultText: 'made by export',
  }),
  sessionTime: inSession(instant, undefined, 'stamped on every output row; days such as -90d count from it', {
    defaultText: 'now, at export',
  }),
  runs: reporting(
    wholeNumber(2, 100),
    undefined,
    'the last runs in --attribution-table and --evidence-table that the report shows side by side',
    { defaultText: 'this run alone' },
  ),
  noReport: running(z.boolean(), false, 'make no report'),
  format: everywhere(z.enum(['text', 'json']), 'text', 'format of the result on standard output'),
}

const storage = {
  dataDir: everywhere(
    directory,
    'mta-data',
    'shared storage between the steps: a directory, gs://bucket/prefix or s3://bucket/prefix',
    { defaultText: './mta-data, or the parent of --positive-tfrecords-dir' },
  ),
  positiveTfrecordsDir: locating(directory, undefined, 'where the examples with a conversion go', {
    defaultText: 'positive_tfrecords in the data directory',
  }),
  negativeTfrecordsDir: storing(directory, undefined, 'where the examples without a conversion go', {
    defaultText: 'negative_tfrecords in the data directory',
  }),
  modelDir: storing(directory, undefined, 'where the model goes', {
    defaultText: 'model in the data directory',
  }),
}

const treasureData = {
  tdPriority: connecting(
    wholeNumber(-2, 2),
    undefined,
    'priority of the jobs on Treasure Data, from -2 (very low) to 2 (very high)',
    { defaultText: "Treasure Data's" },
  ),
  tdPool: connecting(text('name'), undefined, 'resource pool of the jobs on Treasure Data', {
    variable: 'TD_POOL_NAME',
    defaultText: "the account's",
  }),
}

const simulation = {
  users: simulating(wholeNumber(1, 1e9), 20_000, 'users to simulate'),
  days: simulating(wholeNumber(1, 3650), 60, 'days to simulate'),
  variant: simulating(
    z.enum(SIMULATION_VARIANTS),
    'clean',
    'what is true in the simulated touchpoints: docs/options.md describes each',
  ),
  campaigns: simulatingOnly(
    wholeNumber(1, 2000),
    undefined,
    'campaigns to divide the touches of all channels among, in the column campaign, with their own effects',
  ),
  output: simulating(
    file,
    undefined,
    'file to write: .csv or .parquet; without it, simulate writes the table of the warehouse',
  ),
  truth: simulating(file, undefined, 'file for the truth', {
    defaultText: 'truth.json in the data directory',
  }),
}

const checks = {
  write: checking(z.boolean(), false, 'also create and drop a small table in the output database'),
}

const logging = {
  logLevel: everywhere(
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

/** The options that all steps after the export have. */
export type CommonOptions = Pick<OptionsOf<'report'>, keyof OptionsOf<'report'> & keyof OptionsOf<'train'>>

/** The options of all steps. */
export type Options = OptionsOf<'run'>

type ShapingName = {
  [Name in keyof Table]: Table[Name]['shapesExamples'] extends 'checked' | 'recorded' ? Name : never
}[keyof Table]

/** Options of which every time is in unix seconds. */
export type Resolved<Given> = {
  readonly [Name in keyof Given]: Exclude<Given[Name], LocalTime | DaysBefore>
}

/** The options that shape the examples. */
export type ShapingOptions = Resolved<Pick<Options, ShapingName>>

/** What a program may pass: any option of the steps, the rest gets its default. */
export type Config = Partial<Omit<Options, 'given'>>
