// The report with many campaigns and nights: how long it takes to make, to open, and to answer each interaction in headless Chromium.
//   node bench/report.mjs
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { buildReport } from '../dist/report/page.js'
import { findChromium } from '../scripts/chromium.mjs'

const TIMES = 9
const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
const { CREDITS, manyChannels, workplaceInput } = await fixtures()
const browser = await chromium.launch({ executablePath: findChromium() })
console.log('| report | made in | size | opens in | interaction | median | slowest | of a processor |')
console.log('|---|---|---|---|---|---|---|---|')
await measure('301 campaigns in 7 channels, 30 nights', workplaceInput(CREDITS, 43))
await measure('300 channels with a campaign each, 30 nights', workplaceInput(manyChannels(300), 1))
await browser.close()
rmSync(folder, { recursive: true, force: true })

/** Reports of the tests, which are written in TypeScript. */
async function fixtures() {
  const outfile = join(folder, 'fixtures.mjs')
  const entry = fileURLToPath(new URL('../test/report/fixtures.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
  return await import(pathToFileURL(outfile).href)
}

async function measure(name, input) {
  buildReport(workplaceInput())
  const before = process.cpuUsage()
  const page = buildReport(input)
  const { user, system } = process.cpuUsage(before)
  const file = join(folder, 'report.html')
  writeFileSync(file, page)
  const { opened, interactions } = await work(file)
  const facts = [
    name,
    `${seconds((user + system) / 1000)} of a processor`,
    `${(page.length / 1e6).toFixed(2)} MB`,
    seconds(opened),
  ]
  for (const [what, times, processorMs] of interactions) {
    const sorted = [...times].sort((left, right) => left - right)
    console.log(
      `| ${facts.join(' | ')} | ${what} | ${ms(sorted[TIMES >> 1])} | ${ms(sorted.at(-1))} | ${ms(processorMs)} |`,
    )
    facts.fill('')
  }
}

async function work(file) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const opening = []
  for (let time = 0; time < TIMES; time++) {
    await page.goto(pathToFileURL(file).href)
    opening.push(await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd'))
  }
  const choose = (id, values) => `(() => {
    const select = document.getElementById(${JSON.stringify(id)})
    select.value = ${JSON.stringify(values)}[time % ${values.length}]
    select.dispatchEvent(new Event('change'))
  })()`
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const interactions = []
  for (const [what, action] of [
    ['another method', choose('choose-method', ['1', '0'])],
    ['another segment', choose('choose-segment', ['0', '1'])],
    ['a channel', choose('choose-channel', ['0', '1', '2'])],
    ['another method, with a channel open', choose('choose-method', ['1', '0'])],
    ['unfold credit by channel', 'document.querySelector("#credit-figure details").open = time % 2 === 0'],
    [
      'sort credit by channel',
      'document.querySelectorAll("#credit-figure th button")[1 + (time % 2)].click()',
    ],
    ['another method, with the table open', choose('choose-method', ['1', '0'])],
    [
      'move spend',
      `(() => {
      const field = document.getElementById('moved')
      field.value = String(100 + time)
      field.dispatchEvent(new Event('input'))
    })()`,
    ],
    ['copy a table', 'document.querySelector("#credit-figure button.copy").click()'],
  ]) {
    const before = await taskMs(session)
    const times = await page.evaluate(timed(action))
    interactions.push([what, times, ((await taskMs(session)) - before) / TIMES])
  }
  await page.close()
  return { opened: opening.sort((left, right) => left - right)[TIMES >> 1], interactions }
}

/** Time of the page's thread on a processor, whatever else the machine does. */
async function taskMs(session) {
  const { metrics } = await session.send('Performance.getMetrics')
  return 1000 * metrics.find(({ name }) => name === 'TaskDuration').value
}

/** From the event to the frame that shows what it did. */
function timed(action) {
  return `(async () => {
    const times = []
    for (let time = 0; time < ${TIMES}; time++) {
      await new Promise(requestAnimationFrame)
      const startedMs = performance.now();
      ${action}
      await new Promise(requestAnimationFrame)
      document.body.getBoundingClientRect()
      times.push(performance.now() - startedMs)
    }
    return times
  })()`
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2)} s`
}

function ms(milliseconds) {
  return `${milliseconds.toFixed(0)} ms`
}
