import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Html, html } from '../../src/report/html.ts'
import { all, parsePage } from './parse-page.ts'

describe('the template', () => {
  it('escapes what could end a text or an attribute', () => {
    const name = `<script>alert("x")</script> & 'y'`
    expect(html`<p title="${name}">${name}</p>`.markup).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">' +
        '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</p>',
    )
  })

  it('keeps markup that it made itself, joins lists and leaves nothing for empty values', () => {
    const items = ['a<', 'b'].map((text) => html`<li>${text}</li>`)
    expect(html`<ul>${items}</ul>${null}${undefined}${0}`.markup).toBe('<ul><li>a&lt;</li><li>b</li></ul>0')
  })

  it('trusts only what is said to be markup', () => {
    expect(html`${new Html('<b>')}${'<b>'}`.markup).toBe('<b>&lt;b&gt;')
  })

  it('gives back any text from an element and from an attribute, and makes no other element of it', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(fc.constantFrom('<', '>', '"', "'", '&', '</p>', '<img src=x onerror=', '-->', 'amp;'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const page = html`<!doctype html><html><body><p title="${text}">${text}</p></body></html>`
        const [paragraph, ...others] = all(parsePage(page.markup), 'body *')
        expect(others).toEqual([])
        expect(paragraph?.textContent).toBe(text)
        expect(paragraph?.getAttribute('title')).toBe(text)
      }),
    )
  })
})
