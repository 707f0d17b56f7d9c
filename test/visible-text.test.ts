import fc from 'fast-check'
import { expect, it } from 'vitest'
import { visible, visibleLine, visibleOnceParsed } from '../src/visible-text.ts'

it.each([
  ['\x1b[31mred\x1b[0m', '\\u001b[31mred\\u001b[0m'],
  ['\x9b2J', '\\u009b2J'],
  ['over\rwritten\b', 'over\\u000dwritten\\u0008'],
  ['\x07\x7f\0', '\\u0007\\u007f\\u0000'],
  ['\u202egnp.exe', '\\u202egnp.exe'],
  ['\u2066\u2069\u200f\u061c\u2028', '\\u2066\\u2069\\u200f\\u061c\\u2028'],
])('shows what would steer a terminal: %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

it('leaves every other text as it is', () => {
  const text = 'メール\tno.\u00a01\n👩‍💻 naïve\u0301 \\u001b'
  expect(visible(text)).toBe(text)
  expect(visibleLine(text)).toBe(text.replace('\t', '\\t').replace('\n', '\\n'))
})

it('leaves JSON the value that it has', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff)), (units) => {
      const text = String.fromCharCode(...units)
      const json = JSON.stringify({ [text]: [text, 1] })
      expect(JSON.stringify(JSON.parse(visible(json)))).toBe(json)
    }),
  )
})

it('leaves no steering character in JSON once it is parsed', () => {
  const json = JSON.stringify({ a: ['\x1b[2J', 1, null, { '\u202ekey': '\x9b', time: 1.5 }] })
  expect(JSON.parse(visibleOnceParsed(json))).toEqual({
    a: ['\\u001b[2J', 1, null, { '\\u202ekey': '\\u009b', time: 1.5 }],
  })
})
