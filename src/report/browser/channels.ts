import { channelPanel } from '../channel-panel.ts'
import type { PageData } from '../page-data.ts'
import { announce, choiceOf, element, fill, wholeName } from './elements.ts'
import type { View } from './view.ts'

/** Opens a channel where it is chosen or clicked: what each method says, its campaigns, days, paths and partners. */
export function showChannels(data: PageData, view: View): { enhance(part: Element): void } {
  const content = element('div', {})
  const close = element('button', { type: 'button', class: 'close' }, 'Close')
  const panel = element('section', { id: 'channel', 'aria-labelledby': 'channel-heading' }, close, content)
  panel.hidden = true
  document.getElementById('answer')?.after(panel)
  const choice = choiceOf('choose-channel', 'Channel', data.channels.map(wholeName), 'none')
  document.querySelector('.controls')?.append(choice.labelled)
  let opener: HTMLElement | undefined

  const draw = () => {
    if (choice.select.value === '') return undefined
    fill(content, channelPanel(data, Number(choice.select.value), view.method(), view.segment()))
    return content
  }
  const show = (place: string, from: HTMLElement) => {
    choice.select.value = place
    panel.hidden = place === ''
    opener = from
    if (draw() === undefined) return announce('No channel is open.')
    view.changed(content)
    announce(`Opened below the chart: ${wholeName(data.channels[Number(place)] ?? '')}.`)
  }
  const showAndFocus = (place: string, from: HTMLElement) => {
    show(place, from)
    document.getElementById('channel-heading')?.focus()
  }
  const hide = () => {
    choice.select.value = ''
    panel.hidden = true
    if (opener?.isConnected) opener.focus()
    else choice.select.focus()
  }
  view.redrawWith(draw)
  // The focus stays: arrow keys go from one channel to the next.
  choice.select.addEventListener('change', () => show(choice.select.value, choice.select))
  close.addEventListener('click', hide)
  panel.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide()
  })
  // For the mouse only: the keyboard has the buttons of the tables, and the choice above the chart.
  document.addEventListener('click', ({ target }) => {
    const bar = target instanceof Element ? target.closest<SVGElement>('svg [data-channel]') : null
    if (bar !== null) showAndFocus(bar.dataset.channel ?? '', choice.select)
  })
  return {
    enhance: (part) => {
      for (const name of part.querySelectorAll<HTMLElement>('th > [data-channel]')) {
        const button = element('button', { type: 'button', class: 'channel' })
        button.append(...name.childNodes)
        button.addEventListener('click', () => showAndFocus(name.dataset.channel ?? '', button))
        name.replaceWith(button)
      }
    },
  }
}
