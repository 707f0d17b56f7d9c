import type { PathRow } from '../../artifacts/results.ts'
import { numberColumn, sectionHtml, tableHtml, textColumn } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { formatConversions, formatCount, formatShare } from '../numbers.ts'
import { pathHtml } from '../path.ts'
import type { ReportView } from '../report-view.ts'

const SHOWN_PATHS = 10

/** @returns the paths that led to the most conversions; undefined without a comparison, or if it found none. */
export function pathsSection({ input }: ReportView): Html | undefined {
  const paths = input.comparison?.paths.slice(0, SHOWN_PATHS) ?? []
  if (paths.length === 0) return undefined
  const hasValue = paths.some(({ value }) => value !== null)
  const columns = [
    textColumn('path', ({ channels }: PathRow) => pathHtml(channels)),
    numberColumn('conversions', ({ conversions }: PathRow) => formatCount(conversions)),
    numberColumn('times taken', (path: PathRow) => formatCount(timesTaken(path))),
    numberColumn('conversion rate', conversionRate),
    ...(hasValue ? [numberColumn('value', ({ value }: PathRow) => formatConversions(value))] : []),
  ]
  const table = tableHtml('Paths with the most conversions', columns, paths, 'paths')
  const note =
    input.manifest.options.creditFrom === null
      ? undefined
      : html`<p>Conversions are those that are credited; how often a path was taken, and its rate, are of all days that were learned from.</p>`
  return sectionHtml('paths', 'Most common paths', note, table)
}

/** Null for the path without a touch: users who were never touched and never converted are not in the data. */
function timesTaken({ channels, learnedConversions, nullPaths }: PathRow): number | null {
  return channels.length > 0 ? learnedConversions + nullPaths : null
}

function conversionRate(path: PathRow): string {
  const taken = timesTaken(path)
  return formatShare(taken ? path.learnedConversions / taken : null)
}
