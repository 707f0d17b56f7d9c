import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { resolveInstants, resolveOptions } from '../../src/options/resolve.ts'

type Flags = Readonly<Record<string, string>>

/** @returns the times of an export with these flags, in unix seconds. @param now ISO 8601. */
function timesOf(flags: Flags, now = '2026-06-15T12:00:00Z') {
  const options = resolveOptions('export', flags, {})
  return resolveInstants(options, { timeZone: options.timeZone, sessionSec: Date.parse(now) / 1000 })
}

/** @returns the same as ISO 8601, undefined where unset. */
function shownTimesOf(flags: Flags, now?: string) {
  const { from, to, sessionTime } = timesOf(flags, now)
  const shown = (sec: number | undefined) =>
    sec === undefined ? undefined : new Date(sec * 1000).toISOString().replace('.000', '')
  return { from: shown(from), to: shown(to), sessionTime: shown(sessionTime) }
}

/** Range of a night's session. */
function nightOf(timeZone: string, session: string) {
  const { from, to } = shownTimesOf({
    'time-zone': timeZone,
    'session-time': session,
    from: '-1d',
    to: '0d',
  })
  return [from, to]
}

describe('times in options', () => {
  it('are those of the time zone where they name none', () => {
    const flags = { from: '2026-03-01', to: '20260302T0630', 'session-time': '2026-03-03' }
    expect(shownTimesOf({ ...flags, 'time-zone': 'Asia/Tokyo' })).toEqual({
      from: '2026-02-28T15:00:00Z',
      to: '2026-03-01T21:30:00Z',
      sessionTime: '2026-03-02T15:00:00Z',
    })
    expect(shownTimesOf(flags)).toEqual({
      from: '2026-03-01T00:00:00Z',
      to: '2026-03-02T06:30:00Z',
      sessionTime: '2026-03-03T00:00:00Z',
    })
  })

  it('are what they say where they name a zone, or count seconds', () => {
    const flags = { 'time-zone': 'Asia/Tokyo', from: '2026-03-01T00:00:00Z', to: '1772409600' }
    expect(shownTimesOf(flags)).toMatchObject({ from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' })
  })

  it('that the clocks skip count on from before, and those that come twice are the first of the two', () => {
    const zone = { 'time-zone': 'America/New_York' }
    expect(shownTimesOf({ ...zone, from: '2026-03-08T02:30', to: '2026-11-01T01:30' })).toMatchObject({
      from: '2026-03-08T07:30:00Z',
      to: '2026-11-01T05:30:00Z',
    })
  })
})

describe('days before the session', () => {
  it('are local days, counted from the day of the session', () => {
    const flags = { from: '-90d', to: '-0d', 'time-zone': 'Asia/Tokyo' }
    const range = { from: '2026-01-04T15:00:00Z', to: '2026-04-04T15:00:00Z' }
    for (const session of ['2026-04-05', '2026-04-05T23:59:59', '2026-04-04T15:00:00Z']) {
      expect(shownTimesOf({ ...flags, 'session-time': session }), session).toMatchObject(range)
    }
  })

  it('are counted from today where there is no session: the local day of now', () => {
    const flags = { from: '-1d', to: '0d', 'time-zone': 'Asia/Tokyo' }
    expect(shownTimesOf(flags, '2026-04-04T15:00:00Z')).toMatchObject({
      from: '2026-04-03T15:00:00Z',
      to: '2026-04-04T15:00:00Z',
    })
    expect(shownTimesOf(flags, '2026-04-04T14:59:59Z')).toMatchObject({
      from: '2026-04-02T15:00:00Z',
      to: '2026-04-03T15:00:00Z',
    })
  })

  // Days of 23 and 25 hours, by the rules of each zone: https://www.iana.org/time-zones
  it.each([
    ['America/Los_Angeles', '2026-03-08', '2026-03-07T08:00:00Z', '2026-03-08T08:00:00Z'],
    ['America/Los_Angeles', '2026-03-09', '2026-03-08T08:00:00Z', '2026-03-09T07:00:00Z'],
    ['America/Los_Angeles', '2026-03-10', '2026-03-09T07:00:00Z', '2026-03-10T07:00:00Z'],
    ['America/Los_Angeles', '2026-11-01', '2026-10-31T07:00:00Z', '2026-11-01T07:00:00Z'],
    ['America/Los_Angeles', '2026-11-02', '2026-11-01T07:00:00Z', '2026-11-02T08:00:00Z'],
    ['Australia/Sydney', '2026-04-06', '2026-04-04T13:00:00Z', '2026-04-05T14:00:00Z'],
    ['Australia/Sydney', '2026-10-05', '2026-10-03T14:00:00Z', '2026-10-04T13:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-05', '2026-10-03T13:30:00Z', '2026-10-04T13:00:00Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
  ])('have 23, 24 or 25 hours: %s, session of %s', (timeZone, session, from, to) => {
    expect(nightOf(timeZone, session)).toEqual([from, to])
  })

  it.each([
    ['America/Santiago', '2026-09-07', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
    ['America/Santiago', '2026-04-05', '2026-04-04T03:00:00Z', '2026-04-05T04:00:00Z'],
    ['Africa/Cairo', '2026-04-25', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
    ['Africa/Cairo', '2026-10-30', '2026-10-28T21:00:00Z', '2026-10-29T22:00:00Z'],
    ['Asia/Beirut', '2026-03-30', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
    ['Asia/Beirut', '2026-10-25', '2026-10-23T21:00:00Z', '2026-10-24T22:00:00Z'],
  ])(
    'begin after midnight where there is none, or at the first of two: %s, %s',
    (timeZone, session, from, to) => {
      expect(nightOf(timeZone, session)).toEqual([from, to])
    },
  )

  it('leave out a day that the zone skipped', () => {
    expect(nightOf('Pacific/Apia', '2011-12-29')).toEqual(['2011-12-28T10:00:00Z', '2011-12-29T10:00:00Z'])
    expect(nightOf('Pacific/Apia', '2011-12-31')).toEqual(['2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'])
    expect(nightOf('Pacific/Apia', '2012-01-01')).toEqual(['2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'])
  })

  it.each([
    ['America/Los_Angeles', '2026-03-08'],
    ['America/Los_Angeles', '2026-11-01'],
    ['America/St_Johns', '2011-03-13'],
    ['America/St_Johns', '2010-11-07'],
    ['America/Santiago', '2026-04-04'],
    ['America/Santiago', '2026-09-06'],
    ['Africa/Cairo', '2026-04-24'],
    ['Africa/Cairo', '2026-10-29'],
    ['Africa/Casablanca', '2026-02-15'],
    ['Asia/Beirut', '2026-03-29'],
    ['Australia/Lord_Howe', '2026-04-05'],
    ['Australia/Sydney', '2026-10-04'],
    ['Pacific/Apia', '2011-12-29'],
    ['Pacific/Chatham', '2026-09-27'],
    ['Antarctica/Troll', '2026-03-29'],
  ])('of nights in a row leave no second out, and have none twice: %s around %s', (timeZone, changed) => {
    const noon = Date.parse(`${changed}T12:00:00Z`)
    const dates = [-2, -1, 0, 1, 2, 3].map((days) =>
      new Date(noon + days * 86_400_000).toISOString().slice(0, 10),
    )
    const sessions = dates.filter((date) => timeZone !== 'Pacific/Apia' || date !== '2011-12-30')
    const nights = sessions.map((date) =>
      timesOf({ 'time-zone': timeZone, 'session-time': date, from: '-1d', to: '0d' }),
    )
    expect(nights.slice(1).map(({ from }) => from)).toEqual(nights.slice(0, -1).map(({ to }) => to))
    for (const { from, to } of nights) expect(Math.abs(to! - from! - 86_400)).toBeLessThanOrEqual(2 * 3600)
  })

  it('of sessions as far apart as the days that they take leave no second out, and have none twice', () => {
    const drawn = fc.record({
      timeZone: fc.constantFrom(
        'America/Havana',
        'Africa/Cairo',
        'Asia/Beirut',
        'Europe/London',
        'Asia/Kolkata',
      ),
      day: fc.integer({ min: 0, max: 20 * 365 }),
      hour: fc.integer({ min: 0, max: 23 }),
      days: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(drawn, ({ timeZone, day, hour, days }) => {
        const atDay = (count: number) => {
          const time = new Date(Date.UTC(2010, 0, 1 + count, hour)).toISOString().slice(0, 19)
          return timesOf({ 'time-zone': timeZone, 'session-time': time, from: `-${days}d`, to: '0d' })
        }
        expect(atDay(day + days).from).toBe(atDay(day).to)
      }),
      { seed: 1, numRuns: 15 },
    )
  })

  it('make a range only where it begins before it ends', () => {
    const message = '--from (FROM) is not before --to (TO): give an earlier start or a later end'
    const wrong: readonly Flags[] = [
      { from: '2026-02-01', to: '2026-02-01' },
      { from: '-1d', to: '-1d' },
      { from: '-1d', to: '-90d' },
      { from: '2026-06-15', to: '0d' },
      { from: '2026-03-01', to: '2026-03-01T00:00:00Z', 'time-zone': 'America/New_York' },
    ]
    for (const flags of wrong)
      expect(() => timesOf(flags), JSON.stringify(flags)).toThrow(new ConfigError(message))
    expect(() => timesOf({ from: '2026-06-14', to: '0d' })).not.toThrow()
  })
})
