import type { EvidenceSample } from '../../src/evidence/sample.ts'
import { makeSample, type PlainSpan } from './make-sample.ts'

const grid = { lookbackDays: 7, channelCount: 1 }
const USERS = 100

/**
 * A hundred users who convert on the day after a touch and a hundred who convert without one; on the day after that, some of either
 * convert again.
 */
export function repeatSample(
  again: { readonly touched: number; readonly untouched: number },
  afterConversion: 'used-up' | 'keep',
): EvidenceSample {
  const isKept = afterConversion === 'keep'
  const spans = Array.from({ length: 2 * USERS }, (_, slot): readonly PlainSpan[] => {
    const isTouched = slot < USERS
    const cellsOn = (daysBefore: number) => (isTouched ? { cells: [[daysBefore, 0] as const] } : {})
    const isAgain = isTouched ? slot < again.touched : slot - USERS < again.untouched
    // On days without a touch in the window, only their number is known.
    const later = (day: number, daysBefore: number, days: number): PlainSpan =>
      isTouched && isKept
        ? { slot, day, ...cellsOn(daysBefore), endAge: days }
        : { slot, day, endAge: 0, emptyDays: days }
    return [
      isTouched ? { slot, day: 5, ...cellsOn(0) } : { slot, day: 5, endAge: 0, emptyDays: 1 },
      { slot, day: 6, kind: 1, ...cellsOn(1) },
      isAgain ? { slot, day: 7, kind: 1, ...(isKept ? cellsOn(2) : {}) } : later(7, 2, 1),
      later(8, 3, 4),
      { slot, day: 20, endAge: 0, emptyDays: 30 },
    ]
  }).flat()
  return makeSample(grid, spans, { afterConversion })
}
