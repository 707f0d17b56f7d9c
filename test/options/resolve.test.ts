import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { parseWritten } from '../../src/options/option-kinds.ts'
import { commandNames } from '../../src/options/option-spec.ts'
import { optionGroups, optionTable } from '../../src/options/option-table.ts'
import { flagOf, resolveConfig, resolveOptions } from '../../src/options/resolve.ts'

describe('resolveOptions', () => {
  it('takes a flag before the environment, the environment before the default', () => {
    const environment = { LOOKBACK_WINDOW: '7' }
    expect(resolveOptions('run', {}, {}).lookbackWindowDays).toBe(5)
    expect(resolveOptions('run', {}, environment).lookbackWindowDays).toBe(7)
    expect(resolveOptions('run', { 'lookback-window-days': '14' }, environment).lookbackWindowDays).toBe(14)
  })

  it('reads the three variables that the original workflow sets', () => {
    const options = resolveOptions(
      'run',
      {},
      { DB: 'marketing', DATA_TABLE: 'touches', LOOKBACK_WINDOW: '30' },
    )
    expect(options).toMatchObject({ db: 'marketing', table: 'touches', lookbackWindowDays: 30 })
  })

  it('takes an empty value as unset', () => {
    const options = resolveOptions('run', { db: '' }, { DATA_TABLE: '', VALUE_COLUMN: '' })
    expect(options).toMatchObject({ db: 'mta', table: 'mock_data', valueColumn: undefined })
    expect(options.given.size).toBe(0)
  })

  it('tells what was given from what is a default, even where both are equal', () => {
    expect([...resolveOptions('run', { seed: '1' }, { DB: 'mta' }).given].sort()).toEqual(['db', 'seed'])
  })

  it('accepts the original spelling of the Shapley table as flag and as variable', () => {
    expect(resolveOptions('run', { 'shapely-table': 'credit' }, {}).shapleyTable).toBe('credit')
    expect(resolveOptions('run', {}, { SHAPELY_TABLE: 'credit' }).shapleyTable).toBe('credit')
  })

  it('splits a list in the environment at commas and keeps repeated flags whole', () => {
    expect(resolveOptions('run', {}, { INPUT: 'a.csv,b.csv' }).input).toEqual(['a.csv', 'b.csv'])
    expect(resolveOptions('run', { input: ['a,b.csv', 'c.csv'] }, {}).input).toEqual(['a,b.csv', 'c.csv'])
  })

  it('reads times with a zone as unix seconds, and leaves those without one to the step', () => {
    const from = (written: string) => resolveOptions('run', { from: written }, {}).from
    expect(from('1767225600')).toBe(1_767_225_600)
    expect(from('2026-01-01T09:00:00+09:00')).toBe(1_767_225_600)
    expect(from('2026-01-01')).toBe('2026-01-01')
    expect(from('20260101')).toBe('2026-01-01')
    expect(from('-90d')).toBe('-90d')
  })

  it('compares times before the step as far as the session does not decide', () => {
    const flags = { from: '2026-02-01', 'time-zone': 'Asia/Tokyo' }
    const message = '--from (FROM) is not before --to (TO): give an earlier start or a later end'
    const resolve = (more: Record<string, string>) => () =>
      resolveOptions('export', { ...flags, ...more }, {})
    expect(resolve({ to: '2026-01-31T15:00:00Z' })).toThrow(new ConfigError(message))
    expect(resolve({ to: '2026-01-31T15:00:01Z' })).not.toThrow()
    expect(resolve({ from: '-1d', to: '-1d' })).toThrow(new ConfigError(message))
    expect(resolve({ to: '0d', 'session-time': '2026-02-01' })).toThrow(new ConfigError(message))
    expect(resolve({ to: '0d', 'session-time': '2026-02-02' })).not.toThrow()
    expect(resolve({ to: '0d' })).not.toThrow()
  })

  it('credits a part of the range only', () => {
    const resolve = (creditFrom: string, more: Record<string, string> = {}) => {
      const flags = { from: '2026-02-01', to: '2026-03-01', 'credit-from': creditFrom, ...more }
      return () => resolveOptions('export', flags, {})
    }
    expect(resolve('2026-01-31')).toThrow(
      /^--credit-from \(CREDIT_FROM\) is before --from \(FROM\): what is credited/,
    )
    expect(resolve('2026-03-01')).toThrow(
      new ConfigError('--credit-from (CREDIT_FROM) is not before --to (TO): no conversion would be credited'),
    )
    expect(resolve('2026-02-01')).not.toThrow()
    expect(resolve('-2d', { from: '-1d', to: '0d' })).toThrow(/CREDIT_FROM/)
    expect(resolve('-1d', { from: '-90d', to: '0d' })).not.toThrow()
  })

  it('knows encodings by all their names and delimiters by what they are called', () => {
    const format = (encoding: string, delimiter: string) => {
      const flags = { 'input-encoding': encoding, 'input-delimiter': delimiter }
      const { inputEncoding, inputDelimiter } = resolveOptions('run', flags, {})
      return [inputEncoding, inputDelimiter]
    }
    expect(format('Shift_JIS', 'tab')).toEqual(['shift_jis', '\t'])
    expect(format('cp1252', '\\t')).toEqual(['windows-1252', '\t'])
    expect(format('utf-16', '|')).toEqual(['utf-16le', '|'])
    expect(format('UTF8', '\t')).toEqual(['utf-8', '\t'])
  })

  it('takes a variable with our prefix before the bare one, which may mean something to other programs', () => {
    const environment = {
      FROM: 'somebody@example.com',
      TD_MTA_FROM: '2026-01-01T00:00:00Z',
      MODEL: 'gpt',
      TD_MTA_MODEL: 'hazard',
    }
    expect(resolveOptions('run', {}, environment)).toMatchObject({ from: 1_767_225_600, model: 'hazard' })
    expect(resolveOptions('run', { model: 'bilstm' }, environment).model).toBe('bilstm')
    expect(resolveOptions('run', {}, { TD_MTA_SHAPELY_TABLE: 'credit' }).shapleyTable).toBe('credit')
    expect(resolveOptions('run', {}, { TD_MTA_DB: '', DB: 'web' }).db).toBe('web')
  })

  it('names the variable that was read', () => {
    const message = (environment: Record<string, string>) => () => resolveOptions('run', {}, environment)
    expect(message({ TD_MTA_SEED: 'x', SEED: '1' })).toThrow(
      new ConfigError('--seed (TD_MTA_SEED) is "x": a whole number from 0 to 2147483647 is needed'),
    )
    expect(message({ TD_MTA_METRICS_TABLE: 'a', SHAPELY_TABLE: 'a' })).toThrow(
      new ConfigError(
        '--shapley-table (SHAPELY_TABLE) and --metrics-table (TD_MTA_METRICS_TABLE) are both "a": give them different names',
      ),
    )
    expect(message({ FROM: '2026-02-02', TD_MTA_TO: '2026-02-01' })).toThrow(
      new ConfigError('--from (FROM) is not before --to (TD_MTA_TO): give an earlier start or a later end'),
    )
  })

  it('leaves variables alone that the command does not use', () => {
    const environment = {
      MARKOV_ORDERS: 'many',
      INPUT: 'touches.csv',
      WAREHOUSE: 'td',
      WRITE: 'perhaps',
      USERS: '7',
    }
    expect([...resolveOptions('train', {}, environment).given]).toEqual(['warehouse'])
    expect(resolveOptions('simulate', {}, { ...environment, WAREHOUSE: '' }).users).toBe(7)
  })

  it('checks the variables of every step for the doctor, before a run fails at a late one', () => {
    const environment = { TRAIN_EPOCHS: 'many' }
    expect(() => resolveOptions('export', {}, environment)).not.toThrow()
    expect(() => resolveOptions('doctor', {}, environment)).toThrow(
      /^--train-epochs \(TRAIN_EPOCHS\) is "many": /,
    )
    expect(() => resolveOptions('doctor', {}, { POSITION_WEIGHTS: '50/50' })).toThrow(
      '--position-weights (POSITION_WEIGHTS) is "50/50": it must be three numbers that add up to 100, ' +
        'for the first touch, those in between and the last, such as 40/20/40',
    )
  })

  it('keeps the tables of all steps apart, whatever the command', () => {
    expect(() => resolveOptions('shapley', {}, { METRICS_TABLE: 'attribution' })).toThrow(
      new ConfigError(
        '--attribution-table (ATTRIBUTION_TABLE) and --metrics-table (METRICS_TABLE) are both "attribution": give them different names',
      ),
    )
  })

  it.each([
    [
      { 'input-encoding': 'klingon' },
      '--input-encoding (INPUT_ENCODING) is "klingon": an encoding such as utf-8, shift_jis, windows-1252 or utf-16le is needed',
    ],
    [
      { 'input-delimiter': ':' },
      '--input-delimiter (INPUT_DELIMITER) is ":": one of , ; | and tab is needed',
    ],
    [{ db: 'a\0b' }, '--db (DB) is "a\0b": text without the character NUL is needed'],
    [{ input: ['a\0b'] }, '--input (INPUT) is "a\0b": text without the character NUL is needed'],
    [
      { 'lookback-window-days': '0' },
      '--lookback-window-days (LOOKBACK_WINDOW) is "0": a whole number from 1 to 365 is needed',
    ],
    [
      { 'lookback-window-days': '1.5' },
      '--lookback-window-days (LOOKBACK_WINDOW) is "1.5": a whole number from 1 to 365 is needed',
    ],
    [
      { 'lookback-window-days': '4000' },
      '--lookback-window-days (LOOKBACK_WINDOW) is "4000": a whole number from 1 to 365 is needed',
    ],
    [
      { 'lookback-window-days': 'a week' },
      '--lookback-window-days (LOOKBACK_WINDOW) is "a week": a whole number from 1 to 365 is needed',
    ],
    [
      { 'time-zone': 'Mars/Olympus' },
      '--time-zone (TIME_ZONE) is "Mars/Olympus": a time zone such as UTC, Asia/Tokyo or Europe/Berlin is needed',
    ],
    [
      { 'if-exists': 'replace' },
      '--if-exists (IF_EXISTS) is "replace": one of overwrite, append, error, ignore is needed',
    ],
    [
      { from: '1767225600000' },
      '--from (FROM) is "1767225600000": unix seconds are needed; this looks like milliseconds',
    ],
    [
      { from: 'yesterday' },
      '--from (FROM) is "yesterday": unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00, ' +
        'or days before the session such as -90d, is needed',
    ],
    [
      { 'session-time': '-1d' },
      '--session-time (SESSION_TIME) is "-1d": unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00 is needed',
    ],
    [{ seed: ['1', '2'] }, '--seed (SEED) was given 2 times: give it once'],
    [
      { 'metrics-table': 'Shapley' },
      '--shapley-table (SHAPLEY_TABLE) and --metrics-table (METRICS_TABLE) are both "shapley": give them different names',
    ],
    [
      { input: ['a.csv'], warehouse: 'td' },
      '--input (INPUT) needs --warehouse duckdb; --warehouse (WAREHOUSE) is "td"',
    ],
  ])('refuses %j and says what is needed', (flags, message) => {
    expect(() => resolveOptions('run', flags, {})).toThrow(new ConfigError(message))
  })

  it('gives every number in its range back and refuses every other one', () => {
    const ranges = { dropoutRate: [0, 0.95], validationFraction: [0, 0.95] } as const
    for (const [name, [min, max]] of Object.entries(ranges)) {
      fc.assert(
        fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (value) => {
          const resolve = () => resolveOptions('run', { [flagOf(name)]: String(value) }, {})
          if (value < min || value > max) expect(resolve).toThrow(ConfigError)
          else expect(resolve()).toHaveProperty(name, Number(String(value)))
        }),
        { seed: 1 },
      )
    }
  })
})

