import type { EvidenceSample } from '../../src/evidence/sample.ts'
import type { PatternRecord } from '../../src/examples/pattern.ts'

/** Examples by label and cells: `1 0.2 3.0` is a conversion with channel 2 on its own day and channel 0 three days before. */
export type ExampleCounts = Readonly<Record<string, number>>

const keyOf = (label: number, cells: readonly (readonly [number, number])[]) =>
  [label, ...cells.map(([daysBefore, channel]) => `${daysBefore}.${channel}`)].join(' ')

/** @returns all examples that the sample tells of, made one by one. */
export function countExamples(sample: EvidenceSample): ExampleCounts {
  const { grid, converts, firstAge, endAge, emptyDays, cellStart, cells, weight } = sample
  const counts: Record<string, number> = {}
  const add = (key: string, count: number) => {
    if (count > 0) counts[key] = (counts[key] ?? 0) + count
  }
  for (let span = 0; span < sample.count; span++) {
    const own = [...cells.slice(cellStart[span], cellStart[span + 1])]
    for (let age = firstAge[span] ?? 0; age < (endAge[span] ?? 0); age++) {
      const aged = own.map((cell) => {
        return [Math.floor(cell / grid.channelCount) + age, cell % grid.channelCount] as const
      })
      const kept = aged.filter(([daysBefore]) => daysBefore < grid.lookbackDays)
      add(keyOf(converts[span] ?? 0, kept), weight[span] ?? 0)
    }
    add('0', (emptyDays[span] ?? 0) * (weight[span] ?? 0))
  }
  return counts
}

/** @returns the examples that patterns with counts stand for. */
export function countRecords(records: readonly PatternRecord[]): ExampleCounts {
  return Object.fromEntries(
    records.map(({ label, daysBefore, channels, count }) => {
      return [
        keyOf(
          label,
          daysBefore.map((days, at) => [days, channels[at] ?? -1] as const),
        ),
        count,
      ]
    }),
  )
}
