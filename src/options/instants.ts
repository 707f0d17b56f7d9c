import { firstInstantOf, startOfDayBefore } from '../examples/local-days.ts'
import { boundary, instant } from './option-kinds.ts'
import type { AnyTable } from './option-spec.ts'
import { optionTable, type Resolved } from './option-table.ts'
import { type Boundary, countOf, type Instant, isDaysBefore, localSecondsOf } from './parse-instant.ts'

/** What makes instants of the times in options. */
export interface Calendar {
  readonly timeZone: string
  /** The session's time, in unix seconds, where `--session-time` is not given. */
  readonly sessionSec: number
}

/** Options with times, as far as a command has them. */
export interface Times {
  readonly sessionTime?: Instant | undefined
  readonly from?: Boundary | undefined
  readonly to?: Boundary | undefined
  readonly creditFrom?: Boundary | undefined
}

/** The names of the options that are times. */
const names: ReadonlySet<string> = new Set(
  Object.entries(optionTable as AnyTable).flatMap(([name, { type }]) =>
    type === instant || type === boundary ? name : [],
  ),
)

/** @returns the options with unix seconds in place of local times and of days before the session. */
export function toInstants<Given extends Times>(options: Given, calendar: Calendar): Resolved<Given> {
  const { timeZone } = calendar
  const { sessionTime } = options
  const sessionSec = sessionTime === undefined ? calendar.sessionSec : instantOf(sessionTime, calendar)
  const entries = Object.entries(options).map(([name, value]: [string, unknown]) => {
    const isTime = names.has(name) && value !== undefined
    return [name, isTime ? instantOf(value as Boundary, { timeZone, sessionSec }) : value]
  })
  return Object.fromEntries(entries) as Resolved<Given>
}

function instantOf(time: Boundary, { timeZone, sessionSec }: Calendar): number {
  if (typeof time === 'number') return time
  if (isDaysBefore(time)) return startOfDayBefore(timeZone, sessionSec, countOf(time))
  return firstInstantOf(timeZone, localSecondsOf(time))
}
