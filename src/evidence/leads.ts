import type { CellGrid } from '../examples/pattern.ts'
import { HazardColumns } from '../hazard/columns.ts'
import { HALF_LIVES } from '../hazard/decay.ts'
import { EventRowsBuilder } from '../hazard/event-rows.ts'
import { addUpExposure, CellCounts, type ExposureRule, MOMENT_EXPOSURE } from '../hazard/exposure.ts'
import type { EventRows } from '../numerics/non-negative-poisson.ts'
import { addUpGroups, groupExposures } from './group-cells.ts'
import type { EvidenceSample } from './sample.ts'
import { UserDays } from './user-days.ts'

/** Days after an example's day on which touches are looked for. */
const LEAD_DAYS = 6

/**
 * Conversions, and the examples that they are compared with, by touches before (lags) and after (leads): the columns of
 * the hazard model, then one for the user's activity, then the leads of each channel by half-life.
 */
export interface LeadExamples {
  readonly rows: EventRows
  /** Days of exposure per column. */
  readonly exposure: Float64Array
  /** The column of the activity; leads follow it. */
  readonly activity: number
  /** The leads' own columns; their first one is that of the activity. */
  readonly leads: HazardColumns
}

/** @returns the column of a channel's leads with a half-life. */
export function leadColumn(
  { activity, leads }: Pick<LeadExamples, 'activity' | 'leads'>,
  channel: number,
  halfLife: number,
): number {
  return activity + leads.columnOf(channel, halfLife)
}

/**
 * Leads are the touches on the 1 to 6 days after an example's day, whole days each. Day 0 after the conversion is left out:
 * that is when orders are confirmed. Near the end of the data fewer days are seen, for conversions and all other examples
 * alike.
 *
 * Activity is a user's touched cells per day of the data since the user's first row: whoever is touched more often has more
 * touches on every day, before as after, and more of them hide in one cell or behind a conversion. That is no sign of
 * confounding, and without this column it would look like one.
 * One pass over the sample, O(cells + examples + users * days).
 */
export function readLeads(sample: EvidenceSample, rule: ExposureRule): LeadExamples {
  const after: CellGrid = { ...sample.grid, lookbackDays: LEAD_DAYS + 1 }
  const columns = {
    lags: new HazardColumns(sample.grid, HALF_LIVES),
    leads: new HazardColumns(after, HALF_LIVES),
  }
  const lags = new EventRowsBuilder(columns.lags)
  const leads = new EventRowsBuilder(columns.leads)
  const exposed = new CellCounts(after)
  const activities: number[] = []
  const user = new UserDays(sample)
  let activityExposure = 0
  for (let at = 0; at < sample.users; at++) {
    user.read(at)
    const firstDay = sample.day[sample.userStart[at]!]!
    const activity = user.touches.length / (sample.days - firstDay)
    activityExposure += activity * addExposure(user, exposed)
    for (let span = sample.userStart[at]!; span < sample.userStart[at + 1]!; span++) {
      if (sample.converts[span] !== 1) continue
      addConversion(sample, span, user, { lags, leads })
      activities.push(activity)
    }
  }
  const lagExposure = addUpGroups(groupExposures(sample, columns.lags, rule))
  const leadExposure = addUpExposure(columns.leads, new CellCounts(after), exposed, MOMENT_EXPOSURE)
  leadExposure[0] = activityExposure
  const activity = lagExposure.length
  return {
    rows: joinRows(lags.eventRows(), activities, leads.eventRows(), activity),
    exposure: Float64Array.from([...lagExposure, ...leadExposure]),
    activity,
    leads: columns.leads,
  }
}

/** Adds the examples that have each touch of the user as a lead. @returns all examples of the user. */
function addExposure({ touches, examples }: UserDays, { cells, grid }: CellCounts): number {
  for (const at of touches) {
    const channel = at % grid.channelCount
    const day = (at - channel) / grid.channelCount
    for (let after = 1; after <= Math.min(LEAD_DAYS, day); after++) {
      cells[after * grid.channelCount + channel]! += examples[day - after]!
    }
  }
  return examples.reduce((sum, count) => sum + count, 0)
}

function addConversion(
  { cells, cellStart, day, days, weight, grid: { channelCount } }: EvidenceSample,
  span: number,
  { isTouched }: UserDays,
  { lags, leads }: { readonly lags: EventRowsBuilder; readonly leads: EventRowsBuilder },
): void {
  for (let k = cellStart[span]!; k < cellStart[span + 1]!; k++) lags.touch(cells[k]!)
  lags.endRow(weight[span]!)
  const seen = Math.min(LEAD_DAYS, days - 1 - day[span]!)
  for (let after = 1; after <= seen; after++) {
    for (let channel = 0; channel < channelCount; channel++) {
      if (isTouched[(day[span]! + after) * channelCount + channel] === 1) {
        leads.touch(after * channelCount + channel)
      }
    }
  }
  leads.endRow(weight[span]!)
}

/** The leads' column 0 is that of the activity. */
function joinRows(
  lags: EventRows,
  activities: readonly number[],
  leads: EventRows,
  activityColumn: number,
): EventRows {
  const column = new Uint16Array(lags.column.length + leads.column.length)
  const entry = new Float64Array(column.length)
  const rowStart = lags.rowStart.map((start, row) => start + leads.rowStart[row]!)
  activities.forEach((activity, row) => {
    let end = rowStart[row]!
    for (let k = lags.rowStart[row]!; k < lags.rowStart[row + 1]!; k++) {
      column[end] = lags.column[k]!
      entry[end++] = lags.entry[k]!
    }
    for (let k = leads.rowStart[row]!; k < leads.rowStart[row + 1]!; k++) {
      column[end] = activityColumn + leads.column[k]!
      entry[end++] = leads.column[k] === 0 ? activity : leads.entry[k]!
    }
  })
  return { rowStart, column, entry, count: lags.count }
}
