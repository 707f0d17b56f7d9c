import { EvidenceRows } from '../../src/artifacts/evidence-files.ts'
import { buildEvidenceSample, type EvidenceSample } from '../../src/evidence/sample.ts'
import type { CellGrid } from '../../src/examples/pattern.ts'
import { wordLayoutOf } from '../../src/examples/pattern-words.ts'
import type { AfterConversion } from '../../src/examples/touchpoints.ts'
import type { EvidenceSpan } from '../../src/queries/evidence-key.ts'

/** A span by hand; what isn't told is a window of one day without a conversion, of user 0 on day 0. */
export interface PlainSpan extends Partial<EvidenceSpan> {
  /** Pairs of days before and channel. */
  readonly cells?: readonly (readonly [number, number])[]
}

export const plan = { rate: 1, slots: 4096, firstDay: 20_000, days: 60 }

/** The key of a span, written a second time. */
export function plainKey(span: EvidenceSpan, lookbackDays: number): number {
  const ages = lookbackDays + 1
  const digits = [
    [plan.slots, span.slot],
    [plan.days, span.day],
    [plan.days + 1, span.emptyDays],
    [ages, span.firstAge],
    [ages, span.endAge],
  ] as const
  return digits.reduce<number>((key, [radix, digit]) => key * radix + digit, span.kind)
}

/** @param grid of at most 26 cells. */
export function makeSample(
  grid: CellGrid,
  spans: readonly PlainSpan[],
  {
    rate = 1,
    examples = 'user-days' as 'user-days' | 'td-mta',
    afterConversion = 'used-up' as AfterConversion,
  } = {},
): EvidenceSample {
  const rows = new EvidenceRows(wordLayoutOf(grid))
  for (const { cells = [], ...told } of spans) {
    const span = { kind: 0, slot: 0, day: 0, emptyDays: 0, firstAge: 0, endAge: 1, ...told } as const
    const word = cells.reduce((sum, [day, channel]) => sum + 2 ** (day * grid.channelCount + channel), 0)
    rows.add(plainKey(span, grid.lookbackDays), 1, [word])
  }
  return buildEvidenceSample(
    [rows],
    { ...plan, rate, firstExampleDay: null, examples, afterConversion },
    grid,
  )
}
