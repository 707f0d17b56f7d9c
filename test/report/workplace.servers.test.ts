import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildReport } from '../../src/report/page.ts'
import { findChromium, openPage, violationsOf } from './chromium.ts'
import { type Credits, workplaceInput } from './fixtures.ts'

const found = await findChromium()
const skipped = 'missing' in found ? ` (skipped: ${found.missing})` : ''
const folder = resolve('test-results/report')
const file = `${folder}/workplace.html`

const HOSTILE = '<img src=x onerror=alert(1)>'
const credits: Credits = [
  ['検索広告', 897],
  ['email', 680],
  ['video', 573],
  [HOSTILE, 320],
  ['=1+1', 120],
  ['direct', -14],
]

describe.skipIf(skipped !== '')(`the report as a place to work, in Chromium${skipped}`, () => {
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, buildReport(workplaceInput(credits)))
    browser = await chromium.launch({ executablePath: 'path' in found ? found.path : '' })
  })
  afterAll(async () => {
    await browser?.close()
  })

  /** Opens the report, works with it, and closes it again; it must never complain, nor need anything from elsewhere. */
  async function withReport(work: (page: Page) => Promise<void>, width = 1280): Promise<void> {
    const { page, complaints } = await openPage(browser, file, { width })
    await work(page)
    expect(complaints).toEqual([])
    await page.close()
  }

  const markup = (page: Page, selector: string): Promise<string> =>
    page.locator(selector).evaluate((place: { innerHTML: string }) => place.innerHTML)
  const names = (page: Page, table: string) => page.locator(`${table} tbody th`).allTextContents()
  const unfold = (page: Page, figure: string) => page.locator(`${figure} summary`).first().click()

  it('shows nothing of its controls without scripts, and all its tables', async () => {
    const { page } = await openPage(browser, file, { javaScriptEnabled: false })
    expect(await page.locator('select, button, input').count()).toBe(0)
    expect(await page.locator('#what-if tbody tr').count()).toBe(credits.length)
    await page.close()
  })

  it('switches the method of chart, heat map and tables, by the keyboard, and back to the same drawing', async () => {
    await withReport(async (page) => {
      const drawings = async () => [
        (await markup(page, '#credit-figure')).match(/<svg.*?<\/svg>/gs),
        (await markup(page, '#days-figure')).match(/<svg.*?<\/svg>/gs),
      ]
      const before = await drawings()
      expect(before[0]?.length).toBe(4)
      await page.getByLabel('Method', { exact: true }).focus()
      await page.keyboard.press('ArrowDown')
      expect(
        await page.getByLabel('Method', { exact: true }).evaluate((one: { value: string }) => one.value),
      ).toBe('1')
      expect(await page.locator('#shown').textContent()).toContain(
        'The chart of credit, the heat map, their tables and an opened channel show Hazard model',
      )
      const after = await drawings()
      expect(after[0]).not.toEqual(before[0])
      expect(after[1]).not.toEqual(before[1])
      await unfold(page, '#credit-figure')
      expect(await page.locator('#credit-figure tbody tr').first().textContent()).toMatch(
        /938.*844 to 1,032/s,
      )
      await page.getByLabel('Method', { exact: true }).selectOption('Markov chain 1')
      expect(await page.locator('#days-figure').textContent()).toContain(
        'Markov chain 1 has no credit by day.',
      )
      // What was unfolded stays so.
      expect(await page.locator('#credit-figure table').isVisible()).toBe(true)
      await page.getByLabel('Method', { exact: true }).selectOption('Neural network')
      expect(await drawings()).toEqual(before)
      expect(await page.locator('#shown').textContent()).toBe('')
      expect(await page.getByRole('status').textContent()).toBe('Showing Neural network, all users.')
    })
  })

  it('switches to the users of a segment', async () => {
    await withReport(async (page) => {
      await unfold(page, '#credit-figure')
      const all = await page.locator('#credit-figure tbody').textContent()
      await page.getByLabel('Segment', { exact: true }).selectOption('\u2068新規\u2069')
      const segment = await page.locator('#credit-figure tbody').textContent()
      expect(segment).not.toBe(all)
      expect(await page.locator('#shown').textContent()).toContain('among the users of segment')
      await page.getByLabel('Method', { exact: true }).selectOption('Linear')
      expect(await page.locator('#credit-figure').textContent()).toBe('Linear has no credit by segment.')
      await page.getByLabel('Segment', { exact: true }).selectOption('all users')
      expect(await page.locator('#credit-figure svg').count()).toBeGreaterThan(0)
    })
  })

  it('sorts by a column, sums last, and says how to those who can’t see it', async () => {
    await withReport(async (page) => {
      await unfold(page, '#credit-figure')
      const heading = page.locator('#credit-figure thead th').nth(1)
      const before = await names(page, '#credit-figure')
      await heading.getByRole('button').focus()
      await page.keyboard.press('Enter')
      expect(await heading.getAttribute('aria-sort')).toBe('descending')
      expect(await names(page, '#credit-figure')).toEqual(before)
      await page.keyboard.press('Enter')
      expect(await heading.getAttribute('aria-sort')).toBe('ascending')
      const channels = credits.map(([channel]) => channel)
      const ascending = await names(page, '#credit-figure')
      expect(ascending).toEqual([...channels.reverse(), ...ascending.slice(-2)])
      expect(ascending.slice(-2)).toEqual(['(all channels)', '(baseline)'])
      // Dates are no numbers, and `< 0.001` is a small one.
      const sorted = async (table: string, column: number) => {
        const button = page.locator(`${table} thead th`).nth(column).getByRole('button')
        await button.click()
        await button.click()
        return page.locator(`${table} tbody tr`).first().textContent()
      }
      expect(await sorted('#runs > .scroll', 4)).toContain('< 0.001')
      await unfold(page, '#runs figure')
      expect(await sorted('#runs figure', 0)).toContain('2026-02-01')
      await page.locator('#credit-figure thead th').first().getByRole('button').click()
      expect(await heading.getAttribute('aria-sort')).toBeNull()
    })
  })

  it('opens a channel by mouse and keyboard, with its campaigns, days, paths and partners, and closes it', async () => {
    await withReport(async (page) => {
      const panel = page.locator('#channel')
      expect(await panel.isVisible()).toBe(false)
      await unfold(page, '#credit-figure')
      const opener = page.locator('#credit-figure').getByRole('button', { name: '検索広告' })
      await opener.focus()
      await page.keyboard.press('Enter')
      expect(await page.locator(':focus').textContent()).toBe('検索広告')
      const captions = await panel.locator('caption').allTextContents()
      expect(captions).toEqual([
        'The channel by each method',
        'Campaigns of the channel',
        'Conversions of the channel by day',
        'Commonest paths that touch the channel',
      ])
      expect(await panel.locator('li').last().textContent()).toMatch(/^Together with email: 62 conversions/)
      expect(await panel.locator('table').nth(1).locator('tbody th').allTextContents()).toEqual(
        [1, 2, 3, 4].map((at) => `検索広告 ${at}`),
      )
      await page.keyboard.press('Escape')
      expect(await panel.isVisible()).toBe(false)
      expect(await page.locator(':focus').textContent()).toBe('検索広告')
      await page.locator('#credit-figure svg:visible [data-channel]').nth(3).locator('rect').click()
      expect(await page.locator('#channel-heading').textContent()).toBe(HOSTILE)
      const choice = page.getByLabel('Channel', { exact: true })
      await choice.focus()
      await choice.selectOption('email')
      expect(await page.locator('#channel-heading').textContent()).toBe('email')
      // Who chooses by arrow keys is not thrown out of the choice, and hears what opened.
      expect(await page.locator(':focus').getAttribute('id')).toBe('choose-channel')
      expect(await page.getByRole('status').textContent()).toBe('Opened below the chart: email.')
      await page.getByLabel('Method', { exact: true }).selectOption('Linear')
      expect(await panel.textContent()).toContain('Conversions credited by linear')
      await panel.getByRole('button', { name: 'Close' }).click()
      expect(await panel.isVisible()).toBe(false)
    })
  })

  it('moves spend, with an interval, a warning far from the data, and none for what was not spent', async () => {
    await withReport(async (page) => {
      const cells = () => page.locator('#moved-conversions td').allTextContents()
      await page.getByLabel('Move from', { exact: true }).selectOption('email')
      await page.getByLabel('to', { exact: true }).selectOption('\u2068検索広告\u2069')
      await page.getByLabel('the amount of', { exact: true }).fill('400')
      // 400 of 4,000 bring a tenth of 897; 400 of 5,500 cost that part of 680.
      expect((await cells())[0]).toBe('+40')
      expect((await cells())[1]).toMatch(/^\+\d+ to \+\d+$/)
      expect(await page.locator('#moved-conversions .bad').count()).toBe(0)
      await page.getByLabel('the amount of', { exact: true }).fill('2000')
      expect(await page.locator('#moved-conversions .bad').textContent()).toContain('more than a fifth')
      await page.getByLabel('the amount of', { exact: true }).fill('5501')
      expect(await page.locator('#moved-conversions').textContent()).toContain('a number from 0 to 5500')
      expect(await page.locator('#what-if p').first().textContent()).toContain('This extrapolates.')
    })
  })

  it('copies a table as CSV that programs read, and that no spreadsheet runs', async () => {
    await withReport(async (page) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await unfold(page, '#credit-figure')
      await page.getByRole('button', { name: 'Copy as CSV: Credit by channel' }).click()
      await page
        .getByRole('button', { name: 'Copied', exact: false })
        .or(page.getByText('Copied'))
        .first()
        .waitFor()
      const lines = (await page.evaluate<string>('navigator.clipboard.readText()')).split(/\r?\n/)
      expect(lines[0]).toMatch(/^channel,conversions,95% interval from the hazard model,share/)
      expect(lines[1]).toMatch(/^検索広告,897,"?844 to 1,032"?,/)
      expect(lines[5]).toMatch(/^'=1\+1,120,/)
      expect(lines[6]).toMatch(/^direct,-14,/)
      await page.getByRole('button', { name: 'Copy as CSV: Paths with the most conversions' }).click()
      await expect
        .poll(() => page.evaluate<string>('navigator.clipboard.readText()'))
        .toContain('検索広告 > video > 検索広告,120')
    })
  })

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)(
    'has no fault that axe-core knows, %s, at %i px, with a channel and its table open',
    async (scheme, width) => {
      const { page, complaints } = await openPage(browser, file, { scheme, width })
      await page.getByLabel('Method', { exact: true }).selectOption('Hazard model')
      await page.getByLabel('Channel', { exact: true }).selectOption('email')
      await unfold(page, '#credit-figure')
      await page.screenshot({ path: `${folder}/workplace-${scheme}-${width}.png`, fullPage: true })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await violationsOf(page)).toEqual([])
      expect(complaints).toEqual([])
      await page.close()
    },
  )

  it('prints the method and the channel that are shown, without the controls', async () => {
    await withReport(async (page) => {
      await page.getByLabel('Method', { exact: true }).selectOption('Hazard model')
      await page.getByLabel('Channel', { exact: true }).selectOption('email')
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('.controls').first().isVisible()).toBe(false)
      expect(await page.locator('button.copy').first().isVisible()).toBe(false)
      expect(await page.locator('#shown').isVisible()).toBe(true)
      expect(await page.locator('#channel-heading').isVisible()).toBe(true)
      expect(await page.locator('#credit-figure .legend').textContent()).toContain('Hazard model')
    })
  })
})
