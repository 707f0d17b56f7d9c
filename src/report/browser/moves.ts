import { type Html, html } from '../html.ts'
import { type PageData, shownMethodOf } from '../page-data.ts'
import { moveHtml, moveSentence, type SpentChannel } from '../what-if.ts'
import { announce, choiceOf, element, fill, labelled, wholeName } from './elements.ts'
import type { View } from './view.ts'

/** Lets readers move spend from one channel to another; nothing without spend. */
export function offerMoves(data: PageData, view: View): void {
  const place = document.getElementById('move-spend')
  if (place === null) return
  const names = data.spend.map(([channel]) => wholeName(data.channels[channel] ?? ''))
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
  const result = element('div', { id: 'moved-conversions' })
  place.append(controls, result)
  const drawMove = () => {
    const { spent, by } = spentChannels(data, view)
    const move = resultOf(
      spent[Number(from.select.value)],
      spent[Number(to.select.value)],
      amount.valueAsNumber,
      by,
    )
    fill(result, move.shown)
    return move
  }
  const draw = () => {
    drawMove()
    return result
  }
  const redraw = () => {
    const { heard } = drawMove()
    view.changed(result)
    announce(heard)
  }
  from.select.addEventListener('change', () => {
    amount.value = proposed()
    redraw()
  })
  to.select.addEventListener('change', redraw)
  amount.addEventListener('input', redraw)
  view.redrawWith(draw)
  draw()
}

/** The table of a move, or why there is none, and the sentence that tells who can't see it. */
interface Move {
  readonly shown: Html
  readonly heard: string
}

function resultOf(
  from: SpentChannel | undefined,
  to: SpentChannel | undefined,
  amount: number,
  by: string,
): Move {
  const refused = (heard: string, className: string): Move => {
    return { shown: html`<p class="${className}">${heard}</p>`, heard }
  }
  if (from === undefined || to === undefined)
    return refused('The method that is shown has no credit for one of the two.', 'quiet')
  if (from === to) return refused('Choose two channels.', 'quiet')
  if (!(amount >= 0 && amount <= from.spend)) {
    return refused(
      `The amount must be a number from 0 to ${from.spend}, which is what the channel cost.`,
      'bad',
    )
  }
  return { shown: moveHtml(from, to, amount, by), heard: moveSentence(from, to, amount) }
}

/** In the order of the spend; undefined where the shown method has no credit for a channel. */
function spentChannels(
  data: PageData,
  view: View,
): { readonly spent: readonly (SpentChannel | undefined)[]; readonly by: string } {
  const shown = shownMethodOf(data, view.method(), undefined)
  const totals = new Map(shown?.totals.channels.map((total) => [total.channel, total]))
  const others = new Map(shown?.second?.totals.channels.map(({ channel, interval }) => [channel, interval]))
  const spent = data.spend.map(([place, spend]) => {
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
  const source = shown?.second && `, intervals around what ${shown.second.words.sentence} says`
  return { spent, by: `${shown?.words.sentence ?? ''} for all users${source ?? ''}` }
}
