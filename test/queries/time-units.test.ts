import { describe, expect, it } from 'vitest'
import type { TimeUnit } from '../../src/examples/touchpoints.ts'
import { describeImpossibleTimes } from '../../src/queries/time-units.ts'

const asNumbers = 'write them as unix seconds, or as text such as 2026-01-31T09:30:00Z'

describe('impossible times', () => {
  it.each<[number, TimeUnit, string]>([
    [1_767_225_600_000, 's', 'milliseconds, which --time-unit ms (TIME_UNIT) reads'],
    [1_767_225_600_000_000, 's', 'microseconds, which --time-unit us (TIME_UNIT) reads'],
    [1_767_225_600_000_000_000, 's', 'nanoseconds, which --time-unit ns (TIME_UNIT) reads'],
    [1_767_225.6, 'ms', 'seconds, which --time-unit s (TIME_UNIT) reads'],
    [1_767_225_600_000, 'ms', 'microseconds, which --time-unit us (TIME_UNIT) reads'],
    [46_023, 's', `Excel serial dates, days since 1900: ${asNumbers}`],
    [20_260_101, 's', `dates written as numbers, yyyymmdd: ${asNumbers}`],
    [202_601_010_930, 's', `times written as numbers, yyyymmddhhmm: ${asNumbers}`],
    [20_260_101_093_000, 's', `times written as numbers, yyyymmddhhmmss: ${asNumbers}`],
    [253_402_214_400, 's', 'the year 9999, which often stands for no time: leave the time or the row out'],
  ])('%d read as %s are called what they are', (sec, unit, what) => {
    const { remedy } = describeImpossibleTimes({ leastSec: sec, greatestSec: sec }, unit)
    expect(remedy).toBe(`they look like ${what}`)
  })

  it.each([0, -5, 86_400])('may be nothing in particular: %d', (sec) => {
    expect(describeImpossibleTimes({ leastSec: sec, greatestSec: sec }).remedy).toBeUndefined()
  })

  it('are shown as they are in the table', () => {
    const times = { leastSec: 1_767_225, greatestSec: 1_767_225 }
    expect(describeImpossibleTimes(times, 'ms').example).toBe('1767225000 (1970-01-21T10:53:45Z)')
  })
})
