import { parseHTML } from 'linkedom'

/** What the tests need of an element: the compiler knows no DOM here. */
export interface PageElement {
  readonly localName: string
  readonly textContent: string
  readonly className: string
  readonly attributes: Iterable<{ readonly name: string }>
  getAttribute(name: string): string | null
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
}

/** @returns the document of a page. */
export function parsePage(page: string): PageElement {
  return parseHTML(page).document as unknown as PageElement
}

/** @returns all elements under another that a selector finds. */
export function all(root: PageElement | null | undefined, selector: string): readonly PageElement[] {
  return Array.from(root?.querySelectorAll(selector) ?? [])
}
