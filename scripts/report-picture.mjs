// Makes the README's picture of the report: runs the demo, opens its report in headless Chromium, saves the first screen.
// Needs a build (npm run build) and Chromium.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium } from './chromium.mjs'

const target = resolve('docs/report.png')
const executablePath = findChromium()

const folder = mkdtempSync(join(tmpdir(), 'td-mta-picture-'))
const words = ['dist/cli.js', 'demo', '--data-dir', folder, '--log-level', 'warn']
const demo = spawnSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] })
if (demo.status !== 0) throw new Error(`the demo exited with ${demo.status}`)

const browser = await chromium.launch({ executablePath })
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' })
await page.goto(pathToFileURL(join(folder, 'report.html')).href)
mkdirSync('docs', { recursive: true })
await page.screenshot({ path: target })
await browser.close()
rmSync(folder, { recursive: true, force: true })
console.log(`${target}: ${(statSync(target).size / 1000).toFixed(0)} kB`)
