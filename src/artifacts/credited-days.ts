import { localDate } from '../examples/local-days.ts'
import type { ExportManifest } from './manifest.ts'

/** The days whose conversions a run credits, as local dates such as 2026-03-01. */
export interface CreditedDays {
  readonly creditedFrom: string
  /** The last one. */
  readonly creditedTo: string
}

/** @returns the days that the options name; where these are open, those of the data. */
export function creditedDays({ options, period }: Pick<ExportManifest, 'options' | 'period'>): CreditedDays {
  const { from, to, creditFrom, timeZone } = options
  const firstAtSec = creditFrom ?? from ?? period.firstAtSec
  // The data may end before.
  const lastAtSec = to === null ? Math.max(period.lastAtSec, firstAtSec) : to - 1
  return { creditedFrom: localDate(timeZone, firstAtSec), creditedTo: localDate(timeZone, lastAtSec) }
}
