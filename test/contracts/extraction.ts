import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EvidenceRows } from '../../src/artifacts/evidence-files.ts'
import { buildEvidenceSample, type EvidenceSample } from '../../src/evidence/sample.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'
import type { ExampleRules, TouchpointSource } from '../../src/examples/touchpoints.ts'
import { type BatchTotals, extractBatch, setBatchesAside } from '../../src/queries/extract.ts'
import { type ExtractionPlan, planExtraction } from '../../src/queries/extraction-plan.ts'
import type { SampledNegatives } from '../../src/queries/negative-cells.ts'
import { type Survey, surveyTouchpoints } from '../../src/queries/survey.ts'
import type { TableName, Warehouse } from '../../src/warehouse/warehouse.ts'
import { countExamples, countRecords } from '../evidence/plain-sample.ts'
import {
  type JourneyCase,
  journeyCases,
  plainRules,
  pooledJourneys,
  pooledRules,
} from '../queries/journeys.ts'
import {
  compareRecords,
  dayOf,
  isPlainlyDrawn,
  type JourneyRow,
  type OracleAnswer,
  type OracleRules,
  plainExtraction,
  plainUserFraction,
} from '../queries/oracle.ts'
import { originalExamples, originalJourneys } from '../queries/original.ts'
import { type RandomJourneys, randomJourneys } from '../queries/random-journeys.ts'
import { readRecords } from '../word-patterns.ts'

/** A warehouse that holds a table of touchpoints. */
export interface LoadedTouchpoints {
  readonly warehouse: Warehouse
  readonly source: TouchpointSource
}

/** @returns what works on a table of touchpoints with just these rows, and closes its warehouse. */
export function loadedBy(load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>) {
  return async (rows: readonly JourneyRow[], work: (loaded: LoadedTouchpoints) => Promise<void>) => {
    const loaded = await load(rows)
    try {
      await work(loaded)
    } finally {
      await loaded.warehouse.close()
    }
  }
}

/** What was extracted, batch by batch. */
interface Extracted {
  readonly survey: Survey
  readonly channels: readonly string[]
  readonly seedFormat: boolean
  readonly batches: readonly {
    readonly records: readonly PatternRecord[]
    readonly totals: BatchTotals
    readonly evidence: EvidenceRows
    readonly sampled: SampledNegatives | undefined
  }[]
  readonly plan: ExtractionPlan
  readonly isWhole: boolean
}

const neverStops = new AbortController().signal

/** @param isWhole days are seen whole, and not at a moment. */
export async function extractAll(
  loaded: LoadedTouchpoints,
  rules: ExampleRules,
  isWhole = false,
): Promise<Extracted> {
  const { warehouse, source } = loaded
  const survey = await surveyTouchpoints(warehouse, source, rules, neverStops)
  const planned = planExtraction(survey, rules)
  const plan = isWhole ? { ...planned, moments: undefined } : planned
  const batches: Extracted['batches'][number][] = []
  const aside = await setBatchesAside(warehouse, plan, neverStops)
  for (let batch = 0; batch < plan.batches; batch++) {
    const extraction = extractBatch(warehouse, plan, batch, neverStops, aside?.table)
    batches.push({
      records: await readRecords(extraction.patterns),
      totals: extraction.totals(),
      evidence: extraction.evidence(),
      sampled: extraction.sampled(),
    })
  }
  await aside?.remove()
  return { survey, channels: plan.channels, seedFormat: plan.seedFormat, batches, plan, isWhole }
}

/** The oracle's rules for one batch. @param userTable numbers of the users that have one. */
export function oracleRules(
  rules: ExampleRules,
  batch: number,
  batches: number,
  userTable: ReadonlyMap<string, number> = new Map(),
  isWhole = false,
  oneOf = 1,
): OracleRules {
  const fraction = (user: string) => userTable.get(user) ?? plainUserFraction(user, rules.seed, 'batch')
  return {
    ...rules,
    momentSeed: isWhole ? undefined : rules.seed,
    validates: (user) => plainUserFraction(user, rules.seed, 'validation') < rules.validationFraction,
    standsFor: oneOf === 1 ? undefined : (user) => (isPlainlyDrawn(user, rules.seed, 1 / oneOf) ? oneOf : 0),
    inBatch: (user) => Math.floor(fraction(user) * batches) === batch,
  }
}

