import { type Html, html } from './html.ts'
import { nameHtml } from './names.ts'

const SHOWN_STEPS = 8

/** @returns a path's channels in order; the middle of a long one is left out: it can have hundreds of touches. */
export function pathHtml(channels: readonly string[]): Html {
  if (channels.length === 0) return html`<span class="quiet">no touch</span>`
  const isLong = channels.length > SHOWN_STEPS
  const head = isLong ? channels.slice(0, SHOWN_STEPS - 2) : channels
  const tail = isLong ? channels.slice(-1) : []
  const step = (channel: string) => html`<li>${nameHtml(channel, 18)}</li>`
  const steps = [
    ...head.map(step),
    ...(isLong ? [html`<li class="quiet">${channels.length - head.length - tail.length} more</li>`] : []),
    ...tail.map(step),
  ]
  return html`<ol class="path">${steps}</ol>`
}
