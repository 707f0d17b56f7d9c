import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError, DataError } from '../../src/errors.ts'
import type { Config } from '../../src/options/option-table.ts'
import type { Row } from '../../src/warehouse/warehouse.ts'
import { fewTouchpoints, openPlace, type Place, touchpointTypes } from './touchpoints-in-file.ts'

const types = {
  channel: 'varchar',
  from: 'varchar',
  to: 'varchar',
  incremental_conversions: 'varchar',
  standard_error: 'varchar',
} as const

/** Conversions of the touchpoints are on Monday, 5 January 2026, and the day after. */
const search: Row = ['search', '2026-01-05', '2026-01-07', '0.5', '0.1']

async function placeWith(rows: readonly Row[]): Promise<Place> {
  const place = await openPlace()
  onTestFinished(() => place.warehouse.close())
  await place.write('mock_data', touchpointTypes, fewTouchpoints)
  await place.write('experiments', types, rows)
  await place.run(['export', 'train'], {})
  return place
}

async function messageOf(place: Place, config: Config): Promise<unknown> {
  const error = await place.run(['shapley'], config).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error instanceof DataError || error instanceof ConfigError
    ? [error.constructor.name, error.message]
    : error
}

const asked = { experimentsTable: 'experiments' } as const
const changed = (changes: Partial<Record<keyof typeof types, string | null>>): Row =>
  Object.keys(types).map((name, at) => {
    const change = changes[name as keyof typeof types]
    return change === undefined ? (search[at] ?? null) : change
  })

