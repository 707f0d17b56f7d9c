import { describe, expect, it } from 'vitest'
import { pageDataHtml, pageDataOf } from '../../src/report/encode-page-data.ts'
import { creditFigure } from '../../src/report/figures/credit-figure.ts'
import { daysFigure } from '../../src/report/figures/days-figure.ts'
import { type PageData, shownMethodOf } from '../../src/report/page-data.ts'
import type { ReportInput } from '../../src/report/report-input.ts'
import { viewOf } from '../../src/report/report-view.ts'
import { CREDITS, type Credits, fullInput, manyChannels, workplaceInput } from './fixtures.ts'

/** The data as the script reads them from the page. */
function readBack(input: ReportInput): PageData {
  const { markup } = pageDataHtml(pageDataOf(viewOf(input)))
  return JSON.parse(markup.replace(/^<script[^>]*>|<\/script>$/g, ''))
}

const hostile: Credits = [
  ['</script><script>alert(1)</script>', 600],
  ['\u202egnp.exe', 300],
  ['🛒 検索', 200],
  ['a\u2028b', 100],
]

describe('what the script draws from', () => {
  it.each([
    ['seven channels', workplaceInput()],
    [
      'credits of eight digits',
      workplaceInput(CREDITS.map(([channel, credit]) => [channel, credit * 12_345.678])),
    ],
    ['three hundred channels', fullInput(manyChannels(300))],
    ['names that want to be markup', workplaceInput(hostile)],
  ])('gives the figures that the page was made with: %s', (_, input) => {
    const { shown } = viewOf(input)
    const again = shownMethodOf(readBack(input), 0, undefined)
    expect(again && creditFigure(again).markup).toBe(creditFigure(shown).markup)
    expect(again && daysFigure(again)?.markup).toBe(daysFigure(shown)?.markup)
  })

  it('holds campaigns that add up to their channel, and segments', () => {
    const data = readBack(workplaceInput())
    const [leading] = data.methods
    const [place = -1, conversions] = leading?.totals[0] ?? []
    const own = leading?.campaigns.filter(([channel]) => channel === place) ?? []
    // Numbers have six digits or three decimals.
    expect(own.reduce((sum, [, , credited]) => sum + (credited ?? 0), 0)).toBeCloseTo(conversions ?? 0, 2)
    const [, , , , , lower, upper] = data.methods[1]?.campaigns[0] ?? []
    expect([lower, upper].map((end) => typeof end)).toEqual(['number', 'number'])
    expect(data.segments).toEqual(['returning', '新規'])
    expect(shownMethodOf(data, 0, 1)?.totals.channels.length).toBe(CREDITS.length)
    expect(shownMethodOf(data, 99, undefined)).toBeUndefined()
  })

  it('ends no element and turns no text, whatever channels are called', () => {
    const { markup } = pageDataHtml(pageDataOf(viewOf(workplaceInput(hostile))))
    expect(markup.match(/<\/?script/g)).toEqual(['<script', '</script'])
    expect(markup).not.toMatch(/[\u2028-\u202e]/)
  })
})
