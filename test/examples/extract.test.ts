import { describe, expect, it } from 'vitest'
import { userFraction } from '../../src/examples/user-hash.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { extractionContract, oracleContract } from '../contracts/extraction.ts'
import { plainExamples } from '../simulation/plain-examples.ts'
import { loadCsv, loadParquet, plainColumns, strangeColumns } from './duckdb-touchpoints.ts'
import { plainRules } from './journeys.ts'
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

extractionContract(
  'a CSV file with unix seconds',
  loadCsv((row) => [
    row.user,
    row.atSec,
    row.channel,
    row.conversion === null ? null : Number(row.conversion),
    row.value,
  ]),
  25,
)

extractionContract(
  'a CSV file with ISO 8601 texts, true and false',
  loadCsv((row, at) => [
    row.user,
    row.atSec === null ? null : isoText(row.atSec, at),
    row.channel,
    row.conversion === null ? null : String(row.conversion),
    row.value,
  ]),
  10,
)

extractionContract(
  'a Parquet file with unix seconds and strange column names',
  loadParquet(['atSec', 'CAST(conversion AS INTEGER)', 'CAST(value AS DECIMAL(18, 6))'], strangeColumns),
  10,
)

extractionContract(
  'a Parquet file with timestamps and booleans',
  loadParquet(
    ["make_timestamp(atSec * 1000000) + INTERVAL '999 milliseconds'", 'conversion', 'value'],
    plainColumns,
  ),
  10,
)

it('hashes users as MD5 does', () => {
  for (const user of ['ann', '', '00012', 'é 😀', '"']) {
    for (const stream of ['validation', 'batch'] as const) {
      expect(userFraction(user, 7, stream)).toBe(plainUserFraction(user, 7, stream))
    }
  }
  // md5sum of validation:1:ann is 04ccdc48...
  expect(userFraction('ann', 1, 'validation')).toBe(0x04ccdc48 / 2 ** 32)
})
