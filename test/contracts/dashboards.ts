import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sql } from '../../src/queries/sql.ts'
import type { TableWrite, Warehouse } from '../../src/warehouse/warehouse.ts'
import type { WarehouseUnderTest } from './warehouse.ts'

/** A row of `attribution`. */
interface Credit {
  readonly method: string
  readonly channel: string
  readonly daysBefore: number
  readonly conversions: number
  readonly value: number | null
}

/** What one session wrote. */
interface Night {
  readonly runId: string
  readonly type: string | null
  /** First and last day that it credits. */
  readonly from: string
  readonly to: string
  readonly credits: readonly Credit[]
}

const queries = join(import.meta.dirname, '../../digdag/queries')
const CHANNELS = ['(baseline)', '(other)', 'email', 'search / brand', 'search / shoes / new', 'social']

const METHODS = ['shapley_stacked', 'shapley_hazard', 'last_touch'] as const
/** A night of MODEL: hazard. */
const HAZARD_NIGHT = 17

function dateOf(day: number): string {
  return new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)
}

/** The row of a whole channel and all users, and those of its parts. */
function partsOf(channel: string) {
  const whole = [null, null, 1] as const
  const ofSegment = [null, 'new', 0.5] as const
  if (channel !== 'email') return [whole, ofSegment]
  return [whole, ofSegment, ['spring', null, 0.75], ['autumn', null, 0.25]] as const
}

/** @param draw varies the credits, which are quarters, so that sums in any order are the same. */
function nightOf(day: number, type: string | null, draw = 0): Night {
  const suffix = type === null ? '' : `-${type}`
  const credits = (day === HAZARD_NIGHT ? METHODS.slice(1) : METHODS).flatMap((method, at) =>
    CHANNELS.flatMap((channel, c) =>
      [0, 1].map((daysBefore) => {
        const conversions = ((day * 7 + at * 5 + c * 3 + daysBefore + draw * 11) % 13) / 4 - 0.5
        return {
          method,
          channel,
          daysBefore,
          conversions,
          value: type === 'sign up' ? null : conversions * 8,
        }
      }),
    ),
  )
  return { runId: `${dateOf(day + 1)}${suffix}`, type, from: dateOf(day), to: dateOf(day), credits }
}

function writeOf({ runId, type, from, to, credits }: Night): TableWrite {
  const varchar = (name: string) => ({ name, type: 'varchar' }) as const
  return {
    table: { database: 'mta', table: 'attribution' },
    columns: [
      varchar('method'),
      varchar('channel'),
      varchar('campaign'),
      varchar('segment'),
      { name: 'days_before_conversion', type: 'bigint' },
      { name: 'conversions', type: 'double' },
      { name: 'value', type: 'double' },
      varchar('conversion_type'),
      varchar('run_id'),
      varchar('credited_from'),
      varchar('credited_to'),
    ],
    // Each row's parts stand beside it, which no sum may count.
    rows: credits.flatMap(({ method, channel, daysBefore, conversions, value }) => {
      return partsOf(channel).map(([campaign, segment, part]) => {
        const amounts = [conversions * part, value === null ? null : value * part]
        return [method, channel, campaign, segment, daysBefore, ...amounts, type, runId, from, to]
      })
    }),
    ifExists: 'append',
    runId,
  }
}

/** 33 nights of two types of conversion. */
function nightsOf(): readonly Night[] {
  const days = Array.from({ length: 33 }, (_, day) => day)
  return ['purchase', 'sign up'].flatMap((type) => days.map((day) => nightOf(day, type)))
}

/** Sums of each group, as plainly as can be. @returns rows of the group's columns, then conversions, last touch and their values. */
function sumsOf(
  nights: readonly Night[],
  groupOf: (night: Night, channel: string) => readonly (string | null)[],
) {
  const groups = new Map<string, Record<string, number | null>>()
  for (const night of nights) {
    const isStacked = night.credits.some(({ method }) => method === 'shapley_stacked')
    for (const { method: own, channel, conversions, value } of night.credits) {
      const method = own === 'shapley_hazard' && !isStacked ? 'shapley_stacked' : own
      const key = JSON.stringify(groupOf(night, channel))
      const sums = groups.get(key) ?? {}
      groups.set(key, sums)
      sums[method] = (sums[method] ?? 0) + conversions
      if (value !== null) sums[`${method} value`] = (sums[`${method} value`] ?? 0) + value
    }
  }
  return [...groups].map(([key, sums]) => [
    ...JSON.parse(key),
    sums.shapley_stacked,
    sums.last_touch,
    sums['shapley_stacked value'] ?? null,
    sums['last_touch value'] ?? null,
  ])
}

