import { describe, expect, it } from 'vitest'
import {
  counted,
  formatAmount,
  formatConversions,
  formatCount,
  formatDay,
  formatInterval,
  formatMeasure,
  formatPValue,
  formatShare,
} from '../../src/report/numbers.ts'

describe('numbers for people', () => {
  it('shows counts whole, small credits with one decimal, and a real minus sign', () => {
    expect([1234567, 0, -0.2, null].map(formatCount)).toEqual(['1,234,567', '0', '0', '–'])
    expect([1234.4, 9.94, 9.96, -3.14, -0.04].map(formatConversions)).toEqual([
      '1,234',
      '9.9',
      '10',
      '−3.1',
      '0.0',
    ])
  })

  it('shows shares with a space that does not break', () => {
    expect([0.2534, -0.042, null].map((share) => formatShare(share))).toEqual(['25.3%', '−4.2%', '–'])
  })

  it('shows money with cents below a thousand', () => {
    expect([12.3, 999.994, 999.996, 12345.6].map(formatAmount)).toEqual([
      '12.30',
      '999.99',
      '1,000',
      '12,346',
    ])
  })

  it('shows measures with three digits', () => {
    expect([0.034123, 0.7, 1834.2, -0.5].map(formatMeasure)).toEqual(['0.0341', '0.7', '1,834', '−0.5'])
  })

  it('shows an interval only with both ends', () => {
    expect(formatInterval(1100.2, 1300)).toBe('1,100 to 1,300')
    expect(formatInterval(1100.2, null)).toBe('–')
  })

  it('shows p-values, never as 0', () => {
    expect([0.00002, 0.005, 0.4234].map(formatPValue)).toEqual(['p < 0.001', 'p = 0.005', 'p = 0.42'])
  })

  it('shows the calendar day of the time zone', () => {
    const atSec = Date.UTC(2026, 0, 3, 20) / 1000
    expect([formatDay(atSec, 'UTC'), formatDay(atSec, 'Asia/Tokyo')]).toEqual(['3 Jan 2026', '4 Jan 2026'])
  })

  it('counts one and many', () => {
    expect([counted(1, 'channel'), counted(1200, 'channel')]).toEqual(['1 channel', '1,200 channels'])
  })
})
