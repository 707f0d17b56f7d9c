import { choice, instant, list, number, type OptionSpec, text, timeZone, toggle } from './option-kinds.ts'

/**
 * The one table of options: flags, environment variables, defaults, `--help` and the README's table come from it.
 * The key in camel case is the name in programs; in kebab case it is the flag; in upper snake case the variable.
 */
export const optionTable = {
  warehouse: text(
    'duckdb',
    'where touchpoints are read and tables written: duckdb, duckdb:FILE, td, trino:http(s)://USER@HOST:PORT/CATALOG',
    {
      placeholder: 'WHERE',
    },
  ),
  input: list('CSV or Parquet files (also patterns such as touches-*.csv) read as the table; duckdb only', {
    placeholder: 'FILE',
  }),
  db: text('mta', 'database (schema) of the touchpoints and of the output tables', { placeholder: 'NAME' }),
  table: text('mock_data', 'table of touchpoints', { variable: 'DATA_TABLE', placeholder: 'NAME' }),
  metricsTable: text('metrics', 'output: a row an epoch of training', { placeholder: 'NAME' }),
  shapleyTable: text('shapley', 'output: a row for each day before the conversion, a column a channel', {
    placeholder: 'NAME',
    aliases: ['shapely-table'],
  }),
  attributionTable: text('attribution', 'output: a row a method, channel and day', { placeholder: 'NAME' }),
  evidenceTable: text('evidence', 'output: signal test and quality of the probabilities, a row a measure', {
    placeholder: 'NAME',
  }),
  performanceTable: text(
    'performance',
    'output with --spend-table: cost and return, a row a method and channel',
    {
      placeholder: 'NAME',
    },
  ),
  creditsTable: text(undefined, 'output: a row a conversion and touched cell, made in the warehouse', {
    placeholder: 'NAME',
  }),
  pathsTable: text(undefined, 'output: the commonest paths with conversions, rate and value', {
    placeholder: 'NAME',
  }),
  transitionsTable: text(undefined, 'output: transitions of the Markov chain of order 1, removal effects', {
    placeholder: 'NAME',
  }),
  ifExists: choice(
    ['overwrite', 'append', 'error', 'ignore'],
    'overwrite',
    'what to do with output tables that exist; append replaces the rows of the same run id',
  ),
  userColumn: text('user_id', 'column of the user', { placeholder: 'NAME' }),
  timeColumn: text('time', 'column of the time: unix seconds, timestamp or ISO 8601', {
    placeholder: 'NAME',
  }),
  actionColumn: text('source', 'column of the channel; empty is no touch', { placeholder: 'NAME' }),
  conversionColumn: text('conversion', 'column that is 1 or true where the user converted', {
    placeholder: 'NAME',
  }),
  valueColumn: text(undefined, 'column of the conversion value (revenue)', { placeholder: 'NAME' }),
  conversionTypeColumn: text(undefined, 'column of the kind of conversion', { placeholder: 'NAME' }),
  conversionType: text(undefined, 'the one kind of conversion that counts', { placeholder: 'TEXT' }),
  spendTable: text(undefined, 'table of channel, spend and, where it has one, time', { placeholder: 'NAME' }),
  userTable: text(undefined, 'table of users and random numbers in [0,1) that decide the batches', {
    placeholder: 'NAME',
  }),
  userRndColumn: text('ab_rnd', 'column of the random number in the user table', { placeholder: 'NAME' }),
  usersPerTfrecord: number(
    undefined,
    { min: 1, max: 1e9, whole: true },
    'users that one query reduces into one TFRecord shard of each class',
    { defaultText: '10000 with a user table, else all' },
  ),
  from: instant(
    'start of the examples, unix seconds or ISO 8601; earlier touches in the window are read too',
    {
      defaultText: 'whole table',
    },
  ),
  to: instant('end of the examples, not included', { defaultText: 'whole table' }),
  timeZone: timeZone('UTC', 'where a day begins'),
  lookbackWindowDays: number(
    5,
    { min: 1, max: 365, whole: true },
    'W: calendar days a touch can count, its own day included',
    {
      variable: 'LOOKBACK_WINDOW',
    },
  ),
  maxChannels: number(
    100,
    { min: 1, max: 1000, whole: true },
    'channels kept apart, most touched first; the rest is (other)',
  ),
  examples: choice(
    ['user-days', 'td-mta'],
    'user-days',
    'rule that makes examples; td-mta is the original one',
  ),
  dataDir: text('mta-data', 'shared storage between the steps: a directory or gs://bucket/prefix', {
    placeholder: 'DIR',
    defaultText: './mta-data, or the parent of --positive-tfrecords-dir',
  }),
  positiveTfrecordsDir: text(undefined, 'where the examples with a conversion go', {
    placeholder: 'DIR',
    defaultText: 'positive_tfrecords in the data directory',
  }),
  negativeTfrecordsDir: text(undefined, 'where the examples without a conversion go', {
    placeholder: 'DIR',
    defaultText: 'negative_tfrecords in the data directory',
  }),
  modelDir: text(undefined, 'where the model goes', {
    placeholder: 'DIR',
    defaultText: 'model in the data directory',
  }),
  stepsPerEpoch: number(100, { min: 1, max: 1e6, whole: true }, 'training batches an epoch'),
  trainEpochs: number(5, { min: 1, max: 10000, whole: true }, 'epochs; the best one is kept'),
  trainBatchSize: number(1000, { min: 2, max: 1e5, whole: true }, 'patterns a training batch'),
  validationBatchSize: number(1000, { min: 1, max: 1e5, whole: true }, 'patterns a validation batch'),
  validationFraction: number(0.5, { min: 0, max: 0.95 }, 'share of users that validate'),
  shuffleBufferSize: number(100000, { min: 1, max: 1e8, whole: true }, 'patterns held to be shuffled'),
  dropoutRate: number(0.5, { min: 0, max: 0.95 }, 'share of units dropped while training'),
  modelWidth: number(
    64,
    { min: 1, max: 1024, whole: true },
    'units of each LSTM direction and of the dense layer',
  ),
  backend: choice(['auto', 'gpu', 'native', 'wasm'], 'auto', 'what TensorFlow.js computes on'),
  model: choice(['bilstm', 'hazard'], 'bilstm', 'whose probabilities fill the Shapley tables'),
  exactPlayers: number(
    12,
    { min: 0, max: 20, whole: true },
    'patterns with at most so many touched cells are credited exactly',
  ),
  signalDraws: number(199, { min: 99, max: 100_000, whole: true }, 'permutations of the signal test'),
  requireSignal: toggle('end with exit code 5 where the data hold no signal'),
  refits: number(0, { min: 0, max: 1000, whole: true }, 'BiLSTMs fitted to resampled users, for intervals'),
  noCompare: toggle('leave out rules of thumb and Markov chains in run and demo'),
  directChannels: list('channels that last_non_direct passes over', {
    placeholder: 'NAME',
    defaultText: 'direct',
  }),
  positionWeights: text('40/20/40', 'per cent for the first touch, those between and the last', {
    placeholder: 'A/B/C',
  }),
  halfLifeDays: number(7, { min: 0.001, max: 3650 }, 'days after which a touch counts half in time_decay'),
  markovOrders: number(3, { min: 1, max: 10, whole: true }, 'Markov chains of order 1 up to this'),
  noMarkovNullPaths: toggle('leave paths without a conversion out of the Markov chains'),
  noReport: toggle('make no report in run and demo'),
  tdPriority: number(
    undefined,
    { min: -2, max: 2, whole: true },
    'priority of the jobs on Treasure Data, -2 (very low) to 2 (very high)',
    { defaultText: "Treasure Data's" },
  ),
  tdPool: text(undefined, 'resource pool of the jobs on Treasure Data', {
    variable: 'TD_POOL_NAME',
    placeholder: 'NAME',
    defaultText: "the account's",
  }),
  runId: text(undefined, 'stamped on every output row', { placeholder: 'ID', defaultText: 'made by export' }),
  sessionTime: instant('stamped on every output row', { defaultText: 'now, at export' }),
  logLevel: choice(
    ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    'info',
    'least severe log event shown',
  ),
  format: choice(['text', 'json'], 'text', 'of the result on standard output'),
  seed: number(1, { min: 0, max: 2 ** 31 - 1, whole: true }, 'of all randomness'),
} satisfies Record<string, OptionSpec<never> | OptionSpec<unknown>>