/** The queries of `digdag/queries/` for dashboards: what they show is the sum of what the sessions wrote. */
export function dashboardsContract(open: () => Promise<WarehouseUnderTest>): void {
  describe('queries for dashboards', () => {
    it('give the plain sums of the nights, whether a night ran again or came late, and find what is missing', async () => {
      const { warehouse } = await open()
      const ask = async (name: string) => (await rowsOf(warehouse, name)).map((row) => row.map(plain))
      const nights = nightsOf()
      // Two nights of one type, one of them the newest, are missing at first and come last; night 5 is written twice.
      const late = [20, 32].map(
        (day) => nights.find(({ from, type }) => from === dateOf(day) && type === 'purchase')!,
      )
      await warehouse.writeTables([together(nights.filter((night) => !late.includes(night)))])
      const again = nightOf(5, 'sign up', 1)
      await warehouse.writeTables([writeOf(again)])
      expect(await ask('gaps')).toEqual([
        [dateOf(20), 'purchase', 0, null],
        [dateOf(32), 'purchase', 0, null],
      ])
      await warehouse.writeTables([together(late)])
      const kept = nights.map((night) => (night.runId === again.runId ? again : night))
      expect(await ask('gaps')).toEqual([])

      const byDay = sumsOf(kept, (night, channel) => [night.to, night.type, channel])
      expect(sorted(await ask('by_day'))).toEqual(sorted(byDay))
      const byMonth = sumsOf(kept, (night, channel) => [night.to.slice(0, 7), night.type, channel])
      const sessionsIn = (month: unknown) =>
        new Set(kept.map(({ to }) => to).filter((to) => to.startsWith(String(month)))).size
      expect(sorted(await ask('by_month'))).toEqual(
        sorted(byMonth.map((row) => [...row, sessionsIn(row[0])])),
      )
      const last = kept.filter(({ to }) => to >= dateOf(5))
      const span = [dateOf(5), dateOf(32)]
      const byChannel = sumsOf(last, (night, channel) => [night.type, channel]).map((row) => [
        ...row,
        ...span,
      ])
      expect(sorted(await ask('by_channel'))).toEqual(sorted(byChannel))
      const byCampaign = sumsOf(last, (night, channel) => {
        const [name = '', ...campaign] = channel.split(' / ')
        return [night.type, name, campaign.length === 0 ? null : campaign.join(' / ')]
      })
      const divided = byCampaign.flatMap((row) => {
        const campaigns = partsOf(row[1]).filter(([campaign]) => campaign !== null)
        if (campaigns.length === 0) return [row]
        return campaigns.map(([campaign, , part]) => {
          const amounts = row.slice(3).map((amount) => (amount === null ? null : Number(amount) * part))
          return [row[0], row[1], campaign, ...amounts]
        })
      })
      expect(sorted(await ask('by_campaign'))).toEqual(sorted(divided.map((row) => [...row, ...span])))

      await expectMethods(ask, last)

      // Two sessions that credit the same day are found.
      await warehouse.writeTables([writeOf({ ...nightOf(9, 'purchase'), runId: 'by hand' })])
      expect(await ask('gaps')).toEqual([[dateOf(9), 'purchase', 2, expect.stringContaining('by hand')]])
    })
  })
}

/** What the queries by method and by days before a conversion show of these nights. */
async function expectMethods(
  ask: (name: string) => Promise<readonly (readonly unknown[])[]>,
  nights: readonly Night[],
): Promise<void> {
  const sum = (isMeant: (night: Night, credit: Credit) => boolean) =>
    nights
      .flatMap((night) => night.credits.filter((credit) => isMeant(night, credit)))
      .reduce((all, one) => all + one.conversions, 0)
  for (const [method, type, channel, conversions, , share] of await ask('by_method')) {
    const ofMethod = (night: Night, credit: Credit) => night.type === type && credit.method === method
    const own = sum((night, credit) => ofMethod(night, credit) && credit.channel === channel)
    expect([method, type, channel, conversions]).toEqual([method, type, channel, own])
    const all = sum((night, credit) => ofMethod(night, credit) && credit.channel !== '(baseline)')
    expect(share).toEqual(channel === '(baseline)' ? null : expect.closeTo(own / all, 12))
  }
  const byDays = await ask('by_days_before')
  expect(byDays).toHaveLength(2 * CHANNELS.length * 2)
  for (const [type, channel, daysBefore, conversions] of byDays) {
    const own = sum(({ type: ofNight, credits }, credit) => {
      const isStacked = credits.some(({ method }) => method === 'shapley_stacked')
      const isShown = credit.method === (isStacked ? 'shapley_stacked' : 'shapley_hazard')
      return isShown && ofNight === type && credit.channel === channel && credit.daysBefore === daysBefore
    })
    expect([type, channel, daysBefore, conversions]).toEqual([type, channel, daysBefore, own])
  }
}

/** One write for many sessions, which is faster. */
function together(nights: readonly Night[]): TableWrite {
  return { ...writeOf(nights[0]!), rows: nights.flatMap((night) => writeOf(night).rows) }
}

async function rowsOf(warehouse: Warehouse, name: string) {
  const text = readFileSync(join(queries, `${name}.sql`), 'utf8')
  const rows: (readonly unknown[])[] = []
  const qualified = text
    .replace(/^-- .*\n|^--\n/gm, '')
    .replaceAll('FROM attribution', 'FROM mta.attribution')
  for await (const batch of warehouse.query(sql.raw(qualified))) rows.push(...batch)
  return rows
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}

function sorted(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort()
}
