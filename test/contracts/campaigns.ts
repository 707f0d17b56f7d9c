import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Leaf } from '../../src/examples/leaves.ts'
import type { ExampleRules, TouchpointSource } from '../../src/examples/touchpoints.ts'
import { extractBatch, spanParts } from '../../src/queries/extract.ts'
import { extractCampaigns } from '../../src/queries/extract-campaigns.ts'
import { planExtraction } from '../../src/queries/extraction-plan.ts'
import { surveyTouchpoints } from '../../src/queries/survey.ts'
import type { Warehouse } from '../../src/warehouse/warehouse.ts'
import type { JourneyRow } from '../queries/oracle.ts'
import { randomJourneys } from '../queries/random-journeys.ts'
import { readRecords } from '../word-patterns.ts'

/** A row with a campaign, too. */
export interface CampaignRow extends JourneyRow {
  readonly campaign: string | null
}

/** A table of such rows; its columns are user_id, time, source, conversion, value, campaign and both, source and campaign in one. */
export interface LoadedCampaigns {
  readonly warehouse: Warehouse
  readonly table: TouchpointSource['table']
}

/** Of a row, by its second. */
const CAMPAIGNS = [null, 'spring', 'Spring', 'x'] as const

/** SQL of the campaign and of both in one, of rows with user_id, time, source, conversion and value. */
export const CAMPAIGN_COLUMNS = `CASE mod("time", 4) WHEN 1 THEN 'spring' WHEN 2 THEN 'Spring' WHEN 3 THEN 'x' END AS campaign,
  concat(source, ' \u2192 ', CASE mod("time", 4) WHEN 1 THEN 'spring' WHEN 2 THEN 'Spring' WHEN 3 THEN 'x' ELSE '(none)' END) AS "both"`

/** Of channel and campaign in one text. */
const BETWEEN = ' \u2192 '

/** @returns both in one text, as the column `both` has them. */
export function bothOf({ channel, campaign }: CampaignRow): string | null {
  return channel === null ? null : `${channel}${BETWEEN}${campaign ?? '(none)'}`
}

/** What the extraction finds where each campaign is a channel of its own, which the extraction's own tests know to be right. */
async function byChannels({ warehouse, table }: LoadedCampaigns, rules: ExampleRules) {
  const source = { ...columns, table, actionColumn: 'both' }
  const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
  const records = await readRecords(extractBatch(warehouse, plan, 0).patterns)
  const leaves = plan.channels.map((both) => both.split(BETWEEN))
  const negatives = new Map<string, number>()
  const positives = new Map<string, readonly number[]>()
  for (const { label, daysBefore, channels, count, creditedCount = count, value } of records) {
    const cells = channels.map((leaf, at) => ({ day: daysBefore[at]!, name: leaves[leaf]! }))
    const texts = cells.map(({ day, name }) => `${day} ${name.join(BETWEEN)}`)
    if (label === 1) {
      if (cells.length > 0) positives.set(JSON.stringify(texts.sort()), [count, creditedCount, value])
      continue
    }
    cells.forEach(({ day, name: [channel] }, at) => {
      const alike = cells.filter((other) => other.day === day && other.name[0] === channel).length
      negatives.set(texts[at]!, (negatives.get(texts[at]!) ?? 0) + count / alike)
    })
  }
  return { negatives, positives }
}

const columns = {
  userColumn: 'user_id',
  timeColumn: 'time',
  conversionColumn: 'conversion',
  valueColumn: 'value',
}

async function byCampaigns({ warehouse, table }: LoadedCampaigns, rules: ExampleRules) {
  const source = { ...columns, table, actionColumn: 'source', campaignColumn: 'campaign' }
  const plan = planExtraction(await surveyTouchpoints(warehouse, source, rules), rules)
  const leaves = plan.campaignLeaves ?? []
  const nameOf = (leaf: Leaf) => `${plan.channels[leaf.channel]}${BETWEEN}${leaf.campaign}`
  const textOf = (day: number, leaf: number) => `${day} ${nameOf(leaves[leaf]!)}`
  const { patterns, negativeCells } = extractCampaigns(warehouse, spanParts(plan, 0), leaves)
  const positives = new Map<string, readonly number[]>()
  for (const { daysBefore, channels, count, creditedCount = count, value } of await readRecords(patterns)) {
    const texts = channels.map((leaf, at) => textOf(daysBefore[at]!, leaf))
    positives.set(JSON.stringify(texts.sort()), [count, creditedCount, value])
  }
  const negatives = new Map<string, number>()
  for (const [cell, examples] of (await negativeCells()).entries()) {
    if (examples > 0) negatives.set(textOf(Math.floor(cell / leaves.length), cell % leaves.length), examples)
  }
  return { negatives, positives }
}

/** Patterns and exposure of campaigns are those of an extraction in which each campaign is a channel. */
export function campaignsContract(
  load: (rows: readonly CampaignRow[]) => Promise<LoadedCampaigns>,
  numRuns: number,
): void {
  it('finds of campaigns what it would find if each were a channel', async () => {
    const random = fc.record({
      journeys: randomJourneys,
      kept: fc.constantFrom('keep' as const, 'used-up' as const, undefined),
    })
    await fc.assert(
      fc.asyncProperty(random, async ({ journeys: { rows, rules, range, creditFromSec }, kept }) => {
        const named = rows.map((row, at): CampaignRow => {
          // Few channels, so that campaigns share days.
          const channel = row.channel === null || /^\s*$/.test(row.channel) ? null : `c${at % 3}`
          return { ...row, channel, campaign: CAMPAIGNS[(row.atSec ?? 0) % 4] ?? null }
        })
        const loaded = await load(named)
        // Long windows of many channels are slow to plan, in which nothing else happens.
        const lookbackDays = 1 + (rules.lookbackDays % 4)
        const asked = {
          ...rules,
          ...range,
          lookbackDays,
          maxChannels: 1000,
          creditFromSec,
          afterConversion: kept,
        }
        const campaigns = await byCampaigns(loaded, asked).catch((error: unknown) => String(error))
        const channels = await byChannels(loaded, asked).catch((error: unknown) => String(error))
        await loaded.warehouse.close()
        if (typeof campaigns === 'string' || typeof channels === 'string') {
          // Both refuse what has nobody to learn from.
          expect(typeof campaigns).toBe(typeof channels)
          return
        }
        expect(campaigns.positives).toEqual(channels.positives)
        expect([...campaigns.negatives.keys()].sort()).toEqual([...channels.negatives.keys()].sort())
        for (const [cell, examples] of campaigns.negatives) {
          expect(Math.abs(examples - channels.negatives.get(cell)!)).toBeLessThan(1e-9 * examples)
        }
      }),
      { numRuns },
    )
  })
}
