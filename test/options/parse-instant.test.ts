import { describe, expect, it } from 'vitest'
import { parseBoundary, parseInstant } from '../../src/options/parse-instant.ts'

/** date -u -d 2026-01-01T00:00:00Z +%s */
const NEW_YEAR = 1_767_225_600

const example = 'unix seconds or a time such as 2026-03-01 or 2026-03-01T00:00:00+09:00'
const needed = `${example} is needed`
const neededOrDays = `${example}, or days before the session such as -90d, is needed`
const beyond = `${needed}; as unix seconds this would not be from 1971 to 2100`
const ambiguous = 'this is ambiguous: write year, month and day, such as 2026-03-01'

describe('a time in an option', () => {
  it.each([
    NEW_YEAR,
    '1767225600',
    ' 1767225600 ',
    '20260101T000000Z',
    '20260101T090000+0900',
    '2026-01-01T00:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-01-01 00:00:00 Z',
    '2026-01-01 00:00:00 UTC',
    '2026-01-01 00:00:00 +0000',
    '2026-01-01 09:00:00+09',
    '2025-12-31T20:30:00-03:30',
    '2026-01-01T00:00:00,999Z',
    '2026-01-01T00:00:00.123456789Z',
  ])('is the instant %s', (written) => {
    expect(parseInstant(written)).toBe(NEW_YEAR)
  })

  it.each([
    ['20260101', '2026-01-01'],
    [20_260_101, '2026-01-01'],
    ['20260101000000', '2026-01-01'],
    ['20260101T0000', '2026-01-01'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00', '2026-01-01'],
    [' 2026-01-01 00:00:00 ', '2026-01-01'],
    ['2026-01-01t06:30', '2026-01-01T06:30:00'],
    ['20260101235959', '2026-01-01T23:59:59'],
    ['2026-01-01T00:00:01.999', '2026-01-01T00:00:01'],
  ])('is local where it names no zone: %s', (written, local) => {
    expect(parseInstant(written)).toBe(local)
    expect(parseInstant(local)).toBe(local)
  })

  it.each([
    ['-90d', '-90d'],
    [' -1D ', '-1d'],
    ['-007d', '-7d'],
    ['0d', '0d'],
    ['-0d', '0d'],
    ['-00d', '0d'],
    ['-99999d', '-99999d'],
  ])('is a number of days before the session: %s', (written, days) => {
    expect(parseBoundary(written)).toBe(days)
    expect(parseBoundary(days)).toBe(days)
  })

  it.each([
    ['90d', 'days before the session are needed: -90d'],
    ['-100000d', neededOrDays],
    ['--1d', neededOrDays],
    ['-1.5d', neededOrDays],
    ['-d', neededOrDays],
    ['d', neededOrDays],
    ['-alld', neededOrDays],
    ['-90', `${neededOrDays}; as unix seconds this would not be from 1971 to 2100`],
    ['- 90d', neededOrDays],
    ['-90 d', neededOrDays],
    ['-12w', neededOrDays],
    ['yesterday', neededOrDays],
    [undefined, neededOrDays],
    [null, neededOrDays],
  ])('is no number of days before the session: %s', (written, message) => {
    expect(() => parseBoundary(written)).toThrow(new Error(message))
  })

  it('of a session is no number of days: they are counted from it', () => {
    expect(() => parseInstant('-1d')).toThrow(new Error(needed))
  })

  it.each([
    ['2026-02-30', 'there is no day 2026-02-30'],
    ['20260230', 'there is no day 2026-02-30'],
    ['2025-02-29', 'there is no day 2025-02-29'],
    ['2026-13-01', 'there is no day 2026-13-01'],
    ['2026-00-01', 'there is no day 2026-00-01'],
    ['99999999', 'there is no day 9999-99-99'],
    ['2026-01-01T24:00', 'there is no such time of day'],
    ['20260101240000', 'there is no such time of day'],
    ['2026-01-01T00:00:60Z', 'there is no such time of day'],
    ['2026-01-01T00:00:00+15:00', 'there is no time zone +15:00'],
    ['01-05-26', ambiguous],
    ['1/5/2026', ambiguous],
    ['01.05.2026 10:00', ambiguous],
    ['1767225600000', 'unix seconds are needed; this looks like milliseconds'],
    ['1767225600000000', 'unix seconds are needed; this looks like microseconds'],
    ['1767225600000000000', 'unix seconds are needed; this looks like nanoseconds'],
    ['2026', beyond],
    ['202603', beyond],
    ['0', beyond],
    ['-1', beyond],
    ['46082', beyond],
    ['253370764800', beyond],
    ['1767225600.5', needed],
    ['2026-01-01T00:00:00 Europe/Berlin', needed],
    ['yesterday', needed],
    ['', needed],
    [Number.NaN, needed],
    [undefined, needed],
  ])('is refused: %s', (written, message) => {
    expect(() => parseInstant(written)).toThrow(new Error(message))
  })
})