/** Options that only `simulate` and `demo` take. */
export const simulationOptionTable = {
  users: number(20_000, { min: 1, max: 1e9, whole: true }, 'users to simulate'),
  days: number(60, { min: 1, max: 3650, whole: true }, 'days to simulate'),
  variant: choice(
    ['clean', 'synergy', 'intent', 'seed-format', 'no-effect', 'order-confirmations'],
    'clean',
    'the truth to simulate',
  ),
  output: text(undefined, 'file to write: .csv or .parquet; none writes the table of the warehouse', {
    placeholder: 'FILE',
  }),
  truth: text(undefined, 'file for the truth', {
    placeholder: 'FILE',
    defaultText: 'truth.json in the data directory',
  }),
} satisfies Record<string, OptionSpec<never> | OptionSpec<unknown>>

/** Options that only `doctor` takes. */
export const doctorOptionTable = {
  write: toggle('also create and drop a small table in the output database'),
} satisfies Record<string, OptionSpec<never> | OptionSpec<unknown>>

type ValuesOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends OptionSpec<infer Value> ? Value : never
}

/** Options checked and filled with defaults. `given` holds the names that a flag, a variable or a program set. */
export type Options = ValuesOf<typeof optionTable> & { readonly given: ReadonlySet<string> }
export type SimulationOptions = ValuesOf<typeof simulationOptionTable>
export type DoctorOptions = ValuesOf<typeof doctorOptionTable>

/** The tables that belong to one kind of command, by kind. */
export const ownOptionTables = { simulation: simulationOptionTable, doctor: doctorOptionTable }
export type OwnTable = keyof typeof ownOptionTables
/** What all own tables say; a command reads its own. */
export type OwnOptions = SimulationOptions & DoctorOptions

/** What a program may pass: any of the options, the rest gets its default. */
export type Config = { readonly [Name in keyof typeof optionTable]?: ValuesOf<typeof optionTable>[Name] }
