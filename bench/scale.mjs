// node bench/scale.mjs [--touchpoints 0.3,3] [--models hazard,stacked] [--svg FILE] [-- OPTIONS OF EVERY STEP]: what each step
// costs by millions of touchpoints, W = 7, as a table and, with --svg, as a plot. 30 takes minutes, 300 hours and tens of GB of disk.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { runProgram } from './child.mjs'
import { numbers, withFolder } from './simulated.mjs'

/** Of the world `clean` with 60 days: what one user leaves. */
const TOUCHPOINTS_PER_USER = 12.9
const STEPS = ['export', 'train', 'shapley', 'compare', 'report']
/** What follows the warehouse: it should hardly grow. */
const AFTER_WAREHOUSE = ['train', 'shapley', 'report']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    touchpoints: { type: 'string', default: '0.3,3' },
    models: { type: 'string', default: 'hazard,stacked' },
    svg: { type: 'string' },
  },
})
const millions = numbers(values.touchpoints)
const costs = []
for (const size of millions) await withFolder((folder) => measureSize(folder, size))
printGrowth()
if (values.svg !== undefined) writeFileSync(values.svg, plot())

async function measureSize(folder, size) {
  const users = Math.round((size * 1e6) / TOUCHPOINTS_PER_USER)
  const input = 'touchpoints.parquet'
  const simulate = await runProgram(['simulate', '--users', users, '--output', input].map(String), folder)
  record({ size, model: '', step: 'simulate', ...simulate, bytes: statSync(join(folder, input)).size })
  for (const model of values.models.split(',')) {
    const data = join(folder, model)
    mkdirSync(data)
    for (const step of STEPS) {
      const before = bytesIn(data)
      const spent = await runProgram([step, '--data-dir', data, ...wordsOf(step, model, input)], folder)
      record({ size, model, step, ...spent, bytes: bytesIn(data) - before })
    }
    rmSync(data, { recursive: true })
  }
}

function wordsOf(step, model, input) {
  if (step === 'report') return []
  const from = ['export', 'compare'].includes(step) ? ['--input', input] : []
  const by = ['train', 'shapley'].includes(step) ? ['--model', model] : []
  return ['--run-id', 'bench', ...from, ...by, ...positionals]
}

function record({ size, model, step, seconds, processorSeconds, peakMb, bytes }) {
  if (costs.length === 0) {
    console.log('| million touchpoints | model | step | wall s | processor s | peak MB | MB written |')
    console.log('|---|---|---|---|---|---|---|')
  }
  costs.push({ size, model, step, seconds, processorSeconds, peakMb })
  const figures = [seconds, processorSeconds, peakMb, bytes / 1e6].map((figure) => figure.toPrecision(3))
  console.log(`| ${[size, model, step, ...figures].join(' | ')} |`)
}

/** Processor seconds of train, shapley and report, from each size to the next. */
function printGrowth() {
  for (const model of values.models.split(',')) {
    for (const [at, size] of millions.entries()) {
      if (at === 0) continue
      const growth = afterWarehouse(model, size) / afterWarehouse(model, millions[at - 1])
      const aim = size === 30 && millions[at - 1] === 3 ? ' (aim: at most 1.3)' : ''
      console.log(
        `${model}: train, shapley and report, ${size} against ${millions[at - 1]} million: ${growth.toFixed(2)} times${aim}`,
      )
    }
  }
}

function afterWarehouse(model, size) {
  return costs
    .filter((cost) => cost.model === model && cost.size === size && AFTER_WAREHOUSE.includes(cost.step))
    .reduce((sum, cost) => sum + cost.processorSeconds, 0)
}

function bytesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/** @returns an SVG of processor seconds by size, both on logarithmic axes, a panel per model. */
function plot() {
  const { document } = parseHTML('<html></html>')
  const rows = costs.filter(({ step }) => step !== 'simulate')
  const line = { x: 'size', y: 'processorSeconds', stroke: 'step', fx: 'model' }
  const svg = Plot.plot({
    document,
    width: 860,
    height: 420,
    marginLeft: 60,
    marginRight: 70,
    style: { background: 'white', color: 'black', font: '12px sans-serif' },
    fx: { label: null },
    x: { type: 'log', label: 'million touchpoints', ticks: millions, tickFormat: String },
    y: { type: 'log', label: 'processor seconds', grid: true, ticks: 6, tickFormat: '~r' },
    marks: [
      Plot.line(rows, line),
      Plot.dot(rows, { ...line, fill: 'step', r: 2.5 }),
      ...lastPoints(rows).map(({ point, lift }) => {
        const { stroke: _, ...place } = line
        return Plot.text([point], {
          ...place,
          fill: 'step',
          text: 'step',
          textAnchor: 'start',
          dx: 6,
          dy: -lift,
        })
      }),
    ],
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${svg.outerHTML}\n`
}

/** @returns where lines end, and by how many pixels their names are to be lifted so that none lies on another. */
function lastPoints(rows) {
  const ends = rows.filter(({ size }) => size === millions.at(-1))
  const [least, most] = [Math.min, Math.max].map((of) => of(...rows.map((row) => row.processorSeconds)))
  const pixels = (row) => (350 * Math.log(row.processorSeconds / least)) / Math.log(most / least)
  return values.models.split(',').flatMap((model) => {
    let below = Number.NEGATIVE_INFINITY
    return ends
      .filter((row) => row.model === model)
      .sort((one, other) => one.processorSeconds - other.processorSeconds)
      .map((point) => {
        const height = Math.max(pixels(point), below + 13)
        below = height
        return { point, lift: height - pixels(point) }
      })
  })
}
