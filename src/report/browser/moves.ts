import { html } from '../html.ts'
import { isolatedName } from '../names.ts'
import { type PageData, shownMethodOf } from '../page-data.ts'
import { moveHtml, type SpentChannel } from '../what-if.ts'
import { choiceOf, element, fill, labelled } from './elements.ts'
import type { View } from './view.ts'

/** Lets readers move spend from one channel to another; nothing without spend. */
export function offerMoves(data: PageData, view: View): void {
  const place = document.getElementById('move-spend')
  if (place === null) return
  const names = data.spend.map(([channel]) => isolatedName(data.channels[channel] ?? ''))
  const [from, to] = [choiceOf('move-from', 'Move from', names), choiceOf('move-to', 'to', names)]
  to.select.value = '1'
  const amount = element('input', { type: 'number', min: '0', step: 'any', id: 'moved' })
  const proposed = () => `${Number(((data.spend[Number(from.select.value)]?.[1] ?? 0) / 10).toPrecision(2))}`
  amount.value = proposed()
  const controls = element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'Move spend' },
    from.labelled,
    to.labelled,
    labelled('the amount of', amount),
  )
  const result = element('div', { id: 'moved-conversions', 'aria-live': 'polite' })
  place.append(controls, result)
  const draw = () => {
    const spent = spentChannels(data, view)
    fill(
      result,
      resultOf(spent[Number(from.select.value)], spent[Number(to.select.value)], amount.valueAsNumber),
    )
    return result
  }
  const redraw = () => view.changed(draw())
  from.select.addEventListener('change', () => {
    amount.value = proposed()
    redraw()
  })
  to.select.addEventListener('change', redraw)
  amount.addEventListener('input', redraw)
  view.redrawWith(draw)
  draw()
}

function resultOf(from: SpentChannel | undefined, to: SpentChannel | undefined, amount: number) {
  if (from === undefined || to === undefined)
    return html`<p class="quiet">The method that is shown has no credit for one of the two.</p>`
  if (from === to) return html`<p class="quiet">Choose two channels.</p>`
  if (!(amount >= 0 && amount <= from.spend)) {
    return html`<p class="bad">The amount must be a number from 0 to ${from.spend}, which is what the channel cost.</p>`
  }
  return moveHtml(from, to, amount)
}

/** In the order of the spend; undefined where the shown method has no credit for a channel. */
function spentChannels(data: PageData, view: View): readonly (SpentChannel | undefined)[] {
  const shown = shownMethodOf(data, view.method(), undefined)
  const totals = new Map(shown?.totals.channels.map((total) => [total.channel, total]))
  const others = new Map(shown?.second?.totals.channels.map(({ channel, interval }) => [channel, interval]))
  return data.spend.map(([place, spend]) => {
    const channel = data.channels[place] ?? ''
    const total = totals.get(channel)
    if (total === undefined || total.conversions === null) return undefined
    return {
      channel,
      spend,
      conversions: total.conversions,
      interval: total.interval ?? others.get(channel) ?? null,
    }
  })
}