/** Everything that is extracted is what the oracle says, record for record. */
export function expectAgreement(
  extracted: Extracted,
  rows: readonly JourneyRow[],
  rules: ExampleRules,
  userTable?: ReadonlyMap<string, number>,
): void {
  const { oneOf } = extracted.plan.negativeSample
  extracted.batches.forEach(({ records, totals, evidence, sampled }, batch) => {
    const plain = oracleRules(rules, batch, extracted.batches.length, userTable, extracted.isWhole, oneOf)
    const answer = plainExtraction(rows, plain)
    expect({ channels: extracted.channels, seedFormat: extracted.seedFormat }).toEqual({
      channels: answer.channels,
      seedFormat: answer.seedFormat,
    })
    expect(extracted.survey).toMatchObject(answer.survey)
    expect(inMicros(totals)).toEqual(inMicros(answer.totals))
    expectOrder(records)
    expect(records.map(recordInMicros).sort(compareRecords)).toEqual(answer.records.map(recordInMicros))
    expect(sampled).toEqual(answer.sampled)
    const drawn = oneOf === 1 ? answer : plainExtraction(rows, onlyDrawn(plain, rules.seed, 1 / oneOf))
    expect(countExamples(sampleOf(extracted, evidence, rules))).toEqual(countRecords(drawn.records))
  })
}

/** The users of whom the evidence sample tells, with or without conversions: each stands for itself. */
function onlyDrawn(rules: OracleRules, seed: number, part: number): OracleRules {
  const inBatch = (user: string) => rules.inBatch(user) && isPlainlyDrawn(user, seed, part)
  return { ...rules, standsFor: undefined, inBatch }
}

/** The evidence sample of one batch; of so few users it holds all who are kept, and of the others the same part. */
function sampleOf(
  { channels, plan }: Extracted,
  evidence: EvidenceRows,
  rules: ExampleRules,
): EvidenceSample {
  const { fromSec, timeZone, kind, lookbackDays, afterConversion = 'used-up' } = rules
  const firstExampleDay = fromSec === undefined ? null : dayOf(fromSec, timeZone)
  expect(plan.evidence.rate).toBe(1 / plan.negativeSample.oneOf)
  return buildEvidenceSample(
    [evidence],
    { ...plan.evidence, firstExampleDay, examples: kind, afterConversion },
    { lookbackDays, channelCount: channels.length },
  )
}

/** Sums are exact to a millionth; as numbers they may differ in the last bit. */
function inMicros(totals: BatchTotals): BatchTotals {
  return {
    ...totals,
    creditedEntryValue: Math.round(totals.creditedEntryValue * 1e6),
    creditedValue: Math.round(totals.creditedValue * 1e6),
  }
}

function recordInMicros(record: PatternRecord): PatternRecord {
  return { ...record, value: Math.round(record.value * 1e6) }
}

/** Positives come first, and a record's cells by days before and channel; equality with the oracle shows the rest. */
function expectOrder(records: readonly PatternRecord[]): void {
  const labels = records.map(({ label }) => label)
  expect(labels).toEqual([...labels].sort((left, right) => right - left))
}

/** @returns a record in a line: `+ 0:email 2:search x3 (1 validate) =12.5`. */
export function describeRecord(record: PatternRecord, channels: readonly string[]): string {
  const cells = record.daysBefore.map((daysBefore, at) => `${daysBefore}:${channels[record.channels[at]!]}`)
  const validate = record.validationCount === 0 ? '' : ` (${record.validationCount} validate)`
  const value = record.value === 0 ? '' : ` =${record.value}`
  const pattern = cells.length === 0 ? '(no touch)' : cells.join(' ')
  return `${record.label === 1 ? '+' : '-'} ${pattern} x${record.count}${validate}${value}`
}