describe('the table of experiments', () => {
  it('refuses rows that can’t be, with the row and what to do', async () => {
    const place = await placeWith([])
    const refused = async (rows: readonly Row[], config: Config = asked) => {
      await place.write('experiments', types, rows)
      return await messageOf(place, config)
    }
    const of = (
      column: string,
      found: string,
      needed: string,
      row = '"search" from "2026-01-05" to "2026-01-07"',
    ) => [
      'DataError',
      `--experiments-table (EXPERIMENTS_TABLE) mta.experiments: the experiment of ${row}: column ${column} is ${found}, ${needed}: ` +
        'correct the row, or leave it out',
    ]
    const number = 'a number is needed'
    expect(await refused([changed({ incremental_conversions: 'many' })])).toEqual(
      of('incremental_conversions', '"many"', number),
    )
    expect(await refused([search, changed({ channel: 'email', incremental_conversions: null })])).toEqual(
      of('incremental_conversions', 'NULL', number, '"email" from "2026-01-05" to "2026-01-07"'),
    )
    const positive = 'a number from 1e-9 to 1e12 is needed: every experiment has an error'
    for (const found of ['1e-170', '1e170']) {
      expect(await refused([changed({ standard_error: found })])).toEqual(
        of('standard_error', `"${found}"`, positive),
      )
    }
    expect(await refused([changed({ incremental_conversions: '-1e170' })])).toEqual(
      of('incremental_conversions', '"-1e170"', 'a number from -1e12 to 1e12 is needed'),
    )
    expect(await refused([changed({ standard_error: '0' })])).toEqual(of('standard_error', '"0"', positive))
    expect(await refused([changed({ standard_error: '-3' })])).toEqual(of('standard_error', '"-3"', positive))
    expect(await refused([changed({ standard_error: 'Infinity' })])).toEqual(
      of('standard_error', '"Infinity"', number),
    )
    expect(await refused([changed({ from: '5 Jan 2026' })])).toEqual(
      of(
        'from',
        '"5 Jan 2026"',
        'a date such as 2026-03-01 without a time of day is needed',
        '"search" from "5 Jan 2026" to "2026-01-07"',
      ),
    )
    expect(await refused([changed({ to: '2026-02-30' })])).toEqual(
      of(
        'to',
        '"2026-02-30"',
        'a date such as 2026-03-01 without a time of day is needed',
        '"search" from "2026-01-05" to "2026-02-30"',
      ),
    )
    expect(await refused([changed({ to: '2026-01-07 18:00:00' })])).toEqual(
      of(
        'to',
        '"2026-01-07 18:00:00"',
        'a date such as 2026-03-01 without a time of day is needed',
        '"search" from "2026-01-05" to "2026-01-07 18:00:00"',
      ),
    )
    expect(await refused([changed({ to: '2026-01-05' })])).toEqual(
      of(
        'to',
        '"2026-01-05"',
        'a day after 2026-01-05 is needed, the first one that is not part of the experiment',
        '"search" from "2026-01-05" to "2026-01-05"',
      ),
    )
    expect(await refused([changed({ channel: ' ' })])).toEqual(
      of('channel', '" "', 'the name of a channel is needed', '" " from "2026-01-05" to "2026-01-07"'),
    )
    const label = '--experiments-table (EXPERIMENTS_TABLE)'
    expect(await refused([])).toEqual([
      'DataError',
      `${label} mta.experiments has no rows: fill it, or leave the option out`,
    ])
    expect(await refused([search, changed({ standard_error: '0.2' })])).toEqual([
      'DataError',
      `${label}: the experiment of "search" from "2026-01-05" to "2026-01-07" occurs twice: keep one row of each experiment`,
    ])
    expect(await refused([changed({ to: '2026-01-06' }), search])).toEqual([
      'DataError',
      `${label}: the experiment of "search" from "2026-01-05" to "2026-01-07" shares days with the experiment of "search" from ` +
        '"2026-01-05" to "2026-01-06": keep one of them, or make them one row',
    ])
    expect(await refused([search, changed({ channel: 'email+search' })])).toEqual([
      'DataError',
      `${label}: "search" was tested alone and together with other channels, or with different ones: keep the experiments of one kind`,
    ])
    expect(await refused([search], { ...asked, placeboChannels: ['search'] })).toEqual([
      'ConfigError',
      '--placebo-channels (PLACEBO_CHANNELS): "search" is in the experiments table, too: what it causes is either known to be nothing ' +
        'or what the experiment found; leave one of them out',
    ])
    await place.write('others', { channel: 'varchar', spend: 'double' }, [])
    expect(await refused([search], { experimentsTable: 'others' })).toEqual([
      'ConfigError',
      `${label} mta.others has no column from; it has channel, spend: it needs channel, from, to, incremental_conversions, standard_error`,
    ])
  })

  it('finds names without touches, days outside the data, and experiments that contradict each other', async () => {
    const place = await placeWith([
      changed({ channel: 'serach' }),
      changed({ from: '2025-12-01', to: '2025-12-15' }),
      changed({ from: '2026-01-06' }),
      changed({ to: '2026-01-06', incremental_conversions: '9' }),
    ])
    await place.run(['shapley'], { ...asked, placeboChannels: ['Email '] })
    const found = place.world.findings.list.filter(({ code }) => /experiment|placebo/.test(code))
    expect(found.map(({ code, what }) => [code, what])).toEqual([
      ['placebos-without-touches', '1 name that no touchpoint has: "Email " (nearest: "email")'],
      ['experiments-without-touches', '1 name that no touchpoint has: "serach" (nearest: "search")'],
      [
        'experiments-outside-data',
        '1 row of experiments on days that the data lack, which go from 2026-01-05 to 2026-01-06',
      ],
      ['contradicting-experiments', '2 rows on search contradict each other'],
    ])
  })

  it('ends an export whose experiments a later step would refuse', async () => {
    const place = await placeWith([search])
    const exported = (config: Config) => place.run(['export'], { ...asked, ...config })
    await expect(exported({ placeboChannels: ['search'] })).rejects.toThrow(
      'is in the experiments table, too',
    )
    await place.write('experiments', types, [changed({ standard_error: '0' })])
    await expect(exported({})).rejects.toThrow('every experiment has an error')
  })

  it('counts the rows about the kind of conversion that the run is about', async () => {
    const place = await placeWith([])
    await place.write('experiments', { ...types, conversion_type: 'varchar' }, [
      [...changed({ standard_error: '1' }), 'lead'],
      [...changed({ channel: 'email', standard_error: '1' }), null],
    ])
    const tested = async (config: Config) => {
      await place.run(['export', 'train', 'shapley'], { ...asked, ...config })
      const rows = await place.read(
        "SELECT measure FROM mta.evidence WHERE measure LIKE 'experiment%' ORDER BY 1",
      )
      return rows.flat()
    }
    expect(await tested({})).toEqual(['experiment_email'])
    const ofLeads = { conversionTypeColumn: 'kind', conversionType: 'lead' }
    expect(await tested(ofLeads)).toEqual(['experiment_email', 'experiment_search'])
  })

  it('corrects the hazard model in rows that add up, with the evidence', async () => {
    const place = await placeWith([search])
    await place.run(['shapley'], { ...asked, placeboChannels: ['email'] })
    const sums = await place.read(`SELECT method, round(sum(conversions), 9),
      round(sum(CASE WHEN channel = 'email' THEN conversions ELSE 0 END), 9)
      FROM mta.attribution GROUP BY method ORDER BY method`)
    expect(sums).toContainEqual(['hazard_calibrated', 3, 0])
    const rows = await place.read(`SELECT measure, verdict FROM mta.evidence
      WHERE measure LIKE 'placebo%' OR measure LIKE 'experiment%' ORDER BY measure`)
    expect(rows).toEqual([
      [
        'experiment_search',
        expect.stringMatching(
          /^search: \S+ conversions by the hazard model, 0.5 ± 0.1 by experiment, \S+ by both$/,
        ),
      ],
      [
        'placebo_email',
        expect.stringMatching(/^known error: email causes nothing, the hazard model credits it with/),
      ],
    ])
  })
})
