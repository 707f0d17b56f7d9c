import { describe, expect, it } from 'vitest'
import { formatNumber, formatShare, formatTextTable, numberColumn } from '../../src/commands/text-table.ts'

type Row = readonly [name: string, figure: string]
const name = { heading: 'channel', cell: ([cell]: Row) => cell }
const figure = { heading: 'n', cell: ([, cell]: Row) => cell }

describe('formatTextTable', () => {
  it('aligns text to the left and numbers to the right under a rule', () => {
    const table = formatTextTable(
      [name, numberColumn('share', figure.cell)],
      [
        ['e-mail', '9.5%'],
        ['search', '12.0%'],
      ],
    )
    expect(table).toBe(['channel  share', '-------  -----', 'e-mail    9.5%', 'search   12.0%'].join('\n'))
  })

  it('gives East Asian characters the two columns that a terminal gives them', () => {
    const table = formatTextTable([name, figure], [['メール', '1']])
    expect(table).toBe(['channel  n', '-------  -', 'メール   1'].join('\n'))
  })

  it('keeps a cell in its line and lets it steer nothing', () => {
    const table = formatTextTable([name, figure], [['a\n\x1b[1A\u202eb', '1']])
    expect(table.split('\n')).toEqual([
      'channel              n',
      '-------------------  -',
      'a\\n\\u001b[1A\\u202eb  1',
    ])
  })

  it('counts what a reader sees as one character once: joined emoji, combining marks', () => {
    const table = formatTextTable(
      [name, figure],
      [
        ['👩‍💻', '1'],
        ['re\u0301el', '2'],
      ],
    )
    expect(table).toBe(['channel  n', '-------  -', '👩‍💻       1', 're\u0301el     2'].join('\n'))
  })
})

describe('numbers for readers', () => {
  it('groups thousands and rounds', () => expect(formatNumber(12345.678, 1)).toBe('12,345.7'))
  it('shows no share as a dash', () =>
    expect([formatShare(null), formatShare(0.1234)]).toEqual(['-', '12.3%']))
})
