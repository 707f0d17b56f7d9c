import { describe, expect, it } from 'vitest'
import { formatNumber, formatShare, formatTextTable } from '../../src/commands/text-table.ts'

describe('formatTextTable', () => {
  it('aligns text to the left and numbers to the right under a rule', () => {
    const table = formatTextTable(
      [{ heading: 'channel' }, { heading: 'share', numeric: true }],
      [
        ['e-mail', '9.5%'],
        ['search', '12.0%'],
      ],
    )
    expect(table).toBe(['channel  share', '-------  -----', 'e-mail    9.5%', 'search   12.0%'].join('\n'))
  })

  it('gives East Asian characters the two columns that a terminal gives them', () => {
    const table = formatTextTable([{ heading: 'channel' }, { heading: 'n' }], [['メール', '1']])
    expect(table).toBe(['channel  n', '-------  -', 'メール   1'].join('\n'))
  })

  it('counts what a reader sees as one character once: joined emoji, combining marks', () => {
    const table = formatTextTable(
      [{ heading: 'channel' }, { heading: 'n' }],
      [
        ['👩‍💻', '1'],
        ['re\u0301el', '2'],
      ],
    )
    expect(table).toBe(['channel  n', '-------  -', '👩‍💻       1', 're\u0301el     2'].join('\n'))
  })
})

describe('numbers for people', () => {
  it('groups thousands and rounds', () => expect(formatNumber(12345.678, 1)).toBe('12,345.7'))
  it('shows no share as a dash', () =>
    expect([formatShare(null), formatShare(0.1234)]).toEqual(['-', '12.3%']))
})
