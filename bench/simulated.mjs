// Simulated touchpoints, their truth, and what the program makes of them, run in this process.
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { runProgram } from '../dist/commands/program.js'
import { simulateTouchpoints } from '../dist/simulation/simulate.js'
import { truthWithinWindow } from '../dist/simulation/truth.js'
import { simulationParameters, withConversions } from '../dist/simulation/worlds.js'

export const lookbackDays = 7
const days = 60
const startAtSec = 20_454 * 86_400

/** Worlds that the simulator has no name for: two of its worlds in one. */
const COMBINED = {
  'no-effect, heavy users': () => ({
    ...simulationParameters('no-effect'),
    heavyUsers: simulationParameters('heavy-users').heavyUsers,
  }),
}

/** @returns the numbers of a comma-separated option. */
export function numbers(text) {
  return text.split(',').map(Number)
}

/** Gives the work a folder of its own, and removes it. */
export async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs the program in the folder: the same as a process of its own, without its start.
 * @returns what it prints.
 */
export async function runHere(words, folder) {
  const texts = { stdout: '', stderr: '' }
  const into = (name) => ({
    write: (text) => {
      texts[name] += text
    },
  })
  const before = process.cwd()
  process.chdir(folder)
  try {
    const { signal } = new AbortController()
    const code = await runProgram(words, {
      environment: {},
      stdout: into('stdout'),
      stderr: into('stderr'),
      signal,
    })
    if (code !== 0) throw new Error(`td-mta ${words.join(' ')} ended with ${code}: ${texts.stderr}`)
    return texts.stdout
  } finally {
    process.chdir(before)
  }
}

/** @returns a document of the data directory. */
export function readDocument(dataDirectory, name) {
  return JSON.parse(readFileSync(join(dataDirectory, name), 'utf8'))
}

function simulateWorld({ world, users, seed, conversions }) {
  const variant = world in COMBINED ? 'no-effect' : world
  const parameters = parametersOf(world, conversions)
  return simulateTouchpoints({ users, days, seed, variant, startAtSec, parameters })
}

function parametersOf(world, conversions = 1) {
  return withConversions(COMBINED[world]?.() ?? simulationParameters(world), conversions)
}

/**
 * Writes touchpoints as CSV.
 * @param settings world, users, seed, and how many times the usual conversions.
 * @returns the truth within the lookback window.
 */
export function writeTouchpoints(path, settings) {
  const simulation = simulateWorld(settings)
  const file = openSync(path, 'w')
  writeSync(file, 'user_id,time,source,conversion\n')
  for (const rows of simulation.rows) {
    const lines = rows.map((row) => `${row.userId},${row.atSec},${row.channel ?? ''},${row.conversion}\n`)
    writeSync(file, lines.join(''))
  }
  closeSync(file)
  return truthWithinWindow(simulation.truth(), lookbackDays)
}

/** @returns the truth within the lookback window. */
export function simulateTruth(settings) {
  const simulation = simulateWorld(settings)
  for (const _ of simulation.rows);
  return truthWithinWindow(simulation.truth(), lookbackDays)
}

/** Writes a table of the database `mta` into a DuckDB file. @param select SQL of its rows. */
export async function writeTable(path, table, select) {
  mkdirSync(dirname(path), { recursive: true })
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(`CREATE SCHEMA IF NOT EXISTS mta; CREATE TABLE mta.${table} AS ${select}`)
  connection.closeSync()
  instance.closeSync()
}

const key = (channel, daysBefore) => `${channel} ${daysBefore}`

/**
 * Expected values for that many users: the truth of five times as many (at least 500,000), scaled down, so that its own noise is small
 * beside that of an estimate. Kept in the temporary folder, since that takes a minute or more.
 */
export function expectedTruth({ world, users, conversions = 1 }) {
  const many = Math.max(500_000, 5 * users)
  const settings = { world, users: many, seed: 999, conversions }
  const { byChannel, byDaysBefore, baseline } = remembered(settings)
  const scale = users / many
  return {
    cells: new Map(byDaysBefore.map((one) => [key(one.channel, one.daysBefore), one.conversions * scale])),
    channels: new Map(byChannel.map((one) => [one.channel, one.conversions * scale])),
    baseline: baseline.conversions * scale,
    ofCell: key,
  }
}

function remembered(settings) {
  const { world, users, conversions } = settings
  const name = `td-mta-truth-${world.replaceAll(/\W+/g, '-')}-${users}-${conversions}.json`
  const path = join(tmpdir(), name)
  const parameters = JSON.stringify(parametersOf(world, conversions))
  const known = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
  if (JSON.stringify(known?.parameters) === parameters) return known
  const truth = simulateTruth(settings)
  writeFileSync(path, JSON.stringify(truth))
  return truth
}
