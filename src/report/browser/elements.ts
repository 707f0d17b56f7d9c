import type { Html } from '../html.ts'
import { isolatedName } from '../names.ts'

/** @returns an element with attributes and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** Shows markup, which `html` has escaped, inside an element. */
export function fill(place: Element, content: Html | undefined): void {
  place.innerHTML = content?.markup ?? ''
}

/** @returns a name for a choice or a message: whole, so that names that differ late don't look the same. */
export function wholeName(name: string): string {
  return isolatedName(name, Number.POSITIVE_INFINITY)
}

/** A choice among names. */
export interface Choice {
  /** Label and select. */
  readonly labelled: HTMLElement
  readonly select: HTMLSelectElement
}

/**
 * @param id of the select, whose values are the places of the names.
 * @param none a first entry without a place.
 */
export function choiceOf(id: string, label: string, names: readonly string[], none?: string): Choice {
  const select = element('select', { id })
  if (none !== undefined) select.append(element('option', { value: '' }, none))
  for (const [place, name] of names.entries()) select.append(element('option', { value: `${place}` }, name))
  return { labelled: labelled(label, select), select }
}

/** @returns a field, which has an id, behind its label. */
export function labelled(label: string, field: HTMLElement): HTMLElement {
  return element('span', { class: 'field' }, element('label', { for: field.id }, label), field)
}

/** Tells readers who can't see it what has happened. */
export function announce(message: string): void {
  const place = document.getElementById('status')
  if (place !== null) place.textContent = message
}