/** Compares what a case produced with what the case expects. */
function expectCase(
  journey: JourneyCase,
  found: Pick<OracleAnswer, 'channels' | 'seedFormat' | 'records'> & {
    readonly totals: BatchTotals
    readonly survey: OracleAnswer['survey']
  },
): void {
  const lines = found.records.map((record) => describeRecord(record, found.channels))
  expect(lines.sort()).toEqual([...journey.records].sort())
  if (journey.channels !== undefined) expect(found.channels).toEqual(journey.channels)
  if (journey.seedFormat !== undefined) expect(found.seedFormat).toBe(journey.seedFormat)
  expect(found.totals).toMatchObject(journey.totals ?? {})
  expect(found.survey).toMatchObject(journey.survey ?? {})
}

/** The journeys whose examples were worked out by hand, for the oracle itself. */
export function oracleContract(): void {
  it.each(journeyCases)('$title', (journey) => {
    const rules = { ...plainRules, ...journey.rules }
    const isWhole = !journey.atMoments
    expectCase(journey, plainExtraction(journey.rows, oracleRules(rules, 0, 1, undefined, isWhole)))
  })
}

/** So few patterns that some of a handful of users without a conversion are dropped. */
const sampledRules = { afterConversion: 'keep', negativePatterns: 8 } as const

/** Ways in which random journeys are read. */
const randomVariant = fc.constantFrom<((drawn: RandomJourneys) => ExampleRules)[]>(
  ({ rules }) => ({ ...rules, validationFraction: 0.5 }),
  ({ rules, range, creditFromSec }) => {
    return { ...rules, ...range, creditFromSec, validationFraction: 0.5, afterConversion: 'keep' }
  },
  ({ rules, range, creditFromSec }) => ({ ...rules, ...range, creditFromSec, validationFraction: 1 }),
  ({ rules, range, creditFromSec }) => {
    return { ...rules, ...range, creditFromSec, kind: 'td-mta', usersPerShard: 5 }
  },
  ({ rules, range, creditFromSec }) => {
    return { ...rules, ...range, creditFromSec, validationFraction: 0.5, ...sampledRules, usersPerShard: 9 }
  },
  ({ rules, range }) => ({ ...rules, ...range, ...sampledRules, afterConversion: 'used-up' }),
)

const userTableName: TableName = { database: 'mta', table: 'user_rnd' }

async function writeUserTable(loaded: LoadedTouchpoints, numbers: ReadonlyMap<string, number>) {
  await loaded.warehouse.writeTables([
    {
      table: userTableName,
      columns: [
        { name: loaded.source.userColumn, type: 'varchar' },
        { name: 'ab_rnd', type: 'double' },
      ],
      rows: [...numbers],
      ifExists: 'overwrite',
      runId: 'test',
    },
  ])
}