describe('resolveConfig', () => {
  it('takes typed values by their names in camel case and leaves the environment alone', () => {
    const options = resolveConfig({ lookbackWindowDays: 7, input: ['touches.csv'], from: 1_767_225_600 })
    expect(options).toMatchObject({ lookbackWindowDays: 7, input: ['touches.csv'], from: 1_767_225_600 })
  })

  it('refuses an unknown name', () => {
    const config: object = { lookbackDays: 7 }
    expect(() => resolveConfig(config)).toThrow(
      new ConfigError('lookbackDays is not an option: see td-mta run --help'),
    )
  })

  it('checks values as the command line does', () => {
    expect(() => resolveConfig({ lookbackWindowDays: 1.5 })).toThrow(
      new ConfigError(
        '--lookback-window-days (LOOKBACK_WINDOW) is "1.5": a whole number from 1 to 365 is needed',
      ),
    )
  })
})

describe('the options table', () => {
  it('has every field of the original configuration with its default', () => {
    expect(resolveOptions('run', {}, {})).toMatchObject({
      db: 'mta',
      table: 'mock_data',
      metricsTable: 'metrics',
      shapleyTable: 'shapley',
      ifExists: 'overwrite',
      userColumn: 'user_id',
      timeColumn: 'time',
      actionColumn: 'source',
      conversionColumn: 'conversion',
      userRndColumn: 'ab_rnd',
      lookbackWindowDays: 5,
      stepsPerEpoch: 100,
      trainEpochs: 5,
      trainBatchSize: 1000,
      validationBatchSize: 1000,
      validationFraction: 0.5,
      shuffleBufferSize: 100_000,
      dropoutRate: 0.5,
      modelWidth: 64,
    })
    expect(Object.keys(optionTable)).toEqual(
      expect.arrayContaining([
        'userTable',
        'usersPerTfrecord',
        'positiveTfrecordsDir',
        'negativeTfrecordsDir',
        'modelDir',
      ]),
    )
  })

  it('has options of the simulation with defaults of their own', () => {
    expect(resolveOptions('simulate', {}, {})).toMatchObject({ users: 20_000, days: 60, variant: 'clean' })
  })

  it('lists commands once per option, and only commands that there are', () => {
    for (const [name, spec] of Object.entries(optionTable)) {
      expect(new Set<string>(spec.for).size, name).toBe(spec.for.length)
      expect(commandNames, name).toEqual(expect.arrayContaining([...spec.for]))
    }
  })

  it('has every option in one group, and the default of each is as its type needs', () => {
    expect(Object.values(optionGroups).flatMap((group) => Object.keys(group))).toEqual(
      Object.keys(optionTable),
    )
    for (const [name, { type, default: value }] of Object.entries(optionTable)) {
      if (value !== undefined) expect(parseWritten(type, value), name).toEqual(value)
    }
  })
  it('takes a flag without a value for yes, and true, false, 1 and 0 from the environment', () => {
    expect(resolveOptions('doctor', { write: true }, { WRITE: 'false' }).write).toBe(true)
    expect(resolveOptions('doctor', {}, { WRITE: '1' }).write).toBe(true)
    expect(resolveOptions('doctor', {}, { WRITE: '0' }).write).toBe(false)
    expect(() => resolveOptions('doctor', {}, { WRITE: 'yes' })).toThrow(
      new ConfigError('--write (WRITE) is "yes": true or false is needed'),
    )
  })
})
