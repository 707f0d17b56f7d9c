import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { extractBatch } from '../../src/queries/extract.ts'
import { planExtraction } from '../../src/queries/extraction-plan.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import {
  expectOriginalExamples,
  extractionContract,
  inTurn,
  oracleContract,
} from '../contracts/extraction.ts'
import { plainExamples } from '../simulation/plain-examples.ts'
import { readRecords } from '../word-patterns.ts'
import {
  loadCsv,
  loadParquet,
  loadUnixSeconds,
  openCsv,
  openParquet,
  plainColumns,
  strangeColumns,
} from './duckdb-touchpoints.ts'
import { plainRules, wholeTableCases } from './journeys.ts'
import { compareRecords, type JourneyRow, plainExtraction, plainUserFraction } from './oracle.ts'

/** The ways in which one instant is written, taken in turn; parts of a second are none of ours. */
function isoText(atSec: number, at: number): string {
  const iso = (sec: number) => new Date(sec * 1000).toISOString().slice(0, 19)
  const ways = [
    `${iso(atSec)}Z`,
    `${iso(atSec)}.${String((at * 37) % 1000).padStart(3, '0')}Z`,
    `${iso(atSec + 9 * 3600)}+09:00`,
    `${iso(atSec - 3.5 * 3600)}-03:30`,
    iso(atSec),
    iso(atSec).replace('T', ' '),
    `${iso(atSec).replace('T', ' ')}.999`,
  ]
  return ways[at % ways.length]!
}

describe('the oracle', () => {
  oracleContract()

  it.each(['clean', 'seed-format', 'order-confirmations'] as const)(
    'agrees with the plain examples of simulated touchpoints: %s',
    (variant) => {
      const options = { users: 250, days: 30, seed: 3, variant, startAtSec: 20_000 * 86_400 }
      const simulated = [...simulateTouchpoints(options).rows].flat()
      const rows = simulated.map(
        ({ userId, atSec, channel, conversion, value }): JourneyRow => ({
          user: userId,
          atSec,
          channel,
          conversion: conversion === 1,
          value,
        }),
      )
      const answer = plainExtraction(rows, {
        ...plainRules,
        lookbackDays: 5,
        momentSeed: undefined,
        validates: () => false,
        inBatch: () => true,
      })
      const plain = plainExamples(simulateTouchpoints(options), answer.channels, {
        lookbackDays: 5,
        firstDay: 20_000,
        days: 30,
        seedFormat: variant === 'seed-format',
      })
      const withoutValue = answer.records.map((record) => ({ ...record, value: 0 }))
      expect(withoutValue).toEqual([...plain.positives, ...plain.negatives].sort(compareRecords))
      expect(answer.totals.entryConversions).toBe(plain.entrances)
      expect(answer.totals.positiveExamples).toBeGreaterThan(20)
    },
  )
})

extractionContract('a CSV file with unix seconds', loadUnixSeconds, 12)

it.each([3, 5] as const)("makes the original's examples of its journeys, in windows of %d days", (days) =>
  expectOriginalExamples(loadUnixSeconds, days),
)

extractionContract(
  'a CSV file with ISO 8601 texts, true and false, and Parquet files with strange names, timestamps and booleans in turn',
  inTurn([
    loadCsv((row, at) => [
      row.user,
      row.atSec === null ? null : isoText(row.atSec, at),
      row.channel,
      row.conversion === null ? null : String(row.conversion),
      row.value,
    ]),
    loadParquet(['atSec', 'CAST(conversion AS INTEGER)', 'CAST(value AS DECIMAL(18, 6))'], strangeColumns),
    loadParquet(
      ["make_timestamp(atSec * 1000000) + INTERVAL '999 milliseconds'", 'conversion', 'value'],
      plainColumns,
    ),
  ]),
  9,
  wholeTableCases,
)

it('compares with users hashed by MD5', () => {
  // md5sum of validation:1:ann is 04ccdc48...
  expect(plainUserFraction('ann', 1, 'validation')).toBe(0x04ccdc48 / 2 ** 32)
})

const neverStops = new AbortController().signal

it('reads users and channels that are numbers as text', async () => {
  const { warehouse, source } = await openParquet(
    `SELECT * FROM (VALUES (12, 1767600000, 7, 1), (34, 1767600000, 30, 0))
      AS t (user_id, "time", source, conversion)`,
  )
  const numbers = { ...source, valueColumn: undefined }
  const rules = { ...plainRules, validationFraction: 0.5 }
  const plan = planExtraction(await surveyTouchpoints(warehouse, numbers, rules, neverStops), rules)
  const records = await readRecords(extractBatch(warehouse, plan, 0, neverStops).patterns)
  const validates = (user: string) => (plainUserFraction(user, 1, 'validation') < 0.5 ? 1 : 0)
  const one = { daysBefore: [0], count: 1, value: 0 }
  expect(plan.channels).toEqual(['30', '7'])
  expect(records).toEqual([
    { ...one, channels: [1], label: 1, validationCount: validates('12') },
    { ...one, channels: [0], label: 0, validationCount: validates('34') },
  ])
  await warehouse.close()
})

const GOOD = 'user_id,time,source,conversion,value\nann,1767600000,email,1,5\n'

it('refuses more cells than a query can distinguish', async () => {
  const { warehouse, source } = await openCsv(GOOD)
  const rules = { ...plainRules, lookbackDays: 365 }
  const survey = await surveyTouchpoints(warehouse, source, rules, neverStops)
  const touchesByChannel = new Map(Array.from({ length: 99 }, (_, at) => [`channel ${at}`, 1]))
  expect(() => planExtraction({ ...survey, touches: 1e9, touchesByChannel }, rules)).toThrow(
    new ConfigError(
      '--lookback-window-days (LOOKBACK_WINDOW) 365 with 99 channels are more cells than one query can distinguish: ' +
        'use fewer days, or fewer channels with --max-channels (MAX_CHANNELS)',
    ),
  )
  await warehouse.close()
})

it('has the totals of a batch only after its last record, and stops with the reason of the signal', async () => {
  const { warehouse, source } = await openCsv(GOOD)
  const survey = await surveyTouchpoints(warehouse, source, plainRules, neverStops)
  const plan = planExtraction(survey, plainRules)
  const extraction = extractBatch(warehouse, plan, 0, neverStops)
  expect(() => extraction.totals()).toThrow(
    'the totals and the evidence of a batch are known only after its last pattern',
  )
  const stopped = extractBatch(warehouse, plan, 0, AbortSignal.abort(new Error('told to stop')))
  await expect(stopped.patterns[Symbol.asyncIterator]().next()).rejects.toThrow('told to stop')
  await warehouse.close()
})
