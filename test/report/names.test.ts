import { describe, expect, it } from 'vitest'
import {
  isolatedName,
  nameHtml,
  plainText,
  sentenceHtml,
  shortName,
  visibleName,
} from '../../src/report/names.ts'

describe('names from the data', () => {
  it('shows characters that turn or hide text, instead of obeying them', () => {
    expect(visibleName('a\u202eb\u2066c\u0000d\ne\u{e0041}')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\ufffd')
  })

  it('keeps Japanese, Hebrew, joined emoji and marks of direction', () => {
    for (const name of ['検索広告', 'שלום', '👩‍💻', 'a\u200fb']) expect(visibleName(name)).toBe(name)
  })

  it('cuts long names by the columns they take, with an ellipsis, and never inside a character', () => {
    expect(shortName('abcdefghij', 10)).toBe('abcdefghij')
    expect(shortName('abcdefghijk', 10)).toBe('abcdefghi…')
    expect(shortName('検索広告リスティング', 10)).toBe('検索広告…')
    expect(shortName('👩‍💻👩‍💻👩‍💻👩‍💻', 5)).toBe('👩‍💻👩‍💻…')
  })

  it('sets a name apart in markup, with the whole of it where it was cut', () => {
    expect(nameHtml('mail "x"').markup).toBe('<bdi>mail &quot;x&quot;</bdi>')
    expect(nameHtml('a'.repeat(40)).markup).toBe(`<bdi title="${'a'.repeat(40)}">${'a'.repeat(31)}…</bdi>`)
  })

  it('sets a name apart in plain text where it could turn the text around it', () => {
    expect(isolatedName('email')).toBe('email')
    expect(isolatedName('שלום')).toBe('\u2068שלום\u2069')
  })

  it('keeps names apart from the words of a sentence', () => {
    const sentence = ['Most: ', { name: '<b>' }, '.']
    expect(plainText(sentence)).toBe('Most: <b>.')
    expect(sentenceHtml(sentence).markup).toBe('Most: <span class="name"><bdi>&lt;b&gt;</bdi></span>.')
  })
})
