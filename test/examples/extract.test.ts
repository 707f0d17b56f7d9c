import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { userFraction } from '../../src/examples/user-hash.ts'
import { silentLogger } from '../../src/logger.ts'
import { simulateTouchpoints } from '../../src/simulation/simulate.ts'
import { openDuckDb } from '../../src/warehouse/duckdb/duckdb-warehouse.ts'
import { extractionContract, type LoadedTouchpoints, oracleContract } from '../contracts/extraction.ts'
import { plainExamples } from '../simulation/plain-examples.ts'
import { makeTemporaryDirectory } from '../temporary-directory.ts'
import { plainRules } from './journeys.ts'
import { compareRecords, type JourneyRow, plainExtraction, plainUserFraction } from './oracle.ts'

const touchpoints = { database: 'mta', table: 'mock_data' }
const plainColumns = ['user_id', 'time', 'source', 'conversion', 'value'] as const
const strangeColumns = ['User "ID"', 'Zeit, UTC', "l'origine", 'SELECT', 'É value'] as const

type Columns = readonly [string, string, string, string, string]

async function open(directory: string, input: string, columns: Columns): Promise<LoadedTouchpoints> {
  const [userColumn, timeColumn, actionColumn, conversionColumn, valueColumn] = columns
  const warehouse = await openDuckDb({
    file: undefined,
    input: [input],
    inputTable: touchpoints,
    tablesDir: join(directory, 'tables'),
    logger: silentLogger,
  })
  const source = { userColumn, timeColumn, actionColumn, conversionColumn, valueColumn, table: touchpoints }
  return { warehouse, source }
}

type Fields = (row: JourneyRow, at: number) => readonly (string | number | null)[]

/** @returns a loader by a CSV file whose fields of a row are as told. */
function csv(fields: Fields) {
  return async (rows: readonly JourneyRow[]) => {
    const directory = makeTemporaryDirectory()
    const path = join(directory, 'touchpoints.csv')
    const quoted = (field: string | number | null) =>
      field === null ? '' : `"${String(field).replaceAll('"', '""')}"`
    const lines = rows.map((row, at) => fields(row, at).map(quoted).join(','))
    writeFileSync(path, `${[plainColumns.join(','), ...lines].join('\n')}\n`)
    return open(directory, path, plainColumns)
  }
}

/** @returns a loader by a Parquet file. @param expressions of `atSec`, `conversion` and `value` (SQL of DuckDB). */
function parquet(expressions: readonly [string, string, string], columns: Columns) {
  return async (rows: readonly JourneyRow[]) => {
    const directory = makeTemporaryDirectory()
    const [json, path] = ['rows.json', 'touchpoints.parquet'].map((name) => join(directory, name))
    writeFileSync(json!, JSON.stringify(rows))
    const [time, conversion, value] = expressions
    const selected = ['"user"', time, 'channel', conversion, value].map(
      (expression, at) => `${expression} AS "${columns[at]!.replaceAll('"', '""')}"`,
    )
    const types = `{"user": 'VARCHAR', atSec: 'BIGINT', channel: 'VARCHAR', conversion: 'BOOLEAN', value: 'DOUBLE'}`
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(
      `COPY (SELECT ${selected.join(', ')} FROM read_json('${json}', columns = ${types})) TO '${path}'`,
    )
    connection.closeSync()
    instance.closeSync()
    return open(directory, path!, columns)
  }
}

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
  csv((row) => [
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
  csv((row, at) => [
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
  parquet(['atSec', 'CAST(conversion AS INTEGER)', 'CAST(value AS DECIMAL(18, 6))'], strangeColumns),
  10,
)

extractionContract(
  'a Parquet file with timestamps and booleans',
  parquet(
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
