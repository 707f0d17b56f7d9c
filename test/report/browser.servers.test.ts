import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildReport } from '../../src/report/page.ts'
import { buildPathsPage } from '../../src/report/paths-page.ts'
import type { ReportInput } from '../../src/report/report-input.ts'
import { findChromium, openPage, violationsOf } from './chromium.ts'
import { CREDITS, type Credits, fullInput, manyChannels, shapleyOf } from './fixtures.ts'

const found = await findChromium()
const skipped = 'missing' in found ? ` (skipped: ${found.missing})` : ''
const folder = resolve('test-results/report')

const hostile: Credits = [
  ['検索広告（リスティング）', 900],
  ['<script>document.title = "broken"</script>', 700],
  ['"><img src="http://127.0.0.1:9/x" onerror="document.title = 1">', 500],
  [`a very long name of a channel ${'that goes on '.repeat(10)}`, 300],
  ['\u202egnp.exe', 200],
  ['שלום', 100],
]
const noSignal = { ...shapleyOf(CREDITS).signal!, pValue: 0.42, hasSignal: false }
const reports: Readonly<Record<string, ReportInput>> = {
  full: fullInput(),
  names: fullInput(hostile),
  many: fullInput(manyChannels(300)),
  'no-signal': { ...fullInput(), shapley: shapleyOf(CREDITS, { signal: noSignal }) },
  bare: {
    ...fullInput(),
    model: undefined,
    comparison: undefined,
    performance: undefined,
    truth: undefined,
    shapley: shapleyOf(CREDITS, { signal: null, evidence: [], calibration: [] }),
  },
}

/** A page of paths without times, whose names are those of the report. */
function pathsPage(): string {
  const { comparison } = fullInput(hostile)
  if (comparison === undefined) throw new Error('no comparison')
  return buildPathsPage({ ...comparison, runId: 'r1', source: 'mta.<b>paths</b>.csv', conversions: 2700 })
}

const pages: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.entries(reports).map(([name, input]) => [name, () => buildReport(input)])),
  paths: pathsPage,
}

describe.skipIf(skipped !== '')(`the report in Chromium${skipped}`, () => {
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    for (const [name, build] of Object.entries(pages)) {
      writeFileSync(`${folder}/${name}.html`, build())
    }
    browser = await chromium.launch({ executablePath: 'path' in found ? found.path : '' })
  })
  afterAll(async () => {
    await browser?.close()
  })

  const open = (name: string, scheme: 'light' | 'dark' = 'light', width = 1280) =>
    openPage(browser, `${folder}/${name}.html`, { scheme, width })

  const screens = [
    ['light', 1280],
    ['dark', 390],
    ['dark', 1280],
    ['light', 390],
  ] as const
  const cases = Object.keys(pages).flatMap((name) =>
    screens.slice(0, name === 'full' ? 4 : 2).map(([scheme, width]) => [name, scheme, width] as const),
  )

  it.each(cases)(
    '%s, %s, %i px: opens in silence, axe-core finds nothing, nothing is wider than the screen',
    async (name, scheme, width) => {
      const { page, complaints } = await open(name, scheme, width)
      await page.screenshot({ path: `${folder}/${name}-${scheme}-${width}.png`, fullPage: true })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(complaints).toEqual([])
      expect(await violationsOf(page)).toEqual([])
      await page.close()
    },
  )

  it('fails for a page that axe-core finds fault with', async () => {
    const { page } = await open('full')
    await page.evaluate('document.querySelector("svg").removeAttribute("aria-label")')
    expect((await violationsOf(page)).map((violation) => violation.split(':')[0])).toEqual(['svg-img-alt'])
    await page.close()
  })

  it.each([1280, 390])(
    'shows every chart at %i px, and its table when the keyboard asks for it',
    async (width) => {
      const { page } = await open('full', 'light', width)
      const figures = await page.locator('figure').all()
      expect(figures.length).toBe(8)
      for (const figure of figures) {
        const charts = await figure.locator('svg[role=img]:visible').all()
        expect(charts.length).toBeGreaterThan(0)
        for (const chart of charts) {
          const box = await chart.boundingBox()
          expect(box?.width).toBeGreaterThan(250)
          expect(box?.height).toBeGreaterThan(30)
        }
        const table = figure.locator('table')
        if (await table.isVisible()) continue
        await figure.locator('summary').focus()
        await page.keyboard.press('Enter')
        expect(await table.isVisible()).toBe(true)
      }
      await page.close()
    },
  )

  it('answers which channel and how sure in its first screen', async () => {
    const { page } = await open('full')
    await page.screenshot({ path: `${folder}/first-screen.png` })
    const headline = await page.locator('h1').boundingBox()
    const bars = await page.locator('#answer svg:visible').last().boundingBox()
    expect((headline?.y ?? 800) + (headline?.height ?? 0)).toBeLessThan(200)
    expect((bars?.y ?? 800) + (bars?.height ?? 0)).toBeLessThan(800)
    await page.close()
  })

  it('lets the keyboard skip to the answer', async () => {
    const { page } = await open('full')
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.textContent()).toBe('Skip to the answer')
    expect((await focused.boundingBox())?.x).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('Enter')
    expect(await page.locator(':focus').getAttribute('id')).toBe('main')
    await page.close()
  })

  it('has its landmarks, one heading of the first rank, and no rank left out', async () => {
    const { page } = await open('full')
    for (const landmark of ['banner', 'main', 'navigation', 'contentinfo'] as const) {
      expect(await page.getByRole(landmark).count(), landmark).toBe(1)
    }
    expect(await page.locator('h1').count()).toBe(1)
    expect(await page.locator('h3, h4, h5, h6').count()).toBe(0)
    await page.close()
  })

  it('shows hostile names as text, and nothing of them runs or loads', async () => {
    const { page, complaints } = await open('names')
    expect(await page.title()).toBe('Attribution report: mta.touchpoints')
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.locator('#answer tbody th').allTextContents()).toContain(hostile[1]?.[0])
    expect(complaints).toEqual([])
    await page.close()
  })

  it('prints on A4, in light colours whatever the screen has', async () => {
    const { page } = await open('full', 'dark')
    const pdf = await page.pdf({ path: `${folder}/full.pdf`, preferCSSPageSize: true })
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length
    expect(pages).toBeGreaterThanOrEqual(2)
    expect(pages).toBeLessThanOrEqual(8)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    await page.setViewportSize({ width: 690, height: 1000 })
    await page.screenshot({ path: `${folder}/full-print.png`, fullPage: true })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.locator('nav').isVisible()).toBe(false)
    await page.close()
  })
})
