import { channelPanel } from '../channel-panel.ts'
import { isolatedName } from '../names.ts'
import type { PageData } from '../page-data.ts'
import { choiceOf, element, fill } from './elements.ts'
import type { View } from './view.ts'

/** Opens a channel where it is chosen or clicked: what each method says, its campaigns, days, paths and partners. */
export function showChannels(data: PageData, view: View): { enhance(part: Element): void } {
  const content = element('div', {})
  const close = element('button', { type: 'button', class: 'close' }, 'Close')
  const panel = element('section', { id: 'channel', 'aria-labelledby': 'channel-heading' }, close, content)
  panel.hidden = true
  document.getElementById('answer')?.after(panel)
  const choice = choiceOf(
    'choose-channel',
    'Channel',
    data.channels.map((channel) => isolatedName(channel)),
    'none',
  )
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
    if (draw() === undefined) return
    view.changed(content)
    document.getElementById('channel-heading')?.focus()
  }
  const hide = () => {
    choice.select.value = ''
    panel.hidden = true
    if (opener?.isConnected) opener.focus()
    else choice.select.focus()
  }
  view.redrawWith(draw)
  choice.select.addEventListener('change', () => show(choice.select.value, choice.select))
  close.addEventListener('click', hide)
  panel.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide()
  })
  // For the mouse only: the keyboard has the buttons of the tables, and the choice above the chart.
  document.addEventListener('click', ({ target }) => {
    const bar = target instanceof Element ? target.closest<SVGElement>('svg [data-channel]') : null
    if (bar !== null) show(bar.dataset.channel ?? '', choice.select)
  })
  return {
    enhance: (part) => {
      for (const name of part.querySelectorAll<HTMLElement>('th > [data-channel]')) {
        const button = element('button', { type: 'button', class: 'channel' })
        button.append(...name.childNodes)
        button.addEventListener('click', () => show(name.dataset.channel ?? '', button))
        name.replaceWith(button)
      }
    },
  }
}
