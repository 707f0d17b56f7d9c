import { sectionHtml } from '../elements.ts'
import { daysFigure } from '../figures/days-figure.ts'
import { type Html, html } from '../html.ts'
import type { ReportView } from '../report-view.ts'

/** @returns how many days before the conversion the credited touches were; undefined if that is unknown. */
export function daysSection({ shown }: ReportView): Html | undefined {
  const figure = daysFigure(shown)
  if (figure === undefined) return undefined
  return sectionHtml('days', 'Time from touch to conversion', html`<div id="days-figure">${figure}</div>`)
}
