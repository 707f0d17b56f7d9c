import { sectionHtml, tableHtml } from '../elements.ts'
import { type Html, html } from '../html.ts'
import { nameHtml } from '../names.ts'
import { formatConversions, formatCount, formatShare } from '../numbers.ts'
import type { PathResult } from '../report-input.ts'
import type { ReportView } from '../report-view.ts'

const SHOWN_PATHS = 10
const SHOWN_STEPS = 8

/** @returns the paths that led to the most conversions; undefined where no comparison found any. */
export function pathsSection({ input }: ReportView): Html | undefined {
  const paths = input.comparison?.paths.slice(0, SHOWN_PATHS) ?? []
  if (paths.length === 0) return undefined
  const hasValue = paths.some(({ value }) => value !== null)
  const numeric = (heading: string) => ({ heading, numeric: true })
  const columns = [
    { heading: 'path' },
    numeric('conversions'),
    numeric('times walked'),
    numeric('rate'),
    ...(hasValue ? [numeric('value')] : []),
  ]
  const rows = paths.map((path) => {
    // Who was never touched and never bought is in no path: without a touch there is no rate.
    const walked = path.channels.length > 0 ? path.conversions + path.nullPaths : null
    return [
      pathHtml(path),
      formatCount(path.conversions),
      formatCount(walked),
      formatShare(walked ? path.conversions / walked : null),
      ...(hasValue ? [formatConversions(path.value)] : []),
    ]
  })
  return sectionHtml(
    'paths',
    'Commonest paths',
    tableHtml('Paths with the most conversions', columns, rows, 'paths'),
  )
}

/** The middle of a long path is left out: it can hold hundreds of touches. */
function pathHtml({ channels }: PathResult): Html {
  if (channels.length === 0) return html`<span class="quiet">no touch</span>`
  const cut = channels.length > SHOWN_STEPS
  const head = cut ? channels.slice(0, SHOWN_STEPS - 2) : channels
  const tail = cut ? channels.slice(-1) : []
  const steps = [
    ...head.map((channel) => html`<li>${nameHtml(channel, 18)}</li>`),
    ...(cut ? [html`<li class="quiet">${channels.length - head.length - tail.length} more</li>`] : []),
    ...tail.map((channel) => html`<li>${nameHtml(channel, 18)}</li>`),
  ]
  return html`<ol class="path">${steps}</ol>`
}
