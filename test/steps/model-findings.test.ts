import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import type { ChannelRule } from '../../src/examples/channel-rules.ts'
import type { TouchpointScan } from '../../src/queries/touchpoint-scan.ts'
import type { LearnedModel } from '../../src/steps/learned-model.ts'
import { checkFits, checkSameMeaning } from '../../src/steps/learned-model.ts'
import { checkSeedFormat, modelFindings } from '../../src/steps/model-findings.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { type Credits, manifestOf, modelOf } from '../report/fixtures.ts'

const KNOWN: Credits = [
  ['email', 5],
  ['search', 3],
]
const storage = { location: 'gs://shop/weekly' } as Storage

function learnedFrom(credits: Credits, maxChannels = 100, seedFormat = false): LearnedModel {
  const manifest = manifestOf(credits, { seedFormat })
  return {
    storage,
    model: { ...modelOf(credits), runId: 'week-9', seedFormat },
    manifest: { ...manifest, options: { ...manifest.options, maxChannels } },
  }
}

const touches = (
  entries: readonly (readonly [string, number])[],
  channelRules: readonly ChannelRule[] = [],
): Parameters<typeof modelFindings>[1] => ({
  touchesByChannel: new Map(entries),
  touchesByName: new Map(entries),
  scan: { source: { channelRules } } as unknown as TouchpointScan,
})
const AT_ONCE = '2026-03-02T03:04:05.000Z'
const saidOf = (learned: LearnedModel, entries: readonly (readonly [string, number])[], session = AT_ONCE) =>
  modelFindings(learned, touches(entries), session).map(({ code, count, what }) => ({ code, count, what }))

describe('a model of another run', () => {
  it('is used without a word where it knows all channels, whether or not they were touched', () => {
    expect(saidOf(learnedFrom(KNOWN), [['email', 9]])).toEqual([])
  })

  it('says which names other rules gave to other channels', () => {
    const learned = learnedFrom(KNOWN)
    const rules = [{ pattern: 'Search', channel: 'email' }]
    const found = modelFindings(
      learned,
      touches(
        [
          ['email', 9],
          ['search', 2],
        ],
        rules,
      ),
      AT_ONCE,
    )
    expect(found.map(({ code, what }) => [code, what])).toEqual([
      [
        'changed-channel-rules',
        '1 name that --channel-table names otherwise than for the model of run week-9: "search" (now "email", then "search")',
      ],
    ])
    const same = { ...learned.manifest, channelRules: { rules, names: [], merged: ['email'] } }
    expect(
      modelFindings({ ...learned, manifest: same }, touches([['search', 2]], rules), AT_ONCE)[0]?.code,
    ).not.toBe('changed-channel-rules')
  })

  it('credits new channels as (other), named with their touches, the most touched first', () => {
    const withOther = learnedFrom([...KNOWN, ['(other)', 1]], 2)
    const entries = [
      ['email', 9],
      ['radio', 2],
      ['tv', 40],
    ] as const
    expect(saidOf(withOther, entries)).toEqual([
      {
        code: 'channels-unknown-to-model',
        count: 2,
        what: '2 names of channels that the model of run week-9 does not know: "tv" (40), "radio" (2); their 42 touches are credited as (other)',
      },
    ])
  })

  it('gives new channels no credit where it has no (other)', () => {
    expect(saidOf(learnedFrom(KNOWN), [['tv', 40]])).toEqual([
      {
        code: 'channels-unknown-to-model',
        count: 1,
        what: '1 name of channels that the model of run week-9 does not know: "tv" (40); their 40 touches get no credit, since the model has no (other)',
      },
    ])
  })

  it.each([
    ['2026-04-06T03:04:05.000Z', undefined],
    ['2026-04-07T03:04:05.000Z', 'before'],
    ['2026-01-26T03:04:05.000Z', undefined],
    ['2026-01-25T03:04:05.000Z', 'after'],
  ])('is distant from a session at %s: %s it', (session, order) => {
    const found = saidOf(learnedFrom(KNOWN), [['email', 9]], session)
    const what = `36 days lie between this session and that of the model, which was learned ${order} it (run week-9, ${AT_ONCE})`
    expect(found).toEqual(order === undefined ? [] : [{ code: 'distant-model', count: 36, what }])
  })
})

describe('what an example means', () => {
  const options = manifestOf(KNOWN).options

  it('is as the model learned it, while rows and range may be others', () => {
    const other = { ...options, table: 'yesterday', from: 1772323200, validationFraction: 0, maxChannels: 7 }
    expect(() => checkSameMeaning(learnedFrom(KNOWN), other)).not.toThrow()
  })

  it.each([
    [{ lookbackWindowDays: 3 }, '--lookback-window-days (LOOKBACK_WINDOW) 7, this export has 3'],
    [{ timeZone: 'UTC' }, '--time-zone (TIME_ZONE) Asia/Tokyo, this export has UTC'],
    [{ conversionType: 'order' }, '--conversion-type (CONVERSION_TYPE) unset, this export has order'],
    [{ examples: 'td-mta' }, '--examples (EXAMPLES) user-days, this export has td-mta'],
  ])('may not be another one: %o', (changes, both) => {
    expect(() => checkSameMeaning(learnedFrom(KNOWN), { ...options, ...changes })).toThrow(
      new DataError(
        `the model of run week-9 in gs://shop/weekly was learned with ${both}: give both the same value, or learn again`,
      ),
    )
  })

  it('includes the channels and their order', () => {
    expect(() => checkFits(learnedFrom(KNOWN), manifestOf(KNOWN))).not.toThrow()
    expect(() => checkFits(learnedFrom(KNOWN), manifestOf([...KNOWN].reverse()))).toThrow(
      'the model of run week-9 in gs://shop/weekly knows 2 channels, the export has 2, or others, or in another order: ' +
        'export again with --model-from (MODEL_FROM), which takes them from the model',
    )
  })
})

describe('where conversions are', () => {
  const rows = (conversionRows: number, conversionRowsWithoutTouch: number) => ({
    conversionRows,
    conversionRowsWithoutTouch,
  })

  it('is known to the model where few conversions all lie on touches', () => {
    expect(() => checkSeedFormat(learnedFrom(KNOWN), rows(29, 0))).not.toThrow()
    expect(() => checkSeedFormat(learnedFrom(KNOWN), rows(1000, 1))).not.toThrow()
    expect(() => checkSeedFormat(learnedFrom(KNOWN, 100, true), rows(1000, 0))).not.toThrow()
  })

  it('may not be elsewhere', () => {
    const advice =
      'check --action-column (ACTION_COLUMN) and --conversion-column (CONVERSION_COLUMN), or learn again'
    const place = 'the model of run week-9 in gs://shop/weekly was learned where'
    expect(() => checkSeedFormat(learnedFrom(KNOWN), rows(30, 0))).toThrow(
      new DataError(
        `${place} conversions were on rows without a channel, too, here all 30 are on rows with one: ${advice}`,
      ),
    )
    expect(() => checkSeedFormat(learnedFrom(KNOWN, 100, true), rows(30, 2))).toThrow(
      new DataError(
        `${place} every conversion was on a row with a channel, here 2 of 30 are on rows without one: ${advice}`,
      ),
    )
  })
})
