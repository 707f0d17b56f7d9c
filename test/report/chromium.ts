import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { aptInstall } from '../set-up/apt-install.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/chrome']
const packages = ['chromium', 'fonts-ipafont-gothic']

/** A browser to test with, or why there is none. */
export type Chromium = { readonly path: string } | { readonly missing: string }

/** @returns Chromium where it is installed; on Debian it is installed first. Up to two minutes. */
export async function findChromium(): Promise<Chromium> {
  const found = installed()
  if (found !== undefined) return found
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { missing: `none of ${places.join(', ')}, and only root on Linux could install it` }
  }
  try {
    await aptInstall(packages)
  } catch (error) {
    return { missing: `apt-get install ${packages.join(' ')} failed: ${String(error).split('\n')[0]}` }
  }
  return installed() ?? { missing: `apt-get installed ${packages.join(', ')}, but no ${places[0]}` }
}

function installed(): Chromium | undefined {
  const path = places.find((place) => existsSync(place))
  return path === undefined ? undefined : { path }
}

export interface Opened {
  readonly page: Page
  /** Messages of the console, errors of the page, requests beside the page's own. */
  readonly complaints: readonly string[]
}

/** @returns a page of a file in a window of its own. */
export async function openPage(
  browser: Browser,
  file: string,
  {
    scheme = 'light',
    width = 1280,
    javaScriptEnabled = true,
  }: { scheme?: 'light' | 'dark'; width?: number; javaScriptEnabled?: boolean } = {},
): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    colorScheme: scheme,
    javaScriptEnabled,
  })
  const complaints: string[] = []
  const address = pathToFileURL(file).href
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (request.url() !== address) complaints.push(request.url())
  })
  await page.goto(address)
  return { page, complaints }
}

/** What axe-core, https://github.com/dequelabs/axe-core, finds against WCAG and good practice. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] = await page.evaluate(
    'axe.run(document).then(({ violations }) => violations)',
  )
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  )
}
