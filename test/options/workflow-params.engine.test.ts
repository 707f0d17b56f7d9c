import { describe, expect, it } from 'vitest'
import { storages } from '../../src/commands/storages.ts'
import { warehouses } from '../../src/commands/warehouses.ts'
import { ConfigError } from '../../src/errors.ts'
import { resolveOptions } from '../../src/options/resolve.ts'
import { withWorkflowParams as withParams } from '../../src/options/workflow-params.ts'

const withWorkflowParams = (environment: Readonly<Record<string, string | undefined>>) =>
  withParams(environment, [...warehouses, ...storages])

const PLACE = { DB: 'web', DATA_TABLE: 'touches', DATA_DIR: 'gs://bucket/mta' }

/** What Digdag hands to a command: a map of params as JSON. */
function environmentOf(map: unknown, others: Readonly<Record<string, string>> = {}) {
  return { td_mta: JSON.stringify(map), ...others }
}

function failure(map: unknown, others = {}): string {
  try {
    withWorkflowParams(environmentOf(map, others))
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
  return 'none'
}

describe('the options of a workflow', () => {
  it('are read from the map, whatever kind of value YAML made of them', () => {
    const map = {
      ...PLACE,
      LOOKBACK_WINDOW: 14,
      DROPOUT_RATE: '0.25',
      NO_REPORT: true,
      DIRECT_CHANNELS: ['direct', 'bookmark'],
      USER_TABLE: null,
      VALUE_COLUMN: '',
      TD_API_SERVER: 'api.treasuredata.co.jp',
    }
    const environment = withWorkflowParams(environmentOf(map))
    expect(environment.TD_API_SERVER).toBe('api.treasuredata.co.jp')
    expect(resolveOptions('run', {}, environment)).toMatchObject({
      db: 'web',
      table: 'touches',
      dataDir: 'gs://bucket/mta',
      lookbackWindowDays: 14,
      dropoutRate: 0.25,
      noReport: true,
      directChannels: ['direct', 'bookmark'],
      userTable: undefined,
      valueColumn: undefined,
    })
  })

  it('reach the steps that use them', () => {
    const known = { EXPERIMENTS_TABLE: 'experiments', PLACEBO_CHANNELS: ['direct', 'email'] }
    const environment = withWorkflowParams(environmentOf({ ...PLACE, ...known, AFTER_CONVERSION: 'used-up' }))
    expect(resolveOptions('export', {}, environment).afterConversion).toBe('used-up')
    const shapley = resolveOptions('shapley', {}, environment)
    expect(shapley.placeboChannels).toEqual(['direct', 'email'])
    expect(shapley.experimentsTable).toBe('experiments')
  })

  it('are beaten by a variable of their own, unless that is empty', () => {
    const environment = withWorkflowParams(
      environmentOf({ ...PLACE, LOOKBACK_WINDOW: 14, SEED: 3 }, { LOOKBACK_WINDOW: '7', SEED: '' }),
    )
    expect(environment).toMatchObject({ LOOKBACK_WINDOW: '7', SEED: '3' })
  })

  it('are beaten by a variable with the prefix too', () => {
    const map = { ...PLACE, SEED: 2, FROM: '2026-01-01' }
    const environment = withWorkflowParams(
      environmentOf(map, { TD_MTA_FROM: '2026-02-01T00:00:00Z', FROM: 'somewhere' }),
    )
    expect(resolveOptions('run', {}, environment)).toMatchObject({
      seed: 2,
      from: Date.UTC(2026, 1, 1) / 1000,
    })
  })

  it('have no prefix in the map, where expressions of the workflow read them', () => {
    expect(failure({ ...PLACE, TD_MTA_DATA_DIR: '/data' })).toBe(
      'ConfigError: td_mta.TD_MTA_DATA_DIR is not an option: did you mean DATA_DIR? td-mta run --help lists them all',
    )
  })

  it('are not looked for where there is no workflow', () => {
    const environment = { PATH: '/bin', LOOKBACK_WINDOWS: '7', td_mta: '' }
    expect(withWorkflowParams(environment)).toBe(environment)
  })

  it.each([
    [
      { LOOKBACK_WINDOWS: 7 },
      'td_mta.LOOKBACK_WINDOWS is not an option: did you mean LOOKBACK_WINDOW? td-mta run --help lists them all',
    ],
    [
      { lookback_window: 7 },
      'td_mta.lookback_window is not an option: did you mean LOOKBACK_WINDOW? td-mta run --help lists them all',
    ],
    [
      { FAVOURITE_COLOUR: 'red' },
      'td_mta.FAVOURITE_COLOUR is not an option: td-mta run --help lists them all',
    ],
    [
      { TD_API_KEY: '1/abc' },
      'td_mta.TD_API_KEY is a secret: set it as one, and pass it by _env, not by params.yml',
    ],
    [{ DB: { name: 'web' } }, 'td_mta.DB is a map: text, a number, true or false is needed'],
    [
      { DB: '' },
      'td_mta.DB is missing: name the database of the touchpoints and of the output tables, in params.yml',
    ],
    [{ DATA_TABLE: null }, 'td_mta.DATA_TABLE is missing: name the table of touchpoints, in params.yml'],
    [
      { DATA_DIR: undefined },
      'td_mta.DATA_DIR is missing: name storage that every step sees: gs://bucket/prefix, s3://bucket/prefix, or a directory on a volume, ' +
        'in params.yml',
    ],
  ])('are refused where they are not as needed: %j', (map, message) => {
    expect(failure({ ...PLACE, ...map })).toBe(`ConfigError: ${message}`)
  })

  it('are refused where they are no map', () => {
    expect(failure(['DB'])).toBe(
      'ConfigError: td_mta is a list: a map from variable to value is needed, in params.yml',
    )
    expect(() => withWorkflowParams({ td_mta: '{' })).toThrow(
      new ConfigError('the variable td_mta is not JSON: unset it, or give an object'),
    )
  })

  it('are not repeated in a message', () => {
    const key = '1/0123456789abcdef0123456789abcdef01234567'
    for (const json of [`${key}`, `{"DB": "${key}`, `"${key}"`, `["${key}"]`, `{"DB": {"key": "${key}"}}`]) {
      expect(() => withWorkflowParams({ td_mta: json })).toThrow(/^(?!.*(0123|cdef)).*td_mta/)
    }
  })
})
