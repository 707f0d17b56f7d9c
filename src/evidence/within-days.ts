import type { EvidenceSample } from './sample.ts'

/**
 * @param fromDay @param toDay of the sample, both included.
 * @returns the sample with the examples of these days only; its touches are those of all days. O(spans).
 */
export function withinDays(sample: EvidenceSample, fromDay: number, toDay: number): EvidenceSample {
  const firstAge = sample.firstAge.map((age, span) => Math.max(age, fromDay - sample.day[span]!))
  const emptyFrom = sample.emptyFrom.map((day) => Math.max(day, fromDay))
  return {
    ...sample,
    firstAge,
    endAge: sample.endAge.map((age, span) =>
      Math.max(firstAge[span]!, Math.min(age, toDay + 1 - sample.day[span]!)),
    ),
    emptyFrom,
    emptyDays: sample.emptyDays.map((days, span) => {
      const end = Math.min(sample.emptyFrom[span]! + days, toDay + 1)
      return Math.max(0, end - emptyFrom[span]!)
    }),
    converts: sample.converts.map((converts, span) => {
      const isWithin = sample.day[span]! >= fromDay && sample.day[span]! <= toDay
      return isWithin ? converts : 0
    }),
  }
}
