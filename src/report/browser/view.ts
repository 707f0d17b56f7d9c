import { creditFigure } from '../figures/credit-figure.ts'
import { daysFigure } from '../figures/days-figure.ts'
import { html } from '../html.ts'
import { type PageData, shownMethodOf } from '../page-data.ts'
import { announce, choiceOf, element, fill, wholeName } from './elements.ts'

/** The method and the segment that the page shows. */
export interface View {
  method(): number
  /** Undefined: all users. */
  segment(): number | undefined
  /** @param listener gets each part of the page that was drawn anew. */
  onChange(listener: (changed: Element) => void): void
  /** Tells the listeners of a part that was drawn anew. */
  changed(part: Element): void
  /** A part of the page that the listeners get after every change, as it is drawn anew too. */
  redrawWith(redraw: () => Element | undefined): void
}

/** Puts the controls in front of the answer's chart and draws chart, heat map and tables anew with every choice. */
export function showView(data: PageData): View {
  const methods = choiceOf(
    'choose-method',
    'Method',
    data.methods.map(({ name }) => name),
  )
  const segments = choiceOf('choose-segment', 'Segment', data.segments.map(wholeName), 'all users')
  const note = element('p', { id: 'shown', class: 'note' })
  const controls = element(
    'div',
    { class: 'controls', role: 'group', 'aria-label': 'What the page shows' },
    methods.labelled,
    ...(data.segments.length > 0 ? [segments.labelled] : []),
  )
  document.getElementById('credit-figure')?.before(controls, note)
  document.body.append(element('p', { id: 'status', role: 'status', class: 'unseen' }))

  const listeners: ((changed: Element) => void)[] = []
  const redraws: (() => Element | undefined)[] = []
  const view: View = {
    method: () => Number(methods.select.value),
    segment: () => (segments.select.value === '' ? undefined : Number(segments.select.value)),
    onChange: (listener) => listeners.push(listener),
    changed: (part) => {
      for (const listener of listeners) listener(part)
    },
    redrawWith: (redraw) => redraws.push(redraw),
  }
  const redraw = () => {
    const drawn = [...drawFigures(data, view), ...redraws.flatMap((one) => one() ?? [])]
    note.textContent = noteOf(data, view)
    for (const part of drawn) view.changed(part)
    announce(
      `Showing ${methods.select.selectedOptions[0]?.text}, ${segments.select.selectedOptions[0]?.text}.`,
    )
  }
  methods.select.addEventListener('change', redraw)
  segments.select.addEventListener('change', redraw)
  return view
}

function drawFigures(data: PageData, view: View): readonly Element[] {
  const shown = shownMethodOf(data, view.method(), view.segment())
  const [credit, days] = [document.getElementById('credit-figure'), document.getElementById('days-figure')]
  const wereOpen = [credit, days].map((place) => place?.querySelector('details')?.open ?? false)
  const missing = (what: string) =>
    html`<p class="quiet">${data.methods[view.method()]?.name} has no credit by ${what}.</p>`
  if (credit !== null) fill(credit, shown === undefined ? missing('segment') : creditFigure(shown))
  if (days !== null) fill(days, (shown && daysFigure(shown)) ?? missing('day'))
  const drawn = [credit, days].filter((place) => place !== null)
  for (const [at, place] of drawn.entries()) {
    const details = place.querySelector('details')
    if (details !== null) details.open = wereOpen[at] ?? false
  }
  return drawn
}

/** Nothing where the page shows what it says in its text. */
function noteOf(data: PageData, view: View): string {
  const [method, segment] = [view.method(), view.segment()]
  if (method === 0 && segment === undefined) return ''
  const users =
    segment === undefined ? '' : ` among the users of segment ${wholeName(data.segments[segment] ?? '')}`
  const { name, explanation } = data.methods[method] ?? { name: '', explanation: '' }
  return `The chart of credit, the heat map, their tables and an opened channel show ${name}${users}. ${explanation} The other parts and the sentences of this page speak of ${data.methods[0]?.sentence} and all users.`
}