type LoadJourneys = (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>

/** A query takes a while whatever it reads: no case is run with each kind of table. @returns what loads by one after the other. */
export function inTurn(loads: readonly LoadJourneys[]): LoadJourneys {
  let at = 0
  return async (rows) => {
    const load = loads[at++ % loads.length]
    if (load === undefined) throw new Error('unreachable: at is taken modulo the length')
    return await load(rows)
  }
}

/**
 * What the extraction promises in any warehouse: the examples of journeys worked out by hand, and those that the oracle
 * finds in random ones. The oracle is held to all of the journeys by {@link oracleContract}.
 * @param load makes a warehouse with just these rows in the table of touchpoints, value column and all.
 * @param randomTables how many random tables are compared.
 * @param cases the journeys that have a table each. @param pooled rules by which those of all cases are read at once.
 */
export function extractionContract(
  name: string,
  load: LoadJourneys,
  randomTables: number,
  cases: readonly JourneyCase[] = journeyCases,
  pooled: readonly Partial<ExampleRules>[] = pooledRules,
): void {
  const withLoaded = loadedBy(load)

  describe(`extraction from ${name}`, () => {
    it.each(cases)('$title', (journey) =>
      withLoaded(journey.rows, async (loaded) => {
        const rules = { ...plainRules, ...journey.rules }
        const extracted = await extractAll(loaded, rules, !journey.atMoments)
        expectCase(journey, { ...extracted, ...extracted.batches[0]! })
        expectAgreement(extracted, journey.rows, rules)
      }),
    )

    it.each(pooled)('finds the examples of the oracle in the journeys of all cases at once: %o', (some) =>
      withLoaded(pooledJourneys, async (loaded) => {
        const rules = { ...plainRules, ...some }
        expectAgreement(await extractAll(loaded, rules), pooledJourneys, rules)
      }),
    )

    it('finds the examples of the oracle in random journeys, in batches too', async () => {
      await fc.assert(
        fc.asyncProperty(randomJourneys, randomVariant, async (drawn, variantOf) => {
          const { rows } = drawn
          const variant = variantOf(drawn)
          fc.pre(isPossible(rows, variant))
          await withLoaded(rows, async (loaded) => {
            const extracted = await extractAll(loaded, variant)
            const users = plainExtraction(rows, oracleRules(variant, 0, 1)).users.length
            expect(extracted.batches.length).toBe(Math.ceil(users / (variant.usersPerShard ?? users)))
            expectAgreement(extracted, rows, variant)
          })
        }),
        { numRuns: randomTables },
      )
    })

    it('batches users by their number in the user table, or by their hash if they have none there', async () => {
      const users = fc.dictionary(
        fc.constantFrom('ann', 'Ann', '12'),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      )
      await fc.assert(
        fc.asyncProperty(randomJourneys, users, async ({ rows, rules }, numbers) => {
          const userTable = new Map(Object.entries(numbers))
          const variant = { ...rules, validationFraction: 0.5, usersPerShard: 3, userTable: userTableName }
          fc.pre(isPossible(rows, variant))
          await withLoaded(rows, async (loaded) => {
            await writeUserTable(loaded, userTable)
            expectAgreement(await extractAll(loaded, variant), rows, variant, userTable)
          })
        }),
        { numRuns: Math.ceil(randomTables / 6) },
      )
    })

    it('returns the records in the same order, whatever the order of the rows', async () => {
      const [rows] = fc.sample(randomJourneys, { numRuns: 1, seed: 4 }).map((drawn) => drawn.rows)
      const rules = { ...plainRules, lookbackDays: 2 }
      const orders: (readonly PatternRecord[])[] = []
      for (const some of [rows!, [...rows!].reverse()]) {
        await withLoaded(some, async (loaded) => {
          orders.push((await extractAll(loaded, rules)).batches[0]!.records)
        })
      }
      expect(orders[0]!.length).toBeGreaterThan(20)
      expect(orders[1]).toEqual(orders[0])
    })
  })
}

/**
 * With `--examples td-mta` any warehouse finds the examples that the original made of its journeys.
 * @param isRead tells whose journeys are compared.
 */
export async function expectOriginalExamples(
  load: (rows: readonly JourneyRow[]) => Promise<LoadedTouchpoints>,
  lookbackDays: 3 | 5,
  isRead?: (user: string) => boolean,
): Promise<void> {
  const rows = originalJourneys(isRead)
  const rules: ExampleRules = { ...plainRules, kind: 'td-mta', lookbackDays }
  await loadedBy(load)(rows, async (loaded) => {
    const extracted = await extractAll(loaded, rules)
    const { records } = extracted.batches[0]!
    const found = records.map((record) => describeRecord(record, extracted.channels))
    expect(found.sort()).toEqual(originalExamples(lookbackDays, isRead))
    expectAgreement(extracted, rows, rules)
  })
}

/** Tables without a touch or a conversion are refused; that is tested elsewhere. */
export function isPossible(rows: readonly JourneyRow[], rules: ExampleRules): boolean {
  const { survey, totals } = plainExtraction(rows, oracleRules(rules, 0, 1))
  return survey.touches > 0 && totals.conversions > 0
}
